"""A job and its steps as PostgreSQL has them: what records, progress and reports are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class StepSnapshot:
    """One step's row."""

    key: str
    kind: str
    state: str
    device: str | None
    attempts: int
    reused: bool
    progress: float
    started_at: datetime | None
    finished_at: datetime | None
    wall_s: float | None
    cpu_s: float | None
    peak_rss_bytes: int | None
    error: dict[str, Any] | None
    fallbacks: Sequence[dict[str, Any]] = ()  # why it was not done on a device, see farm.devices
    decoded_on: str | None = None  # the device that did, None: the processor


@dataclass(frozen=True, slots=True)
class JobSnapshot:
    """One job's row and its steps, in the order they were planned."""

    id: str
    tenant: str
    asset: str
    external_id: str | None
    catalog: str | None
    state: str
    priority: int
    error: dict[str, Any] | None
    spec: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None
    steps: tuple[StepSnapshot, ...]
    review: dict[str, Any] | None = None  # where a person is, or was, to decide
