"""What the role of the API may touch, and of that which rows: for migrations that add tables.

A session of that role says by the setting `reelfarm.tenant` whose rows it is about: those of one
tenant, or with `*` those of all. One that says nothing sees none.
"""

from __future__ import annotations

from alembic import op

API_ROLE = "reelfarm_api"  # storage.postgres.roles takes it on

# Subqueries, so that each is worked out once for a statement and not for every row.
_ASKED = "(SELECT current_setting('reelfarm.tenant', true))"
ALL_TENANTS = f"{_ASKED} = '*'"
OWN_TENANT = f"(tenant = {_ASKED} OR {ALL_TENANTS})"


def protect(table: str, grants: str, rows: str = OWN_TENANT) -> None:
    """Let the API do `grants` on the rows of a table for which the condition `rows` holds."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY of_asked_tenant ON {table} TO {API_ROLE} USING ({rows})")
    op.execute(f"GRANT {grants} ON {table} TO {API_ROLE}")


def expose(table: str) -> None:
    """Undo `protect` for a table that stays."""
    op.execute(f"REVOKE ALL ON {table} FROM {API_ROLE}")
    op.execute(f"DROP POLICY of_asked_tenant ON {table}")
    op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
