"""A long backlog: indexes that turns and counts can seek in, titles in progress, chores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
QUEUED = "state = 'QUEUED'"
DOUBTFUL = "kind = 'publish' AND (attempts > 1 OR state NOT IN ('RUNNING', 'DONE'))"


def upgrade() -> None:
    _titles_in_progress()
    _turns()
    _blocked_steps()
    for name, column, where in (
        ("superseded", "superseded_at", "removing_at IS NULL"),
        ("in_vain", "created_at", "published_at IS NULL"),
        ("removing", "removing_at", "removing_at IS NOT NULL"),
    ):
        op.create_index(f"generation_{name}", "generation", [column], postgresql_where=where)
    op.create_table(
        "chore",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _titles_in_progress() -> None:
    op.add_column("job", sa.Column("begun_at", MOMENT, nullable=True))
    op.execute(
        "UPDATE job SET begun_at = coalesce(begun.started_at, job.created_at)"
        " FROM (SELECT job_id, min(started_at) AS started_at FROM step GROUP BY job_id) AS begun"
        " WHERE begun.job_id = job.id"
        " AND (begun.started_at IS NOT NULL OR job.state = 'RUNNING')"
    )
    op.create_index(
        "job_in_progress",
        "job",
        ["tenant"],
        postgresql_where="begun_at IS NOT NULL AND finished_at IS NULL",
    )
    op.create_index("job_unfinished", "job", ["state"], postgresql_where="finished_at IS NULL")


def _turns() -> None:
    # A default for parts of the farm that are of the version before, until they are restarted.
    op.add_column(
        "step", sa.Column("begins", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(
        "UPDATE step SET begins = true FROM job"
        " WHERE job.id = step.job_id AND job.state = 'QUEUED' AND step.state = 'QUEUED'"
    )
    op.drop_index("step_turn", table_name="step")
    op.create_index(
        "step_turn",
        "step",
        [
            *("resource", "begins", "cores", "priority", "tenant", "catalog"),
            *("submitted_at", "id"),
        ],
        postgresql_where=QUEUED,
    )
    op.drop_index("step_unwoken", table_name="step")
    op.create_index(
        "step_unwoken",
        "step",
        ["resource", sa.text("coalesce(woken_at, '-infinity')"), "id"],
        postgresql_where=QUEUED,
    )
    op.create_index("step_queued", "step", ["queued_at"], postgresql_where=QUEUED)
    op.create_index(
        "step_quarantined", "step", ["finished_at"], postgresql_where="state = 'QUARANTINED'"
    )

    # Of the attempts at publishing, those that may have moved a pointer unnoticed are few.
    op.drop_index("step_publish", table_name="step")
    op.create_index("step_publish", "step", ["started_at"], postgresql_where=DOUBTFUL)


def _blocked_steps() -> None:
    op.create_table(
        "blocked_steps",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("resource", sa.String(8), nullable=False),
        sa.Column("steps", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(
        "INSERT INTO blocked_steps (resource, steps)"
        " SELECT resource, count(*) FROM step WHERE state = 'BLOCKED' GROUP BY resource"
    )
    op.execute(_COUNT_ADDED)
    op.execute(_COUNT_CHANGED)
    op.execute(
        "CREATE TRIGGER step_added AFTER INSERT ON step REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_added_blocked_steps()"
    )
    changed = "FOR EACH ROW WHEN ({}) EXECUTE FUNCTION count_changed_blocked_steps()"
    differs = "(OLD.state = 'BLOCKED') <> (NEW.state = 'BLOCKED')"
    op.execute(f"CREATE TRIGGER step_changed AFTER UPDATE ON step {changed.format(differs)}")
    was = "OLD.state = 'BLOCKED'"
    op.execute(f"CREATE TRIGGER step_removed AFTER DELETE ON step {changed.format(was)}")


# Rows that add up, and no counter to update: nobody waits for anybody, and there is no deadlock.
_COUNT_ADDED = """
CREATE FUNCTION count_added_blocked_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO blocked_steps (resource, steps)
    SELECT resource, count(*) FROM added WHERE state = 'BLOCKED' GROUP BY resource;
    RETURN NULL;
END $$
"""

_COUNT_CHANGED = """
CREATE FUNCTION count_changed_blocked_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'BLOCKED' THEN
        INSERT INTO blocked_steps (resource, steps) VALUES (OLD.resource, -1);
    ELSE
        INSERT INTO blocked_steps (resource, steps) VALUES (NEW.resource, 1);
    END IF;
    RETURN NULL;
END $$
"""


def downgrade() -> None:
    for trigger in ("added", "changed", "removed"):
        op.execute(f"DROP TRIGGER step_{trigger} ON step")
    for function in ("added", "changed"):
        op.execute(f"DROP FUNCTION count_{function}_blocked_steps()")
    op.drop_table("blocked_steps")
    op.drop_table("chore")
    for index in ("removing", "in_vain", "superseded"):
        op.drop_index(f"generation_{index}", table_name="generation")
    for index in ("publish", "quarantined", "queued", "unwoken", "turn"):
        op.drop_index(f"step_{index}", table_name="step")
    op.create_index(
        "step_turn",
        "step",
        ["resource", "priority", "tenant", "catalog", "submitted_at", "id"],
        postgresql_where=QUEUED,
    )
    op.create_index("step_unwoken", "step", ["woken_at"], postgresql_where=QUEUED)
    op.create_index("step_publish", "step", ["started_at"], postgresql_where="kind = 'publish'")
    op.drop_column("step", "begins")
    for index in ("unfinished", "in_progress"):
        op.drop_index(f"job_{index}", table_name="job")
    op.drop_column("job", "begun_at")
