"""Plans: jobs that stop after analysis; and what steps had to do, to tell how long others take."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ENDS = "'job.superseded'"  # the last of those in the function


def upgrade() -> None:
    op.add_column("job", sa.Column("plan", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("job", sa.Column("work", sa.Float(), nullable=True))
    op.add_column("step", sa.Column("work", sa.Float(), nullable=True))
    op.create_index(
        "step_past",
        "step",
        ["kind", "finished_at"],
        postgresql_where="state = 'DONE' AND NOT reused AND work IS NOT NULL",
    )
    op.create_index(
        "step_waiting",
        "step",
        ["queued_at"],
        postgresql_where="state = 'QUEUED' AND NOT begins",
    )
    op.execute(_PACKAGED_LATELY)
    _tell(ENDS, f"{ENDS}, 'job.planned'")


def _tell(before: str, after: str) -> None:
    """Have the job's own webhook told of these ends of it, in a function that stays as it is."""
    op.execute(
        sa.text(
            "DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('tell_of_events()'::regprocedure),"
            f" $old${before}$old$, $new${after}$new$); END $do$"
        )
    )


def downgrade() -> None:
    _tell(f"{ENDS}, 'job.planned'", ENDS)
    op.execute("DROP FUNCTION packaged_lately(int)")
    op.drop_index("step_waiting", table_name="step")
    op.drop_index("step_past", table_name="step")
    op.drop_column("step", "work")
    op.drop_column("job", "work")
    op.drop_column("job", "plan")


# Of all tenants, and nothing of theirs but rates: names of rungs say their size and their cap.
_PACKAGED_LATELY = """
CREATE FUNCTION packaged_lately(titles int)
RETURNS TABLE (rung text, max_bps float, average_bps float)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT rung.value ->> 'name', CAST(rung.value ->> 'max_bps' AS float),
           CAST(track.value ->> 'average_bps' AS float)
      FROM (SELECT params, parts FROM step
             WHERE kind = 'package' AND state = 'DONE' AND NOT reused AND work IS NOT NULL
             ORDER BY finished_at DESC LIMIT titles) AS packaged
      JOIN artifact ON artifact.fingerprint = packaged.parts ->> ''
     CROSS JOIN LATERAL jsonb_array_elements(packaged.params -> 'rungs') AS rung
     CROSS JOIN LATERAL jsonb_array_elements(artifact.part -> 'facts' -> 'tracks') AS track
     WHERE track.value ->> 'name' = rung.value ->> 'name'
$$
"""
