"""Bit rate over time: a step line a rung, a step a segment as it is delivered. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qc.report.axes import Axis, Tick, time_ticks

WIDTH_PX, HEIGHT_PX = 1200, 190
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 84, 28, 12, 24  # margins: the figure above it has them
STEPS_MBPS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
MOST_TICKS = 5
DRAWN_STEPS = 600  # of more segments than that, the largest of each column is drawn


@dataclass(frozen=True, slots=True)
class RateLine:
    """One rung; `place` is the rung's in the ladder, `path` SVG path data."""

    place: int
    path: str
    words: str


@dataclass(frozen=True, slots=True)
class BitRates:
    """All of the figure in pixels from its upper left corner."""

    width_px: int
    height_px: int
    left_px: int
    right_px: int
    top_px: int
    bottom_px: int
    times: Sequence[Tick]
    rates: Sequence[Tick]
    lines: Sequence[RateLine]


def draw_bit_rates(
    segment_bytes: Mapping[str, Sequence[int]], segment_s: float, duration_s: float
) -> BitRates | None:
    """Return the figure, None where nothing was packaged; rungs are in the ladder's order."""
    rates = {
        rung: _rates(sizes, segment_s, duration_s) for rung, sizes in segment_bytes.items() if sizes
    }
    if not rates:
        return None
    highest = max(max(each) for each in rates.values())
    x = Axis(0, duration_s, LEFT_PX, WIDTH_PX - RIGHT_PX)
    y = Axis(0, highest * 1.05, HEIGHT_PX - BOTTOM_PX, TOP_PX)
    return BitRates(
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        left_px=x.begin_px,
        right_px=x.end_px,
        top_px=y.end_px,
        bottom_px=y.begin_px,
        times=time_ticks(x),
        rates=_ticks(y),
        lines=[
            RateLine(place, _path(each, segment_s, x, y), f"{rung}: at most {max(each):.2f} Mbit/s")
            for place, (rung, each) in enumerate(rates.items())
        ],
    )


def _rates(sizes: Sequence[int], segment_s: float, duration_s: float) -> list[float]:
    """Return the rate of each segment in Mbit/s; the last one may be short."""
    starts = [number * segment_s for number in range(len(sizes))]
    ends = [*starts[1:], max(duration_s, starts[-1] + min(segment_s, 1.0) / 10)]
    return [
        size * 8 / (end - start) / 1e6 for size, start, end in zip(sizes, starts, ends, strict=True)
    ]


def _ticks(y: Axis) -> list[Tick]:
    step = next((each for each in STEPS_MBPS if y.high / each <= MOST_TICKS), STEPS_MBPS[-1])
    return [
        Tick(y.at(number * step), f"{number * step:g}") for number in range(int(y.high / step) + 1)
    ]


def _path(rates: Sequence[float], segment_s: float, x: Axis, y: Axis) -> str:
    each = -(-len(rates) // DRAWN_STEPS)
    columns = [max(rates[at : at + each]) for at in range(0, len(rates), each)]
    first, *steps = [(x.at(n * each * segment_s), y.at(rate)) for n, rate in enumerate(columns)]
    path = f"M{first[0]} {first[1]}" + "".join(f"H{at}V{height}" for at, height in steps)
    return f"{path}H{x.end_px}"
