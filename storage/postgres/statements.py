"""Statements that every step costs, written out and run on the driver itself.

Within the session's transaction, as any other, or each at once. Through SQLAlchemy each would take
three times as long in Python, and building it anew longer still (bench.orchestration measures it).
"""

from __future__ import annotations

from typing import Any, LiteralString

from psycopg import Connection
from sqlalchemy.orm import Session

Connected = Session | Connection  # within a transaction; or the driver's, each statement its own


def rows(there: Connected, statement: LiteralString, **values: object) -> list[tuple[Any, ...]]:
    """Run `statement`, with values for its `%(name)s`; return its rows, none where it has none."""
    if isinstance(there, Connection):
        driver: Any = there
    else:
        driver = there.connection().connection.driver_connection
    cursor = driver.execute(statement, values)
    return cursor.fetchall() if cursor.description else []


def value(there: Connected, statement: LiteralString, **values: object) -> Any:
    """Return the first column of the first row, None where there is no row."""
    found = rows(there, statement, **values)
    return found[0][0] if found else None
