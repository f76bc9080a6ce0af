"""What goes on around jobs: workers, and chores that are shared."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Integer, String, func
from sqlalchemy.orm import Mapped, mapped_column

from storage.postgres.models.base import Base


class Worker(Base):
    """A worker process as it last reported."""

    __tablename__ = "worker"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    resources: Mapped[list[str]]
    cores: Mapped[int] = mapped_column(Integer)
    memory_bytes: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime]
    draining: Mapped[bool] = mapped_column(default=False)  # told to stop: takes no more steps


class Chore(Base):
    """Something to be done now and then by one of all reconcilers, and when one last began it."""

    __tablename__ = "chore"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    begun_at: Mapped[datetime]
