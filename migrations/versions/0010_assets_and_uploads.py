"""What people decide of assets (rollback, unpublish), and sources that are uploaded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.row_security import protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
OF_A_VISIBLE_UPLOAD = "EXISTS (SELECT FROM source_upload WHERE source_upload.id = upload_id)"


def upgrade() -> None:
    _decisions()
    _uploads()
    protect("decision", "SELECT, INSERT, UPDATE")
    protect("source_upload", "SELECT, INSERT, UPDATE")
    protect("upload_use", "SELECT, INSERT", OF_A_VISIBLE_UPLOAD)


def _decisions() -> None:
    op.add_column("generation", sa.Column("whole_at", MOMENT, nullable=True))
    # What was published was read back before, and so was what came too late to be.
    op.execute("UPDATE generation SET whole_at = published_at WHERE published_at IS NOT NULL")
    op.execute(
        "UPDATE generation SET whole_at = generation.superseded_at FROM job"
        " WHERE job.id = generation.job_id AND job.state = 'SUPERSEDED'"
        " AND generation.published_at IS NULL"
    )
    op.create_index(
        "generation_of_asset", "generation", ["tenant", "asset"], postgresql_include=["digest"]
    )
    op.create_index(
        "generation_of_test",
        "generation",
        ["created_at"],
        postgresql_where="right(origin, 6) = '/_test' AND removing_at IS NULL",
    )
    op.create_table(
        "decision",
        sa.Column("origin", sa.String(1024), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("asset", sa.String(128), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=True),
        sa.Column(
            "submission",
            sa.BigInteger(),
            server_default=sa.text("nextval('job_submission')"),
            nullable=False,
        ),
        sa.Column(
            "decided_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("obeyed_at", MOMENT, nullable=True),
        sa.Column("retried", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "tenant", "asset"),
    )
    op.create_index(
        "decision_doubtful",
        "decision",
        ["decided_at"],
        postgresql_where="obeyed_at IS NULL OR retried",
    )


def _uploads() -> None:
    op.create_table(
        "source_upload",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("content_type", sa.String(128), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("multipart", sa.String(1024), nullable=True),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("touched_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("completed_at", MOMENT, nullable=True),
        sa.Column("removing_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("source_upload_of_tenant", "source_upload", ["tenant", "created_at", "id"])
    for name, column, where in (
        ("unfinished", "touched_at", "completed_at IS NULL AND removing_at IS NULL"),
        ("complete", "completed_at", "completed_at IS NOT NULL AND removing_at IS NULL"),
        ("removing", "removing_at", "removing_at IS NOT NULL"),
    ):
        op.create_index(f"source_upload_{name}", "source_upload", [column], postgresql_where=where)
    op.create_table(
        "upload_use",
        sa.Column("upload_id", sa.String(32), nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["upload_id"], ["source_upload.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("upload_id", "job_id"),
    )
    op.create_index("ix_upload_use_job_id", "upload_use", ["job_id"])


def downgrade() -> None:
    op.drop_table("upload_use")
    op.drop_table("source_upload")
    op.drop_table("decision")
    op.drop_index("generation_of_test", table_name="generation")
    op.drop_index("generation_of_asset", table_name="generation")
    op.drop_column("generation", "whole_at")
