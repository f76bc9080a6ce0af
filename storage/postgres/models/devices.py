"""The devices of workers' machines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, Integer, String, func
from sqlalchemy.orm import Mapped, mapped_column

from storage.postgres.models.base import Base


class DeviceRow(Base):
    """A device as a worker of its machine tried it, and its circuit breaker.

    The breaker is closed while `open_until` is null, open until then, and half open after it:
    nothing goes there but one tryout, `tryout_until` it counts as lost.
    """

    __tablename__ = "device"

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    name: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(8))
    worker: Mapped[str] = mapped_column(String(128))  # the last one that reported it
    driver: Mapped[str] = mapped_column(String(256))
    sessions: Mapped[int] = mapped_column(Integer)  # encodes at once
    pixels_per_s: Mapped[float] = mapped_column(Float)
    capabilities: Mapped[list[Any]]
    decodes: Mapped[list[str]]
    # Of one that encodes nothing: decodes at once, for encodes of the processor.
    decode_sessions: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    decode_pixels_per_s: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")
    gains: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    failures: Mapped[int] = mapped_column(Integer, default=0, server_default="0")  # in a row
    opened: Mapped[int] = mapped_column(Integer, default=0, server_default="0")  # in a row
    open_until: Mapped[datetime | None]
    tryout_until: Mapped[datetime | None]
    last_fault: Mapped[str | None] = mapped_column(String(16))
    last_error: Mapped[str | None] = mapped_column(String(512))
    tried_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime]
