"""`reelfarm watch`: a job's progress until it has ended."""

from __future__ import annotations

import threading
import time
from typing import Any

from api.client import ReelFarm
from cli.document import print_json, print_line
from cli.progress import ProgressView
from cli.run import failure_of
from cli.title import print_published
from farm.errors import Cancelled, ReelFarmError
from farm.serial import from_json
from farm.snapshots import StepSnapshot
from farm.states import AT_REST

LOOK_AT_LEAST_EVERY_S = 15.0  # progress within a step is reported about as often
TOGETHER_S = 0.2  # what comes so close together is looked at together


def follow_to_its_end(farm: ReelFarm, job_id: str, as_json: bool) -> None:
    """Show a job's progress, then its record or where it was published.

    Raises the error it ended with, where it was not published.
    """
    record = watch_job(farm, job_id)
    if as_json:
        print_json(record)
    if failure := failure_of(record):
        raise failure
    if not as_json and record["outputs"]:
        print_published(record)
    elif not as_json:  # a plan
        print_line(f"{job_id} {record['state']}")


def watch_job(farm: ReelFarm, job_id: str) -> dict[str, Any]:
    """Show a job's progress on stderr until it has ended, or waits for a person; return its record.

    An API that is away for a moment is waited for. Raises NotFound for an unknown job.
    """
    record = farm.job(job_id)
    try:
        with ProgressView(record["asset"]) as progress:
            news = _listen(farm, job_id)
            while True:
                progress.show(steps_of(record))
                if record["state"] in AT_REST:
                    return record
                if news.wait(LOOK_AT_LEAST_EVERY_S):
                    time.sleep(TOGETHER_S)
                    news.clear()
                record = farm.job(job_id)
    except KeyboardInterrupt as interrupt:
        raise Cancelled(f"stopped watching; job {job_id} goes on") from interrupt


def steps_of(record: dict[str, Any]) -> tuple[StepSnapshot, ...]:
    """Return the steps of a record as rows are."""
    return tuple(from_json(StepSnapshot, {**step, "error": None}) for step in record["steps"])


def _listen(farm: ReelFarm, job_id: str) -> threading.Event:
    """Return what is set whenever there is news of a job, by a thread that ends with it."""
    news = threading.Event()

    def listen() -> None:
        try:
            for _ in farm.events(job_id):
                news.set()
        except ReelFarmError:
            pass  # whoever looks next is told
        news.set()

    threading.Thread(target=listen, name="events", daemon=True).start()
    return news
