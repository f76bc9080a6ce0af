"""Uploads that titles of catalogs name stay until these have had their turn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.row_security import expose, protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OF_A_VISIBLE_UPLOAD = "EXISTS (SELECT FROM source_upload WHERE source_upload.id = upload_id)"


def upgrade() -> None:
    op.create_table(
        "title_upload_use",
        sa.Column("upload_id", sa.String(32), nullable=False),
        sa.Column("catalog_id", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(256), nullable=False),
        sa.ForeignKeyConstraint(["upload_id"], ["source_upload.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["catalog_id", "external_id"],
            ["catalog_title.catalog_id", "catalog_title.external_id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("upload_id", "catalog_id", "external_id"),
    )
    op.create_index("title_upload_use_of_title", "title_upload_use", ["catalog_id", "external_id"])
    op.execute(_NAMED_BEFORE)
    protect("title_upload_use", "SELECT, INSERT, DELETE", OF_A_VISIBLE_UPLOAD)
    op.create_index(
        "catalog_title_waiting_tests",
        "catalog_title",
        ["tenant"],
        postgresql_where="state = 'WAITING' AND request ->> 'mode' = 'test'",
    )


def downgrade() -> None:
    op.drop_index("catalog_title_waiting_tests", table_name="catalog_title")
    expose("title_upload_use")
    op.drop_table("title_upload_use")


# Wherever a request names one: metadata that does keeps an upload for longer, and harms nobody.
_NAMED_BEFORE = """
INSERT INTO title_upload_use (upload_id, catalog_id, external_id)
SELECT DISTINCT source_upload.id, title.catalog_id, title.external_id
  FROM catalog_title AS title
 CROSS JOIN LATERAL regexp_matches(CAST(title.request AS text), 'upload://([0-9a-f]{32})', 'g')
       AS named
  JOIN source_upload ON source_upload.id = named[1] AND source_upload.tenant = title.tenant
 WHERE CAST(title.request AS text) LIKE '%upload://%'
"""
