"""Titles going into a catalog by COPY, many at once: each one once, however often it is sent."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from psycopg import Connection
from sqlalchemy.orm import Session

from storage.postgres import statements, title_uploads


@dataclass(frozen=True, slots=True)
class NewTitle:
    """A title as it is to go in; `request` is JSON, `digest` equal for equal requests."""

    line: int
    external_id: str
    request: str
    digest: str
    priority: int
    uploads: Mapping[str, str] = field(default_factory=dict)  # that it names: their ids by URI
    is_test: bool = False  # outside of quotas


@dataclass(frozen=True, slots=True)
class Known:
    """What is there of a title: its request's digest, and whether quotas count it as waiting."""

    digest: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Met:
    """A title that was there already; `before` is its request where this one is another."""

    line: int
    external_id: str
    job_id: str | None
    before: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of some titles: so many are new, the others were there."""

    new: int
    met: Sequence[Met]
    replaced: Sequence[str | None]  # the jobs that titles had whose request is another now


def known(
    session: Session, tenant: str, catalog_id: str, external_ids: Collection[str]
) -> dict[str, Known]:
    """Return what is there of titles, by id; nobody adds any until the transaction ends."""
    statements.rows(session, _ONE_AT_A_TIME, catalog=catalog_id, tenant=tenant)
    rows = statements.rows(session, _KNOWN, catalog=catalog_id, ids=list(external_ids))
    return {external_id: Known(*others) for external_id, *others in rows}


def take_in(
    session: Session, tenant: str, catalog_id: str, titles: Sequence[NewTitle], update: bool
) -> TakenIn:
    """Put titles into a catalog; with `update`, one with another request replaces what was there.

    Of titles with the same id in one go the first counts; the others are met. Uploads that they
    name stay while they wait.
    """
    driver = cast("Connection[Any]", session.connection().connection.driver_connection)
    with driver.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as copy:
            for title in titles:
                copy.write_row(
                    (title.line, title.external_id, title.request, title.digest, title.priority)
                )
    values = {"catalog": catalog_id, "tenant": tenant}
    statements.rows(session, _ONE_AT_A_TIME, **values)
    [(new, _, _, _, _), *met] = statements.rows(session, _INSERT, **values)
    replaced = dict(statements.rows(session, _REPLACE, **values)) if update else {}
    others = [Met(*row[1:]) for row in met if row[1] not in replaced]
    changed = [title.external_id for title in titles if title.line in replaced]
    as_before = {each.line for each in others}
    named = [
        (upload_id, title.external_id)
        for title in titles
        if title.line not in as_before
        for upload_id in title.uploads.values()
    ]
    title_uploads.note(session, catalog_id, named, changed)
    return TakenIn(new, others, list(replaced.values()))


def keep_rows(
    session: Session,
    upload_id: str,
    rows: Iterable[tuple[int, str | None, str, dict[str, Any] | None]],
) -> None:
    """Keep what became of rows that were not accepted: line, external id, status, error."""
    driver = cast("Connection[Any]", session.connection().connection.driver_connection)
    with driver.cursor() as cursor:
        cursor.execute(_STAGE_ROWS)
        with cursor.copy(_COPY_ROWS) as copy:
            for line, external_id, status, error in rows:
                text = None if error is None else json.dumps(error)
                copy.write_row((upload_id, line, external_id, status, text))
        cursor.execute(_KEEP_ROWS)


# COPY goes past row-level security only into tables of one's own: so here first, then by INSERT.
_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_title (
    line int, external_id text, request jsonb, digest text, priority int
) ON COMMIT DELETE ROWS
"""
_COPY = "COPY staged_title (line, external_id, request, digest, priority) FROM STDIN"

# So nobody else's titles come in between what is looked at here and what is written.
_ONE_AT_A_TIME = "SELECT FROM catalog WHERE id = %(catalog)s AND tenant = %(tenant)s FOR UPDATE"

_KNOWN = """
SELECT external_id, digest,
       state = 'WAITING' AND coalesce(request ->> 'mode', '') <> 'test'
  FROM catalog_title
 WHERE catalog_id = %(catalog)s AND external_id = ANY(%(ids)s)
"""

# One row says how many were new, then those follow that were met: in the catalog as it was before,
# or earlier in the same go.
_INSERT = """
WITH first AS MATERIALIZED (
    SELECT DISTINCT ON (external_id) * FROM staged_title ORDER BY external_id, line
),
added AS (
    INSERT INTO catalog_title (catalog_id, external_id, tenant, request, digest, version,
                               priority, state)
    SELECT %(catalog)s, external_id, %(tenant)s, request, digest, 1, priority, 'WAITING'
      FROM first
     ORDER BY line
        ON CONFLICT (catalog_id, external_id) DO NOTHING
    RETURNING external_id
)
(SELECT count(*), NULL::int, NULL::text, NULL::text, NULL::jsonb FROM added)
UNION ALL
(SELECT NULL, staged.line, staged.external_id, title.job_id,
        CASE WHEN staged.digest <> coalesce(title.digest, first.digest)
             THEN coalesce(title.request, first.request) END
   FROM staged_title AS staged
   JOIN first USING (external_id)
   LEFT JOIN added USING (external_id)
   LEFT JOIN catalog_title AS title
     ON title.catalog_id = %(catalog)s AND title.external_id = staged.external_id
  WHERE added.external_id IS NULL OR staged.line <> first.line
  ORDER BY staged.line)
"""

_REPLACE = """
WITH other AS MATERIALIZED (
    SELECT staged.*, title.job_id AS job_before
      FROM (SELECT DISTINCT ON (external_id) * FROM staged_title ORDER BY external_id, line)
           AS staged
      JOIN catalog_title AS title
        ON title.catalog_id = %(catalog)s AND title.external_id = staged.external_id
     WHERE title.digest <> staged.digest
     ORDER BY staged.external_id
       FOR UPDATE OF title
),
changed AS (
    UPDATE catalog_title AS title
       SET request = other.request, digest = other.digest, priority = other.priority,
           version = title.version + 1, state = 'WAITING', job_id = NULL, error = NULL,
           outputs = NULL, changed_at = now()
      FROM other
     WHERE title.catalog_id = %(catalog)s AND title.external_id = other.external_id
       AND title.tenant = %(tenant)s
    RETURNING title.external_id
)
SELECT other.line, other.job_before FROM other JOIN changed USING (external_id)
"""

_STAGE_ROWS = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_row (
    upload_id text, line int, external_id text, status text, error jsonb
) ON COMMIT DELETE ROWS
"""
_COPY_ROWS = "COPY staged_row (upload_id, line, external_id, status, error) FROM STDIN"
_KEEP_ROWS = """
INSERT INTO upload_row (upload_id, line, external_id, status, error)
SELECT upload_id, line, external_id, status, error FROM staged_row
"""
