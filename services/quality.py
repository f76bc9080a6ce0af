"""How the titles of a catalog score, or all of a tenant's: spread, outliers, what moved them."""

from __future__ import annotations

from farm.access import Caller
from qc.trends.look import QualityLook, look_at
from storage.postgres import catalogs, scores
from storage.postgres.database import Database

WITHIN_DAYS = 90
MOST_ROWS = 8_000  # scores, of a rung each: reading and counting them takes a tenth of a second


def look(database: Database, caller: Caller, catalog: str | None = None) -> QualityLook:
    """Return what the newest scores show, of one catalog or of all that the caller may see.

    Raises NotFound where the caller has no catalog of that name.
    """
    with database.begin(caller.tenant) as session:
        tenant = caller.tenant
        if catalog is not None:
            tenant = catalogs.find(session, tenant, catalog).tenant
        rows = scores.newest(session, tenant, catalog, WITHIN_DAYS, MOST_ROWS)
    return look_at(rows, MOST_ROWS)
