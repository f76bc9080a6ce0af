"""What jobs made: parts by fingerprint, generations of assets, uploads on their way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Index,
    Integer,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.postgres.models.base import Base


class Artifact(Base):
    """A part some step made, by fingerprint: the memory that keeps work from being repeated."""

    __tablename__ = "artifact"

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    part: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    removing_at: Mapped[datetime | None]  # from then on its files may be gone

    __table_args__ = (
        Index("artifact_used", "used_at", postgresql_where="removing_at IS NULL"),
        Index("artifact_removing", "used_at", postgresql_where="removing_at IS NOT NULL"),
    )


class Generation(Base):
    """One immutable published presentation of an asset; the newest published one is current."""

    __tablename__ = "generation"

    origin: Mapped[str] = mapped_column(String(1024), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(128), primary_key=True)
    asset: Mapped[str] = mapped_column(String(128), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[str] = mapped_column(String(32))  # no reference: it outlives jobs
    # The newest submission that was published as this, and its job.
    submission: Mapped[int | None] = mapped_column(BigInteger)
    published_by: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    whole_at: Mapped[datetime | None]  # since then all of it is known to lie at the origin
    published_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]  # since then nobody new starts to play it
    removing_at: Mapped[datetime | None]  # from then on it may have lost objects

    __table_args__ = (
        # One for each reason to remove one, see storage/postgres/retirement.py.
        Index("generation_superseded", "superseded_at", postgresql_where="removing_at IS NULL"),
        Index("generation_in_vain", "created_at", postgresql_where="published_at IS NULL"),
        Index("generation_removing", "removing_at", postgresql_where="removing_at IS NOT NULL"),
        # With what tells those that are gone: lists by name need not visit rows.
        Index("generation_of_asset", "tenant", "asset", postgresql_include=["digest"]),
        # Of tests: all of them go, soon, however many others there are.
        Index(
            "generation_of_test",
            "created_at",
            postgresql_where="right(origin, 6) = '/_test' AND removing_at IS NULL",
        ),
    )


class Decision(Base):
    """What somebody decided last of an asset: which generation is live, or none.

    It counts as a submission: what was submitted before it does not change that any more.
    """

    __tablename__ = "decision"

    origin: Mapped[str] = mapped_column(String(1024), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(128), primary_key=True)
    asset: Mapped[str] = mapped_column(String(128), primary_key=True)
    generation: Mapped[int | None] = mapped_column(Integer)  # NULL: none
    submission: Mapped[int] = mapped_column(
        BigInteger, server_default=text("nextval('job_submission')")
    )
    decided_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    decided_by: Mapped[str] = mapped_column(String(64))
    obeyed_at: Mapped[datetime | None]  # since then the pointers are as decided
    retried: Mapped[bool] = mapped_column(default=False)  # a first attempt at them may yet write

    __table_args__ = (
        # What storage/postgres/decisions.py doubts.
        Index("decision_doubtful", "decided_at", postgresql_where="obeyed_at IS NULL OR retried"),
    )


class Upload(Base):
    """A folder of the work store that a step may be writing to: noted before the first byte."""

    __tablename__ = "upload"

    folder: Mapped[str] = mapped_column(String(256), primary_key=True)
    step_id: Mapped[int] = mapped_column(BigInteger, index=True)  # no reference: it outlives steps
    epoch: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
