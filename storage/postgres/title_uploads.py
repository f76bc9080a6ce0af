"""Which uploads the titles of catalogs name: rows of those titles alone that name any."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from storage.postgres import statements


def note(
    session: Session,
    catalog_id: str,
    named: Sequence[tuple[str, str]],
    changed: Sequence[str],
) -> None:
    """Note what titles of a catalog name: each an upload, and who names it.

    What `changed` titles named before is forgotten.
    """
    if changed:
        statements.rows(session, _FORGET, catalog=catalog_id, ids=changed)
    if named:
        uploads, ids = (list(column) for column in zip(*named, strict=True))
        statements.rows(session, _NOTE, catalog=catalog_id, uploads=uploads, ids=ids)


_FORGET = """
DELETE FROM title_upload_use WHERE catalog_id = %(catalog)s AND external_id = ANY(%(ids)s)
"""

_NOTE = """
INSERT INTO title_upload_use (upload_id, catalog_id, external_id)
SELECT upload_id, %(catalog)s, external_id
  FROM unnest(%(uploads)s::text[], %(ids)s::text[]) AS named (upload_id, external_id)
    ON CONFLICT DO NOTHING
"""
