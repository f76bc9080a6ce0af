"""Catalogs: the titles of each, how many are in which state, and what uploads were answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.postgres.models.base import Base


class StoredCatalog(Base):
    """A batch of titles under a name."""

    __tablename__ = "catalog"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    cancelled_at: Mapped[datetime | None]  # none of its titles is begun since

    __table_args__ = (UniqueConstraint("tenant", "name", name="catalog_name"),)


class CatalogTitle(Base):
    """One title of a catalog: all there is of it until its turn nears, and known for good."""

    __tablename__ = "catalog_title"

    catalog_id: Mapped[str] = mapped_column(ForeignKey("catalog.id"), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(256), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=False))
    tenant: Mapped[str] = mapped_column(String(128))
    request: Mapped[dict[str, Any]]  # as it was given: names are resolved when its turn nears
    digest: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    priority: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))  # farm.states.TitleState
    job_id: Mapped[str | None] = mapped_column(String(32))
    error: Mapped[dict[str, Any] | None]
    outputs: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("catalog_title_listed", "catalog_id", "position"),
        Index("catalog_title_state", "catalog_id", "state", "position"),
        Index(
            "catalog_title_waiting",
            *("catalog_id", text("priority DESC"), "position"),
            postgresql_where="state = 'WAITING'",
        ),
        Index("catalog_title_job", "job_id", postgresql_where="job_id IS NOT NULL"),
        Index(
            "catalog_title_waiting_tests",
            "tenant",
            postgresql_where="state = 'WAITING' AND request ->> 'mode' = 'test'",
        ),
    )


class CatalogCount(Base):
    """Rows that add up to how many titles of a catalog are in a state, written by triggers."""

    __tablename__ = "catalog_count"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    catalog_id: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    titles: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("catalog_count_of", "catalog_id", "state"),)


class StoredUpload(Base):
    """One upload to a catalog; its rows that were not accepted can be asked for."""

    __tablename__ = "catalog_upload"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(128))
    catalog_id: Mapped[str] = mapped_column(ForeignKey("catalog.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("catalog_upload_age", "created_at"),)


class UploadRow(Base):
    """A row of an upload that was not accepted, and why."""

    __tablename__ = "upload_row"

    upload_id: Mapped[str] = mapped_column(
        ForeignKey("catalog_upload.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    external_id: Mapped[str | None] = mapped_column(String(256))
    status: Mapped[str] = mapped_column(String(16))
    error: Mapped[dict[str, Any] | None]
