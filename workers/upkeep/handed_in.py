"""Uploads that nobody goes on with, or that had their time: taken off the work store."""

from __future__ import annotations

from farm.settings import Settings
from farm.uploads import URL_S, upload_key
from storage.objects.stores import receiver
from storage.postgres import source_uploads
from storage.postgres.database import Database

AT_ONCE = 10  # in one transaction
SETTLED_AFTER_S = URL_S + 600.0  # no URL that was signed before holds any more


def let_uploads_go(database: Database, settings: Settings) -> int:
    """Mark the uploads that are to go, and remove what there is of those; return how many went.

    Whoever has a URL may still be sending, so that one is only forgotten once none holds. Raises
    StorageUnavailable where the store, or PostgreSQL, does not answer; a later pass goes on.
    """
    marked = 0
    while True:
        with database.begin() as session:
            count = source_uploads.mark_due(
                session, settings.abandoned_after_s, settings.keep_uploads_s, AT_ONCE
            )
        if count is None:
            break
        marked += count
    last: str | None = ""
    while last is not None:
        last = _remove_some(database, settings, last)
    return marked


def _remove_some(database: Database, settings: Settings, after: str) -> str | None:
    """Remove some in order; return the last one, None when there was none."""
    with database.begin() as session:
        going = source_uploads.going(session, SETTLED_AFTER_S, AT_ONCE, after)
        for upload in going:
            receiver(settings).remove(upload_key(upload.tenant, upload.id))
            if upload.settled:
                source_uploads.forget(session, upload.id)
    return going[-1].id if going else None
