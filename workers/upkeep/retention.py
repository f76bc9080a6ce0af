"""Retention: parts, jobs and deliveries go when their time is over, a batch to a transaction.

Any number of passes may run at once; what is cut short goes on in the next one.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

from farm.settings import Settings
from storage.postgres import retention
from storage.postgres.database import Database

JOBS_AT_ONCE = 50  # some thousands of rows, with their steps and needs
ROWS_AT_ONCE = 500
BATCHES = 100  # in one pass, of each kind: housekeeping has more to do, and comes again
DAY_S = 24 * 3600.0  # a delivery is owed for a day at most, and so long its job may stay longer


@dataclass(frozen=True, slots=True)
class Gone:
    """How much a pass has let go."""

    marked: int  # parts: nobody finds them any more, their files are removed next
    parts: int  # rows of those
    jobs: int
    deliveries: int

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
    keep_facts_s = keep_jobs_s + DAY_S

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
        marked=repeat(retention.mark_parts, settings.keep_work_s, ROWS_AT_ONCE),
        parts=repeat(retention.forget_parts, keep_facts_s, ROWS_AT_ONCE),
    )
