"""What was done on the farm, by whom."""

from __future__ import annotations

from collections.abc import Sequence

from farm.access import Caller
from storage.postgres import audit
from storage.postgres.audit import AuditFilter
from storage.postgres.database import Database
from storage.postgres.models import AuditEntry


def list_entries(
    database: Database, caller: Caller, wanted: AuditFilter, before: int | None, limit: int
) -> Sequence[AuditEntry]:
    """Return entries that match, the newest first; `before` is the id of the last one seen."""
    with database.begin(caller.tenant) as session:
        return audit.listed(session, caller.tenant, wanted, before, limit)
