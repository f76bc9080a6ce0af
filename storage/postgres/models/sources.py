"""Sources that tenants hand in: uploads on their way and complete, and what uses them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from storage.postgres.models.base import Base


class SourceUpload(Base):
    """A file that a tenant hands in, to be named in jobs once it is complete."""

    __tablename__ = "source_upload"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(128))
    content_type: Mapped[str] = mapped_column(String(128))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))  # what its owner says it has
    way: Mapped[str] = mapped_column(String(16))  # how it is sent, see farm/uploads.py
    multipart: Mapped[str | None] = mapped_column(String(1024))  # S3's name of it, where it has one
    received_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  # safe on the disk
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    touched_at: Mapped[datetime] = mapped_column(server_default=func.now())  # its owner's last sign
    completed_at: Mapped[datetime | None]
    removing_at: Mapped[datetime | None]  # from then on it is not there for anybody

    __table_args__ = (
        Index("source_upload_of_tenant", "tenant", "created_at", "id"),
        # One for each reason to remove one, see storage/postgres/source_uploads.py.
        Index(
            "source_upload_unfinished",
            "touched_at",
            postgresql_where="completed_at IS NULL AND removing_at IS NULL",
        ),
        Index(
            "source_upload_complete",
            "completed_at",
            postgresql_where="completed_at IS NOT NULL AND removing_at IS NULL",
        ),
        Index("source_upload_removing", "removing_at", postgresql_where="removing_at IS NOT NULL"),
    )


class UploadUse(Base):
    """A job that names an upload, which stays until that has ended."""

    __tablename__ = "upload_use"

    upload_id: Mapped[str] = mapped_column(
        ForeignKey("source_upload.id", ondelete="CASCADE"), primary_key=True
    )
    job_id: Mapped[str] = mapped_column(
        ForeignKey("job.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class TitleUploadUse(Base):
    """A catalog's title that names an upload, which stays while that waits."""

    __tablename__ = "title_upload_use"

    upload_id: Mapped[str] = mapped_column(
        ForeignKey("source_upload.id", ondelete="CASCADE"), primary_key=True
    )
    catalog_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(256), primary_key=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["catalog_id", "external_id"],
            ["catalog_title.catalog_id", "catalog_title.external_id"],
            ondelete="CASCADE",
        ),
        Index("title_upload_use_of_title", "catalog_id", "external_id"),
    )
