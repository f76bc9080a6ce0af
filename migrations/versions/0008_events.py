"""Events: what became true, written in the transaction that made it so; endpoints that hear it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_security import API_ROLE, expose, protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(astext_type=sa.Text())
NOW = sa.text("now()")
# The number of the transaction, which orders events as readers can see them.
XACT = sa.text("CAST(CAST(pg_current_xact_id() AS text) AS bigint)")


_OWED = "delivered_at IS NULL AND gave_up_at IS NULL"
# The host and port of a URL; no longer than an index can take.
_RECEIVER = (
    "COALESCE(\"left\"(\"substring\"((url)::text, '^https?://([^/?#]*)'::text), 300), ''::text)"
)


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("xact", sa.BigInteger(), server_default=XACT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("catalog", sa.String(128), nullable=False),
        sa.Column("job_id", sa.String(32), nullable=True),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.PrimaryKeyConstraint("xact", "id"),
    )
    op.create_index("event_of_tenant", "event", ["tenant", "xact", "id"])
    op.create_index("event_of_job", "event", ["job_id", "xact", "id"])
    op.create_index(
        "event_of_catalog",
        "event",
        ["tenant", "catalog", "xact", "id"],
        postgresql_where="catalog <> ''",
    )
    op.create_index("event_of_progress", "event", ["at"], postgresql_where="type = 'step.progress'")
    op.create_index(
        "event_of_source", "event", ["tenant", "at"], postgresql_where="type = 'source.probed'"
    )
    _deliveries()
    op.execute(_TELL)
    op.execute(
        "CREATE TRIGGER event_told AFTER INSERT ON event REFERENCING NEW TABLE AS told"
        " FOR EACH STATEMENT EXECUTE FUNCTION tell_of_events()"
    )
    protect("event", "SELECT, INSERT")
    protect("endpoint", "SELECT, INSERT, UPDATE")
    protect("delivery", "SELECT, INSERT, UPDATE")
    op.execute(f"GRANT USAGE ON SEQUENCE delivery_id_seq TO {API_ROLE}")


def _deliveries() -> None:
    op.create_table(
        "endpoint",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("description", sa.String(256), nullable=False),
        sa.Column("events", JSON, nullable=False),
        sa.Column("secrets", JSON, nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("changed_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("endpoint_of_tenant", "endpoint", ["tenant", "created_at", "id"])
    op.alter_column("delivery", "job_id", nullable=True)
    for column in (
        sa.Column("tenant", sa.String(128), nullable=True),
        sa.Column("endpoint_id", sa.String(32), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("log", JSON, nullable=False, server_default="[]"),
        sa.Column("receiver", sa.Text(), sa.Computed(_RECEIVER, persisted=True), nullable=False),
    ):
        op.add_column("delivery", column)
    op.execute("UPDATE delivery SET tenant = job.tenant FROM job WHERE job.id = delivery.job_id")
    op.alter_column("delivery", "tenant", nullable=False)
    # A receiver that is gone may be owed any number: others are found without passing those.
    op.drop_index("delivery_due", table_name="delivery")
    op.create_index("delivery_due", "delivery", ["receiver", "next_at"], postgresql_where=_OWED)
    op.create_index("delivery_of_tenant", "delivery", ["tenant", "id"])
    op.create_index("delivery_of_endpoint", "delivery", ["endpoint_id", "id"])


def downgrade() -> None:
    op.execute("DROP TRIGGER event_told ON event")
    op.execute("DROP FUNCTION tell_of_events()")
    expose("delivery")
    op.execute("DELETE FROM delivery WHERE endpoint_id IS NOT NULL")
    for index in ("endpoint", "tenant"):
        op.drop_index(f"delivery_of_{index}", table_name="delivery")
    op.drop_index("delivery_due", table_name="delivery")
    for column in ("receiver", "log", "event_id", "endpoint_id", "tenant"):
        op.drop_column("delivery", column)
    op.create_index("delivery_due", "delivery", ["next_at"], postgresql_where=_OWED)
    op.alter_column("delivery", "job_id", nullable=False)
    op.drop_table("endpoint")
    op.drop_table("event")


# Deliveries are owed from the moment on in which the event is true. What listens is woken once a
# transaction, without being told what for: it reads the table.
_TELL = """
CREATE FUNCTION tell_of_events() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO delivery (tenant, job_id, endpoint_id, event_id, url, event, body, attempts)
    SELECT told.tenant, told.job_id, wanted.endpoint, told.id, wanted.url, told.type,
           jsonb_build_object(
               'type', told.type,
               'timestamp', to_char(told.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
               'data', jsonb_build_object('job', told.job_id, 'tenant', told.tenant,
                                          'catalog', nullif(told.catalog, '')) || told.data),
           0
      FROM told
     CROSS JOIN LATERAL (
        SELECT id AS endpoint, url FROM endpoint
         WHERE tenant = told.tenant AND events ? told.type
           AND disabled_at IS NULL AND removed_at IS NULL
        UNION ALL
        SELECT NULL, spec ->> 'webhook' FROM job
         WHERE id = told.job_id AND spec ->> 'webhook' IS NOT NULL
           AND told.type IN ('job.published', 'job.failed', 'job.rejected', 'job.cancelled',
                             'job.superseded')) AS wanted;
    PERFORM pg_notify('reelfarm_event', '');
    RETURN NULL;
END $$
"""
