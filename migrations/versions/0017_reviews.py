"""Titles that wait for a person's verdict, with what is said and decided of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_security import API_ROLE, protect

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")
ENDS = "'job.planned'"  # the last of what the job's own webhook is told of


def upgrade() -> None:
    op.create_table(
        "review",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("claimed_by", sa.String(64), nullable=True),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("verdict", sa.String(16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(64), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id"),
    )
    op.create_index(
        "review_open", "review", ["opened_at", "job_id"], postgresql_where="decided_at IS NULL"
    )
    op.create_table(
        "review_note",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("time_s", sa.Float(), nullable=True),
        sa.Column("waives", sa.String(160), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("review_note_of_job", "review_note", ["job_id", "id"])
    protect("review", "SELECT, UPDATE")  # workers open them
    protect("review_note", "SELECT, INSERT")
    op.execute(f"GRANT USAGE ON SEQUENCE review_note_id_seq TO {API_ROLE}")
    _going_on("'RUNNING', 'PAUSED', 'WAITING'")
    _tell(ENDS, f"{ENDS}, 'review.asked'")


def _going_on(states: str) -> None:
    """Index the jobs whose parts must stay: those that wait for a person, too."""
    op.drop_index("job_going_on", table_name="job")
    op.create_index("job_going_on", "job", ["id"], postgresql_where=f"state IN ({states})")


def _tell(before: str, after: str) -> None:
    """Have the job's own webhook told of a review, in a function that stays as it is."""
    op.execute(
        sa.text(
            "DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('tell_of_events()'::regprocedure),"
            f" $old${before}$old$, $new${after}$new$); END $do$"
        )
    )


def downgrade() -> None:
    # The version before publishes nothing that its verdict does not pass: it rejects these.
    op.execute("UPDATE catalog_title SET state = 'TAKEN' WHERE state = 'REVIEW'")
    op.execute("UPDATE step SET state = 'QUEUED', woken_at = NULL WHERE state = 'WAITING'")
    op.execute("UPDATE job SET state = 'RUNNING' WHERE state = 'WAITING'")
    _tell(f"{ENDS}, 'review.asked'", ENDS)
    _going_on("'RUNNING', 'PAUSED'")
    op.drop_table("review_note")
    op.drop_table("review")
