"""Small bars: one number an hour, as tall as its share of the largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, GAP = 240, 40, 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour."""

    x: float
    y: float
    width: float
    height: float
    count: int
    hours_ago: int


def draw_bars(counts: Sequence[int]) -> tuple[Bar, ...]:
    """Return a bar a number, the last one at the right; an empty hour is a line of one pixel."""
    most = max([1, *counts])
    step = WIDTH / max(1, len(counts))
    return tuple(
        Bar(
            x=round(place * step, 2),
            y=round(HEIGHT - tall, 2),
            width=round(step - GAP, 2),
            height=round(tall, 2),
            count=count,
            hours_ago=len(counts) - 1 - place,
        )
        for place, count in enumerate(counts)
        for tall in (max(1.0, HEIGHT * count / most),)
    )
