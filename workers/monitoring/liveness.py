"""A sign of life of a long-running part, as a file in its state directory, for health checks."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from farm.files import replaced
from farm.settings import Settings

MISSED_BEATS = 4  # of a reconciler: one in a slow pass is not dead
LEAST_AGE_S = 15.0
_CLOCK = time.CLOCK_BOOTTIME  # setting the time of day makes nothing look dead, or alive again


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """What a part last said of itself; `at_s` is in seconds since the machine started."""

    role: str
    pid: int
    at_s: float
    ready: bool
    note: str


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a part is well, and why, in one line."""

    well: bool
    line: str


def record_beat(settings: Settings, role: str, ready: bool, note: str = "") -> None:
    """Say that `role` lives, and whether it takes work; a disk that is full is no reason to end.

    Roles are "worker" and "reconcile". Call it again well within `oldest_s`.
    """
    path = _path(settings, role)
    said = SignOfLife(role, os.getpid(), time.clock_gettime(_CLOCK), ready, note)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(path) as temporary:
            temporary.write_text(json.dumps(asdict(said)))


def health_from_beats(settings: Settings, role: str, ready: bool = False) -> Health:
    """Return whether `role` said lately that it lives and, with `ready`, that it takes work."""
    said = _last(settings, role)
    if said is None:
        return Health(False, f"{role}: no sign of life in {settings.state_dir}: is it running?")
    age_s, oldest_s = time.clock_gettime(_CLOCK) - said.at_s, oldest_age_s(settings, role)
    note = f": {said.note}" if said.note else ""
    if not 0 <= age_s <= oldest_s:  # below zero: from before the machine was started again
        line = f"{role}: process {said.pid} gave no sign of life for more than {oldest_s:g} s{note}"
        return Health(False, line)
    if ready and not said.ready:
        return Health(False, f"{role}: process {said.pid} lives, but takes no work{note}")
    state = "takes work" if said.ready else "takes no work"
    return Health(True, f"{role}: process {said.pid} lives and {state}{note}")


def oldest_age_s(settings: Settings, role: str) -> float:
    """Return how old a sign of life may be: as old as a lease, or some rounds of a reconciler."""
    limit = settings.lease_s if role == "worker" else MISSED_BEATS * settings.reconcile_s
    return max(limit, LEAST_AGE_S)


def _last(settings: Settings, role: str) -> SignOfLife | None:
    try:
        return SignOfLife(**json.loads(_path(settings, role).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _path(settings: Settings, role: str) -> Path:
    return settings.state_dir / "alive" / f"{role}.json"
