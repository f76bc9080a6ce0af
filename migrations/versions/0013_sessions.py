"""Who is signed in to the pages, and links that sign in once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.row_security import expose, protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "browser_session",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("is_link", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("browser_session_expires", "browser_session", ["expires_at"])
    protect("browser_session", "SELECT, INSERT, DELETE")


def downgrade() -> None:
    expose("browser_session")
    op.drop_table("browser_session")
