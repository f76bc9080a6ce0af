"""Admission, workers, uploads in flight, retired generations, webhook deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(astext_type=sa.Text())
NOW = sa.text("now()")


def upgrade() -> None:
    _admission()
    _housekeeping()
    op.create_table(
        "worker",
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("resources", JSON, nullable=False),
        sa.Column("cores", sa.Integer(), nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=False),
        sa.Column("started_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("gave_up_at", MOMENT, nullable=True),
        sa.Column("error", sa.String(512), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "delivery_due",
        "delivery",
        ["next_at"],
        postgresql_where="delivered_at IS NULL AND gave_up_at IS NULL",
    )


def _admission() -> None:
    op.add_column("job", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("job", sa.Column("catalog", sa.String(128), nullable=False, server_default=""))
    op.create_index("job_asset", "job", ["tenant", "asset"])
    for column in (
        sa.Column("label", sa.String(160), nullable=False, server_default=""),
        sa.Column("resource", sa.String(8), nullable=False, server_default="cpu"),
        sa.Column("cores", sa.Float(), nullable=False, server_default="1"),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=False, server_default="268435456"),
        sa.Column("isolated", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("priority", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tenant", sa.String(128), nullable=False, server_default="default"),
        sa.Column("catalog", sa.String(128), nullable=False, server_default=""),
        sa.Column("submitted_at", MOMENT, nullable=False, server_default=NOW),
    ):
        op.add_column("step", column)
    op.execute(
        "UPDATE step SET tenant = job.tenant, submitted_at = job.created_at"
        " FROM job WHERE job.id = step.job_id"
    )
    # The defaults were for the rows that were there; new rows say all of it.
    for table, name in (
        *(("job", name) for name in ("priority", "catalog")),
        *(("step", name) for name in ("label", "resource", "cores", "memory_bytes", "isolated")),
        *(("step", name) for name in ("priority", "tenant", "catalog", "submitted_at")),
    ):
        op.alter_column(table, name, server_default=None)
    op.drop_index("step_queued", table_name="step")
    op.create_index(
        "step_turn",
        "step",
        ["resource", "priority", "tenant", "catalog", "submitted_at", "id"],
        postgresql_where="state = 'QUEUED'",
    )
    op.create_index("step_unrung", "step", ["rung_at"], postgresql_where="state = 'QUEUED'")
    op.create_index("step_publish", "step", ["started_at"], postgresql_where="kind = 'publish'")


def _housekeeping() -> None:
    op.add_column("generation", sa.Column("superseded_at", MOMENT, nullable=True))
    op.add_column("generation", sa.Column("removing_at", MOMENT, nullable=True))
    op.create_table(
        "upload",
        sa.Column("folder", sa.String(256), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("folder"),
    )
    op.create_index("ix_upload_step_id", "upload", ["step_id"])


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("worker")
    op.drop_table("upload")
    op.drop_column("generation", "removing_at")
    op.drop_column("generation", "superseded_at")
    op.drop_index("step_publish", table_name="step")
    op.drop_index("step_unrung", table_name="step")
    op.drop_index("step_turn", table_name="step")
    op.create_index("step_queued", "step", ["queued_at"], postgresql_where="state = 'QUEUED'")
    op.execute(
        "UPDATE step SET state = 'QUEUED' FROM job"
        " WHERE job.id = step.job_id AND job.state = 'PAUSED' AND step.state = 'BLOCKED'"
        " AND step.queued_at IS NOT NULL"
    )
    op.execute("UPDATE job SET state = 'RUNNING' WHERE state = 'PAUSED'")
    for name in (
        *("submitted_at", "catalog", "tenant", "priority", "isolated"),
        *("memory_bytes", "cores", "resource", "label"),
    ):
        op.drop_column("step", name)
    op.drop_index("job_asset", table_name="job")
    op.drop_column("job", "catalog")
    op.drop_column("job", "priority")
