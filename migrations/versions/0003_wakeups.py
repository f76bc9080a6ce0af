"""Wake-ups by their name: `rung_at` becomes `woken_at`, and its index follows."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("step", "rung_at", new_column_name="woken_at")
    op.execute("ALTER INDEX step_unrung RENAME TO step_unwoken")


def downgrade() -> None:
    op.execute("ALTER INDEX step_unwoken RENAME TO step_unrung")
    op.alter_column("step", "woken_at", new_column_name="rung_at")
