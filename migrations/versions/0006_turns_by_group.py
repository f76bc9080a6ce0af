"""Which catalogs of which tenants have steps that wait, whatever kind of step."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "step_group",
        "step",
        ["priority", "tenant", "catalog"],
        postgresql_where="state = 'QUEUED'",
    )


def downgrade() -> None:
    op.drop_index("step_group", table_name="step")
