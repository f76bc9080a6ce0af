"""What a plan found out: the ladder, and every step that its title would take."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from farm.ladder import Ladder


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step that would run: what it needs, how much of a worker it takes, and its programs."""

    key: str
    kind: str
    label: str
    needs: tuple[str, ...]
    resource: str
    cores: float
    memory_bytes: int
    work: float | None  # see planning/work.py
    commands: tuple[tuple[str, ...], ...]  # the argv of each, on the worker that planned it


@dataclass(frozen=True, slots=True)
class PlannedTitle:
    """Of `plan`: the ladder, and all steps of the title's job, those already done among them."""

    ladder: Ladder
    duration_s: Fraction
    audio_bps: tuple[int, ...]  # of each track
    steps: tuple[PlannedStep, ...]
