"""Statements that every step costs, written out and run on the driver itself.

Within the session's transaction, as any other. Through SQLAlchemy each would take three times as
long in Python, and building it anew for every step longer still (bench.orchestration measures it).
"""

from __future__ import annotations

from typing import Any, LiteralString

from sqlalchemy.orm import Session


def rows(session: Session, statement: LiteralString, **values: object) -> list[tuple[Any, ...]]:
    """Run `statement`, with values for its `%(name)s`; return its rows, none where it has none."""
    driver: Any = session.connection().connection.driver_connection
    cursor = driver.execute(statement, values)
    return cursor.fetchall() if cursor.description else []


def value(session: Session, statement: LiteralString, **values: object) -> Any:
    """Return the first column of the first row, None where there is no row."""
    found = rows(session, statement, **values)
    return found[0][0] if found else None
