"""Whose rows a query is about: its own condition, above what row-level security lets through."""

from __future__ import annotations

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import InstrumentedAttribute

from farm.access import EVERY_TENANT


def within(column: InstrumentedAttribute[str], tenant: str) -> ColumnElement[bool]:
    """Return the condition that a row is of the tenant, or of any where all are asked about."""
    return true() if tenant == EVERY_TENANT else column == tenant
