"""Scales of the drawn figures: values to whole pixels, and where the ticks are."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qc.report import words

TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
MOST_TICKS = 9


@dataclass(frozen=True, slots=True)
class Tick:
    at_px: int
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps `low`..`high` to `begin_px`..`end_px`, which may run backwards."""

    low: float
    high: float
    begin_px: int
    end_px: int

    def at(self, value: float) -> int:
        """Return the pixel nearest to a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.begin_px + share * (self.end_px - self.begin_px))


def time_ticks(axis: Axis) -> list[Tick]:
    """Return ticks at round times of a title."""
    fitting = (step for step in TIME_STEPS_S if axis.high / step <= MOST_TICKS)
    step = next(fitting, math.ceil(axis.high / MOST_TICKS))
    return [Tick(axis.at(at), words.minute(at)) for at in range(0, math.floor(axis.high) + 1, step)]


def vmaf_ticks(axis: Axis) -> list[Tick]:
    """Return a tick at every tenth point of VMAF, every twentieth where there are many."""
    step = 10 if axis.high - axis.low <= 70 else 20
    first = math.ceil(axis.low / step) * step
    return [Tick(axis.at(at), str(at)) for at in range(first, math.floor(axis.high) + 1, step)]
