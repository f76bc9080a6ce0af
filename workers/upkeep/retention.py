"""Retention: parts, jobs, events, deliveries and answers go when their time is over, in batches.

Any number of passes may run at once; what is cut short goes on in the next one.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from functools import partial

from farm.settings import Settings
from storage.postgres import answers, retention
from storage.postgres.database import Database

JOBS_AT_ONCE = 50  # some thousands of rows, with their steps and needs
ROWS_AT_ONCE = 500
EVENTS_AT_ONCE = 5000
UPLOADS_AT_ONCE = 10  # each may have told of 100,000 rows
BATCHES = 100  # in one pass, of each kind: housekeeping has more to do, and comes again
DAY_S = 24 * 3600.0
OWED_S = 2 * DAY_S  # a delivery is owed for little more than a day: so long its job may stay longer
KEEP_PROGRESS_S = DAY_S  # who was cut off in the evening sees in the morning how it went on


@dataclass(frozen=True, slots=True)
class Gone:
    """How much a pass has let go."""

    marked: int  # parts: nobody finds them any more, their files are removed next
    parts: int  # rows of those
    jobs: int
    deliveries: int
    progress: int  # events of it
    answers: int  # kept for those who ask again with the same Idempotency-Key
    uploads: int  # to catalogs: what became of their rows

    @property
    def anything(self) -> bool:
        """Return whether anything went."""
        return any(astuple(self))


def let_go(database: Database, settings: Settings) -> Gone:
    """Let go what is to be kept no longer; raise StorageUnavailable without PostgreSQL.

    A job stays, whatever `keep_jobs_s` says, while a suspended publisher of it may yet write; the
    rows of its parts, which its record reads, stay longer than it does.
    """
    keep_jobs_s = max(settings.keep_jobs_s, settings.abandoned_after_s)
    keep_facts_s = keep_jobs_s + OWED_S
    mark_parts = partial(retention.mark_parts, keep_rejected_s=settings.keep_rejected_s)

    def repeat(act: retention.Act, keep_s: float, limit: int) -> int:
        total = 0
        for _ in range(BATCHES):
            with database.begin() as session:
                count = act(session, keep_s, limit)
            if count is None:
                break
            total += count
        return total

    return Gone(
        deliveries=repeat(retention.forget_deliveries, settings.keep_deliveries_s, ROWS_AT_ONCE),
        jobs=repeat(retention.forget_jobs, keep_jobs_s, JOBS_AT_ONCE),
        marked=repeat(mark_parts, settings.keep_work_s, ROWS_AT_ONCE),
        parts=repeat(retention.forget_parts, keep_facts_s, ROWS_AT_ONCE),
        progress=repeat(retention.forget_progress, KEEP_PROGRESS_S, EVENTS_AT_ONCE),
        answers=repeat(answers.forget, answers.KEPT_S, ROWS_AT_ONCE),
        uploads=repeat(retention.forget_uploads, answers.KEPT_S, UPLOADS_AT_ONCE),
    )
