"""Whether circles stay circles: where in the frame the source's picture is found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from farm.facts import Check
from qc.sync import likeness

# How much wider or narrower, against its height, a picture is looked for than it should be: the
# shapes of pixels that are mistaken for others, and what lies between.
STRETCHES = (
    *(0.5, 9 / 16, 0.625, 0.7, 0.75, 0.8, 0.85, 0.9),
    *(1.1, 1.18, 1.25, 4 / 3, 1.42, 1.6, 16 / 9, 2),
)
# How alike pictures must be, and how much more alike than where it should be, to be found
# somewhere else. What has no shape of its own, such as black, is alike everywhere or nowhere.
MIN_LIKENESS = 0.8
MIN_LEAD = 0.05

Rect = tuple[float, float, float, float]  # left, top, right, bottom, as shares of the frame


@dataclass(frozen=True, slots=True)
class Seen:
    """What one picture told: 1 where it has its shape, None where it told nothing."""

    at_s: float
    stretch: float | None  # how much wider it is than it should be


def geometry_checks(seen: Sequence[Seen]) -> Iterable[Check]:
    """Yield whether pictures are shown in the shape the source has them in."""
    if not seen:
        return
    told = [each for each in seen if each.stretch is not None]
    wrong = [each for each in told if each.stretch != 1]
    said = [
        f"{each.stretch:.2f} times as wide as it should be at {each.at_s:.1f} s" for each in wrong
    ]
    places = "place" if len(told) == 1 else "places"
    right = (
        f"found so at {len(told)} {places}" if told else "nothing in the pictures tells their shape"
    )
    yield Check(
        "geometry",
        "Pictures have the shape they have in the source",
        "fail" if wrong else "pass",
        ", ".join(said) or right,
        "source's own pictures",
    )


def see(at_s: float, aspect: float, frame_aspect: float, source: bytes, rendition: bytes) -> Seen:
    """Return how wide the picture is found in a rendition, of what it should be.

    `source` and `rendition` are luma, each a whole picture stretched to a square; `aspect` is the
    one that pictures are shown in, `frame_aspect` that of the rendition.
    """
    side = round(len(source) ** 0.5)
    if side * side != len(source) or not source or not rendition:
        return Seen(at_s, None)
    table = _summed(rendition)

    def alike(stretch: float) -> float:
        return likeness(source, _sampled(table, fitted(aspect * stretch, frame_aspect), side))

    expected = alike(1.0)
    other, stretch = max((alike(stretch), stretch) for stretch in STRETCHES)
    if other >= MIN_LIKENESS and other >= expected + MIN_LEAD:
        return Seen(at_s, stretch)
    return Seen(at_s, 1.0 if expected >= MIN_LIKENESS and expected > other else None)


def fitted(aspect: float, frame_aspect: float) -> Rect:
    """Return where a picture lies that is as large as a frame allows, in its middle."""
    width = min(1.0, aspect / frame_aspect)
    height = min(1.0, frame_aspect / aspect)
    return (1 - width) / 2, (1 - height) / 2, (1 + width) / 2, (1 + height) / 2


def _summed(picture: bytes) -> list[list[int]]:
    """Return, for each corner of a sample, the sum of all above and left of it."""
    side = round(len(picture) ** 0.5)
    rows = [[0] * (side + 1)]
    for at in range(0, side * side, side):
        across = accumulate(picture[at : at + side], initial=0)
        rows.append([above + row for above, row in zip(rows[-1], across, strict=True)])
    return rows


def _sampled(table: Sequence[Sequence[int]], rect: Rect, side: int) -> list[float]:
    """Return the means of `side` x `side` fields of a part of the picture."""
    last = len(table) - 1
    left, top, right, bottom = (share * last for share in rect)
    xs, ys = (
        [round(start + (end - start) * n / side) for n in range(side + 1)]
        for start, end in ((left, right), (top, bottom))
    )
    return [
        (table[y1][x1] - table[y0][x1] - table[y1][x0] + table[y0][x0])
        / max(1, (y1 - y0) * (x1 - x0))
        for y0, y1 in pairwise(ys)
        for x0, x1 in pairwise(xs)
    ]
