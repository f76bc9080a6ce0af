"""`reelfarm watch`: a job's progress until it has ended."""

from __future__ import annotations

import time
from typing import Any

from cli.connection import FarmConnection
from cli.progress import ProgressView
from cli.status import job_document, look
from farm.errors import Cancelled, StorageUnavailable
from farm.states import ENDED_JOB

LOOK_EVERY_S = 1.0
AWAY_AT_MOST_S = 60.0


def watch_job(farm: FarmConnection, job_id: str) -> dict[str, Any]:
    """Show a job's progress on stderr until it has ended; return its record.

    A database that is away for a moment is waited for. Raises InvalidSpec for an unknown job.
    """
    asset = job_document(farm, job_id)["asset"]
    try:
        with ProgressView(asset) as progress:
            _follow(farm, job_id, progress)
    except KeyboardInterrupt as interrupt:
        raise Cancelled(f"stopped watching; job {job_id} goes on") from interrupt
    return job_document(farm, job_id)


def _follow(farm: FarmConnection, job_id: str, progress: ProgressView) -> None:
    seen_at = time.monotonic()
    while True:
        try:
            job = look(farm, job_id)
        except StorageUnavailable:
            if time.monotonic() - seen_at > AWAY_AT_MOST_S:
                raise
        else:
            seen_at = time.monotonic()
            progress.show(job)
            if job.state in ENDED_JOB:
                return
        time.sleep(LOOK_EVERY_S)
