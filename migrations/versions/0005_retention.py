"""What may go, and when; which of two submissions of an asset is the newer one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _submissions()
    _parts()
    op.create_index("job_ended", "job", ["finished_at"], postgresql_where="finished_at IS NOT NULL")
    op.create_index(
        "job_going_on", "job", ["id"], postgresql_where="state IN ('RUNNING', 'PAUSED')"
    )
    op.create_index("ix_delivery_job_id", "delivery", ["job_id"])
    op.create_index(
        "delivery_ended",
        "delivery",
        [sa.text("coalesce(delivered_at, gave_up_at)")],
        postgresql_where="delivered_at IS NOT NULL OR gave_up_at IS NOT NULL",
    )


def _submissions() -> None:
    op.execute("CREATE SEQUENCE job_submission")
    op.add_column("job", sa.Column("submission", sa.BigInteger(), nullable=True))
    op.add_column("job", sa.Column("superseded_by", sa.String(32), nullable=True))
    op.execute(
        "UPDATE job SET submission = numbered.number FROM"
        " (SELECT id, row_number() OVER (ORDER BY created_at, id) AS number FROM job) AS numbered"
        " WHERE numbered.id = job.id"
    )
    op.execute("SELECT setval('job_submission', (SELECT count(*) + 1 FROM job), false)")
    op.alter_column(
        "job", "submission", nullable=False, server_default=sa.text("nextval('job_submission')")
    )
    op.execute("ALTER SEQUENCE job_submission OWNED BY job.submission")
    op.create_unique_constraint("job_submission_key", "job", ["submission"])
    op.drop_constraint("generation_job_id_fkey", "generation", type_="foreignkey")
    op.add_column("generation", sa.Column("submission", sa.BigInteger(), nullable=True))
    op.add_column("generation", sa.Column("published_by", sa.String(32), nullable=True))
    # A job that only reserved what was published before has not published it.
    op.execute(
        "UPDATE generation SET submission = job.submission, published_by = job.id FROM job"
        " WHERE job.id = generation.job_id AND job.state = 'PUBLISHED'"
        " AND generation.published_at IS NOT NULL"
    )


def _parts() -> None:
    # All that is there counts as used now: nobody has written down when it was.
    op.add_column(
        "artifact",
        sa.Column("used_at", MOMENT, server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("artifact", sa.Column("removing_at", MOMENT, nullable=True))
    op.create_index(
        "artifact_used", "artifact", ["used_at"], postgresql_where="removing_at IS NULL"
    )
    op.create_index(
        "artifact_removing", "artifact", ["used_at"], postgresql_where="removing_at IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("UPDATE job SET state = 'CANCELLED' WHERE state = 'SUPERSEDED'")
    op.drop_index("delivery_ended", table_name="delivery")
    op.drop_index("ix_delivery_job_id", table_name="delivery")
    op.drop_index("job_going_on", table_name="job")
    op.drop_index("job_ended", table_name="job")
    # What is left of these parts may lack its files.
    op.execute("DELETE FROM artifact WHERE removing_at IS NOT NULL")
    op.drop_index("artifact_removing", table_name="artifact")
    op.drop_index("artifact_used", table_name="artifact")
    op.drop_column("artifact", "removing_at")
    op.drop_column("artifact", "used_at")
    op.execute(
        "ALTER TABLE generation ADD CONSTRAINT generation_job_id_fkey"
        " FOREIGN KEY (job_id) REFERENCES job (id) NOT VALID"  # the jobs of old ones may be gone
    )
    op.drop_column("generation", "published_by")
    op.drop_column("generation", "submission")
    op.drop_column("job", "superseded_by")
    op.drop_column("job", "submission")
