"""A rendition's VMAF over time: the scored frames, and between what all others are expected."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from qc.sampling.statistics import FrameTraits, ScoreInterval
from qc.sampling.view import BEST, ForetoldScores, view_of

COLUMNS = 1200  # rows of a curve: as many as a wide screen shows apart
COVERED = 0.95  # of the frames that were not scored, those that lie within the band
# A frame beside a scored one is hardly surer than one amid two: encoders code every second or
# fourth better. So variances count at least this share of a scored frame's, were it not scored.
LEAST_VARIANCE = 0.7
DECIMALS = 3  # as scores have them


@dataclass(frozen=True, slots=True)
class ScoreCurve:
    """Columns of equal length, in the order of the title; `frame` is the rendition's own count.

    A row is a scored frame, whose score all three are; or it stands for frames in a row that were
    not scored, of which `frame` is the middle one: what is expected of them in the mean, and the
    lowest and the highest that any of them may be at 95 %.
    """

    frame: array[int]
    expected: array[float]
    low: array[float]
    high: array[float]

    def __len__(self) -> int:
        return len(self.frame)


def score_curve(
    spread: Mapping[int, float],
    frames: int,
    traits: FrameTraits,
    sought: Mapping[int, float] | None = None,
    columns: int = COLUMNS,
) -> ScoreCurve:
    """Return the curve of a rendition from the VMAF of some of its frames, as `estimate` gets them.

    It has `columns` rows at most, but always one for each scored frame and one between two.
    """
    known = {**(sought or {}), **spread}
    foretold = view_of(spread, known, frames, traits).foretold(float, known)
    doubts = _doubts(foretold, spread)
    rows = [_row(foretold, doubts, stretch) for stretch in _stretches(known, frames, columns)]
    middles, expected, lows, highs = zip(*rows, strict=True)
    return ScoreCurve(
        array("i", middles), array("f", expected), array("f", lows), array("f", highs)
    )


def intervals_at(
    places: Sequence[int],
    spread: Mapping[int, float],
    frames: int,
    traits: FrameTraits,
    sought: Mapping[int, float] | None = None,
) -> list[ScoreInterval]:
    """Return what is expected of single frames, and between what each is at 95 %, as the band has.

    Scored ones are what they scored.
    """
    known = {**(sought or {}), **spread}
    if len(known) == frames:
        return [ScoreInterval(known[frame], known[frame], known[frame]) for frame in places]
    foretold = view_of(spread, known, frames, traits).foretold(float, known)
    doubts = _doubts(foretold, spread)
    return [
        ScoreInterval(_within(value), _within(value - doubt), _within(value + doubt))
        for value, doubt in ((foretold.expected[frame], doubts[frame]) for frame in places)
    ]


def _doubts(foretold: ForetoldScores, spread: Mapping[int, float]) -> list[float]:
    """Return how far off the expectation of every frame is at most, for 95 in 100: 0 if scored.

    Each evenly spread frame is foretold from all others: what that is off by is what unscored
    frames are off by. Sought ones were chosen for being low, and tell of themselves alone.
    """
    evenly = [one for one in foretold.known if one.frame in spread]
    errors = sorted(abs(one.unforeseen) / math.sqrt(one.doubt) for one in evenly)
    error = errors[min(len(errors), math.ceil(COVERED * (len(errors) + 1))) - 1]
    least = LEAST_VARIANCE * median(one.doubt for one in evenly)
    return [error * math.sqrt(max(least, each)) if each else 0.0 for each in foretold.variances]


def _row(
    foretold: ForetoldScores, doubts: Sequence[float], stretch: range
) -> tuple[int, float, float, float]:
    expected = [_within(foretold.expected[frame]) for frame in stretch]
    # Expectations know no 100; a band above it would be one without width.
    lows = (_within(each - doubts[frame]) for each, frame in zip(expected, stretch, strict=True))
    highs = (_within(each + doubts[frame]) for each, frame in zip(expected, stretch, strict=True))
    return (
        stretch[len(stretch) // 2],
        round(fmean(expected), DECIMALS),
        round(min(lows), DECIMALS),
        round(max(highs), DECIMALS),
    )


def _stretches(known: Mapping[int, float], frames: int, columns: int) -> Iterator[range]:
    """Yield scored frames alone, and those between them in stretches of about one length."""
    gaps = [range(a + 1, b) for a, b in pairwise([-1, *sorted(known), frames]) if b - a > 1]
    left = columns - len(known) - len(gaps)
    most = math.ceil((frames - len(known)) / left) if left > 0 else frames
    most = 1 if frames <= columns else most
    beginnings: list[tuple[int, Sequence[range]]] = [
        (gap.start, [gap[at : at + most] for at in range(0, len(gap), most)]) for gap in gaps
    ]
    beginnings += [(frame, [range(frame, frame + 1)]) for frame in known]
    for _, stretches in sorted(beginnings, key=lambda each: each[0]):
        yield from stretches


def _within(score: float) -> float:
    return min(BEST, max(0.0, score))
