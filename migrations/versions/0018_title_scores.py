"""Scores of verified titles, kept where catalogs can be looked at by them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.row_security import protect

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "title_score",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("codec", sa.String(8), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("catalog", sa.String(128), nullable=False),
        sa.Column("asset", sa.String(128), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("scored_lines", sa.Integer(), nullable=False),
        sa.Column("tool", sa.String(128), nullable=False),
        sa.Column("build", sa.String(64), nullable=False),
        sa.Column("reelfarm", sa.String(64), nullable=False),
        sa.Column("preset", sa.String(16), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        sa.Column("policy_digest", sa.String(16), nullable=False),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("is_top", sa.Boolean(), nullable=False),
        sa.Column("harmonic_mean", sa.Float(), nullable=False),
        sa.Column("p5", sa.Float(), nullable=False),
        sa.Column("p1", sa.Float(), nullable=False),
        sa.Column("min", sa.Float(), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "codec", "lines"),
    )
    op.create_index("title_score_newest", "title_score", ["at"])
    op.create_index("title_score_of_tenant", "title_score", ["tenant", "at"])
    op.create_index("title_score_of_catalog", "title_score", ["tenant", "catalog", "at"])
    protect("title_score", "SELECT")  # workers write them


def downgrade() -> None:
    op.drop_table("title_score")
