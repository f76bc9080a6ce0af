"""Catalogs: any number of titles, each one row until its turn nears, each once forever."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_security import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(astext_type=sa.Text())
NOW = sa.text("now()")
OF_A_VISIBLE_CATALOG = "EXISTS (SELECT FROM catalog WHERE catalog.id = catalog_id)"
OF_A_VISIBLE_UPLOAD = "EXISTS (SELECT FROM catalog_upload WHERE catalog_upload.id = upload_id)"


def upgrade() -> None:
    op.create_table(
        "catalog",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant", "name", name="catalog_name"),
    )
    _titles()
    _counts()
    _uploads()
    protect("catalog", "SELECT, INSERT, UPDATE")
    protect("catalog_title", "SELECT, INSERT, UPDATE")
    protect("catalog_count", "SELECT", OF_A_VISIBLE_CATALOG)
    protect("catalog_upload", "SELECT, INSERT, UPDATE")
    protect("upload_row", "SELECT, INSERT", OF_A_VISIBLE_UPLOAD)


def _titles() -> None:
    op.create_table(
        "catalog_title",
        sa.Column("catalog_id", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(256), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("request", JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("job_id", sa.String(32), nullable=True),
        sa.Column("error", JSON, nullable=True),
        sa.Column("outputs", JSON, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("changed_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["catalog_id"], ["catalog.id"]),
        sa.PrimaryKeyConstraint("catalog_id", "external_id"),
    )
    op.create_index("catalog_title_listed", "catalog_title", ["catalog_id", "position"])
    op.create_index("catalog_title_state", "catalog_title", ["catalog_id", "state", "position"])
    op.create_index(
        "catalog_title_waiting",
        "catalog_title",
        ["catalog_id", sa.text("priority DESC"), "position"],
        postgresql_where="state = 'WAITING'",
    )
    op.create_index(
        "catalog_title_job", "catalog_title", ["job_id"], postgresql_where="job_id IS NOT NULL"
    )


def _counts() -> None:
    op.create_table(
        "catalog_count",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("catalog_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("titles", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("catalog_count_of", "catalog_count", ["catalog_id", "state"])
    op.execute(_COUNT_ADDED)
    op.execute(_COUNT_CHANGED)
    op.execute(
        "CREATE TRIGGER catalog_title_added AFTER INSERT ON catalog_title"
        " REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_added_titles()"
    )
    op.execute(
        "CREATE TRIGGER catalog_title_changed AFTER UPDATE ON catalog_title"
        " REFERENCING OLD TABLE AS before NEW TABLE AS after"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_changed_titles()"
    )


def _uploads() -> None:
    op.create_table(
        "catalog_upload",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("catalog_id", sa.String(32), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["catalog_id"], ["catalog.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("catalog_upload_age", "catalog_upload", ["created_at"])
    op.create_table(
        "upload_row",
        sa.Column("upload_id", sa.String(32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(256), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("error", JSON, nullable=True),
        sa.ForeignKeyConstraint(["upload_id"], ["catalog_upload.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("upload_id", "line"),
    )


def downgrade() -> None:
    for table in ("upload_row", "catalog_upload", "catalog_count", "catalog_title", "catalog"):
        op.drop_table(table)
    for function in ("added", "changed"):
        op.execute(f"DROP FUNCTION count_{function}_titles()")


# Rows that add up, as those of blocked_steps: nobody waits for anybody.
_COUNT_ADDED = """
CREATE FUNCTION count_added_titles() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO catalog_count (catalog_id, state, titles)
    SELECT catalog_id, state, count(*) FROM added GROUP BY catalog_id, state;
    RETURN NULL;
END $$
"""

_COUNT_CHANGED = """
CREATE FUNCTION count_changed_titles() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO catalog_count (catalog_id, state, titles)
    SELECT catalog_id, state, sum(titles)
      FROM (SELECT catalog_id, state, 1 AS titles FROM after
            UNION ALL
            SELECT catalog_id, state, -1 FROM before) AS moved
     GROUP BY catalog_id, state
    HAVING sum(titles) <> 0;
    RETURN NULL;
END $$
"""
