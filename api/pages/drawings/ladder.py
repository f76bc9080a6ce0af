"""The ladder as one rate-quality picture: rungs where they were measured, rejected ones by rate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 40, 16, 16, 36
RATES_BPS = tuple(step * 10**power for power in range(4, 9) for step in (1, 2, 5))
MARGIN = 1.2  # of the rates shown, beyond the lowest and the highest
SCORES = (20, 40, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class LadderTick:
    """A line of the grid."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class LadderPoint:
    """A rung in the picture; `low` is where its 5th percentile lies, None for a rejected one."""

    x: float
    y: float
    low: float | None
    label: str
    words: str
    label_y: float = 0.0


@dataclass(frozen=True, slots=True)
class LadderDrawing:
    """The picture in pixels from its upper left corner."""

    kept: tuple[LadderPoint, ...]
    rejected: tuple[LadderPoint, ...]
    paths: tuple[str, ...]  # one for each codec
    rates: tuple[LadderTick, ...]
    scores: tuple[LadderTick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def draw_ladder(
    renditions: Sequence[Mapping[str, Any]], rejected: Sequence[Mapping[str, Any]]
) -> LadderDrawing | None:
    """Return the picture of a record's renditions, None where none has both a rate and a score."""
    scored = [each for each in renditions if each["average_bps"] and each["vmaf"]]
    if not scored:
        return None
    targets = [each["target"]["max_bps"] for each in rejected if each["target"]["max_bps"]]
    rates = [each["average_bps"] for each in scored] + targets
    best = {each["height"]: each["name"] for each in sorted(scored, key=_rate_of)}
    low, high = math.log(min(rates) / MARGIN), math.log(max(rates) * MARGIN)

    def x_of(bps: float) -> float:
        share = (math.log(bps) - low) / (high - low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    kept = tuple(
        LadderPoint(
            x=x_of(each["average_bps"]),
            y=_y_of(each["vmaf"]["harmonic_mean"]),
            low=_y_of(each["vmaf"]["p5"]),
            # Of rungs of one height only the best: their names would lie on each other.
            label=f"{each['height']}p" if best[each["height"]] == each["name"] else "",
            words=f"{each['name']}: VMAF {each['vmaf']['harmonic_mean']:.1f}, 5th percentile"
            f" {each['vmaf']['p5']:.1f}, at {each['average_bps'] / 1e6:.2f} Mbit/s",
            # By turns below and above: neighbours may be close to each other.
            label_y=_y_of(each["vmaf"]["p5"]) + 16 if place % 2 == 0 else _top_of(each),
        )
        for place, each in enumerate(scored)
    )
    return LadderDrawing(
        kept=kept,
        rejected=tuple(
            LadderPoint(
                x=x_of(each["target"]["max_bps"]),
                y=HEIGHT - BOTTOM,
                low=None,
                label=f"{each['height']}p",
                words=f"{each['name']}, rejected: {each['reason']}",
            )
            for each in rejected
            if each["target"]["max_bps"]
        ),
        paths=tuple(
            " ".join(
                f"{point.x},{point.y}"
                for point in sorted(
                    (p for p, of in zip(kept, scored, strict=True) if of["codec"] == codec),
                    key=lambda each: each.x,
                )
            )
            for codec in dict.fromkeys(each["codec"] for each in scored)
        ),
        rates=tuple(
            LadderTick(x_of(bps), f"{bps / 1e6:g}")
            for bps in RATES_BPS
            if low <= math.log(bps) <= high
        ),
        scores=tuple(LadderTick(_y_of(score), f"{score}") for score in SCORES),
    )


def _rate_of(rendition: Mapping[str, Any]) -> float:
    return float(rendition["average_bps"])


def _y_of(score: float) -> float:
    bottom = HEIGHT - BOTTOM
    return round(bottom - score / 100 * (bottom - TOP), 1)


def _top_of(rendition: Mapping[str, Any]) -> float:
    return round(max(TOP + 10.0, _y_of(rendition["vmaf"]["harmonic_mean"]) - 9), 1)
