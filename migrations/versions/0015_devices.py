"""Devices of workers: what they can, how much at once, and whether work goes there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.row_security import ALL_TENANTS, expose, protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NONE_YET = sa.text("'[]'")


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("worker", sa.String(128), nullable=False),
        sa.Column("driver", sa.String(256), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("pixels_per_s", sa.Float(), nullable=False),
        sa.Column("capabilities", JSONB(), nullable=False),
        sa.Column("decodes", JSONB(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened", sa.Integer(), server_default="0", nullable=False),
        sa.Column("open_until", MOMENT, nullable=True),
        sa.Column("tryout_until", MOMENT, nullable=True),
        sa.Column("last_fault", sa.String(16), nullable=True),
        sa.Column("last_error", sa.String(512), nullable=True),
        sa.Column("tried_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    protect("device", "SELECT", ALL_TENANTS)
    op.add_column("step", sa.Column("device_kind", sa.String(8), nullable=True))
    op.add_column("step", sa.Column("sessions", sa.Integer(), server_default="0", nullable=False))
    op.add_column("step", sa.Column("pixels_per_s", sa.Float(), server_default="0", nullable=False))
    op.add_column("step", sa.Column("held_device", sa.String(160), nullable=True))
    op.add_column("step", sa.Column("avoids", JSONB(), server_default=NONE_YET, nullable=False))
    op.add_column("step", sa.Column("fallbacks", JSONB(), server_default=NONE_YET, nullable=False))
    op.create_index(
        "step_on_device",
        "step",
        ["held_device"],
        postgresql_where="state = 'RUNNING' AND held_device IS NOT NULL",
    )
    op.create_index(
        "step_for_device", "step", ["id"], postgresql_where="state = 'QUEUED' AND resource = 'gpu'"
    )


def downgrade() -> None:
    for index in ("for_device", "on_device"):
        op.drop_index(f"step_{index}", table_name="step")
    # Nobody would know any more what such a step needs: the version before has no such class.
    op.execute("UPDATE step SET resource = 'cpu' WHERE resource = 'gpu' AND state = 'QUEUED'")
    for column in ("fallbacks", "avoids", "held_device", "pixels_per_s", "sessions", "device_kind"):
        op.drop_column("step", column)
    expose("device")
    op.drop_table("device")
