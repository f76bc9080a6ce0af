"""Devices that decode and do not encode, and which step was decoded on one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, kind in (("decode_sessions", sa.Integer()), ("decode_pixels_per_s", sa.Float())):
        op.add_column("device", sa.Column(name, kind, server_default="0", nullable=False))
    none_yet = sa.text("'[]'")
    op.add_column("device", sa.Column("gains", JSONB(), server_default=none_yet, nullable=False))
    op.add_column("step", sa.Column("decoded_on", sa.String(32), nullable=True))


def downgrade() -> None:
    # The version before would want a device for what a device only decodes.
    op.execute(
        "UPDATE step SET params = jsonb_set(params, '{share}', 'null'), device_kind = NULL"
        " WHERE resource = 'cpu' AND device_kind IS NOT NULL AND state <> 'DONE'"
    )
    op.drop_column("step", "decoded_on")
    for name in ("gains", "decode_pixels_per_s", "decode_sessions"):
        op.drop_column("device", name)
