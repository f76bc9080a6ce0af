"""Whether pictures are shown in the source's colours, or in those of a mistaken tag. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from farm.facts import Check
from farm.found import Span

Colours = tuple[float, float, float]  # red, green, blue, mostly 0 to 1
Weights = tuple[float, float]

BT709 = (0.2126, 0.0722)  # the weights of red and blue in luma (ITU-R BT.709-6)
BT601 = (0.299, 0.114)  # ITU-R BT.601-7

# How far off colours must be on average, and how much better a mistake must explain it: what an
# encode at the lowest rates leaves of small means is within 0.005.
MIN_ERROR = 0.012
MAX_LEFT = 0.5


@dataclass(frozen=True, slots=True)
class Tint:
    """What one picture told: None where its colours are right or say nothing."""

    at_s: float
    mistake: str | None
    error: float  # mean difference of a colour, 0 to 1


def tint_checks(tints: Sequence[Tint]) -> Iterable[Check]:
    """Yield whether colours as tagged are those of the source as tagged."""
    if not tints:
        return
    wrong = [tint for tint in tints if tint.mistake]
    seen = [f"{tint.mistake} at {tint.at_s:.1f} s" for tint in wrong]
    least = max(tint.error for tint in tints)
    yield Check(
        "colours",
        "Colours are those of the source",
        "fail" if wrong and len(wrong) == len(tints) else "warn" if wrong else "pass",
        ", ".join(seen) or f"within {100 * least:.1f} % at {len(tints)} places",
        "source's own pictures",
        places=tuple(Span(tint.at_s, tint.at_s) for tint in wrong),
    )


def see_tint(at_s: float, source: bytes, rendition: bytes, matrix: str) -> Tint | None:
    """Return what explains how colours differ; both are Y, U and V of one size in `matrix`.

    None where one of them is missing, as of a damaged source.
    """
    if not source or len(source) != len(rendition):
        return None
    weights = BT709 if matrix == "bt709" else BT601
    wanted, shown = _cells(source, weights), _cells(rendition, weights)
    error = _error(wanted, shown)
    if error < MIN_ERROR:
        return Tint(at_s, None, error)
    left, mistake = min(
        (_error(wanted, [mend(cell) for cell in shown]), name) for name, mend in MISTAKES.items()
    )
    return Tint(at_s, mistake if left <= MAX_LEFT * error else None, error)


def _seen_as(tagged: Weights, true: Weights) -> Callable[[Colours], Colours]:
    """Return what shows colours of one matrix that were tagged as another."""

    def mend(cell: Colours) -> Colours:
        red, green, blue = cell
        to_red, to_blue = tagged
        luma = to_red * red + (1 - to_red - to_blue) * green + to_blue * blue
        cb, cr = (blue - luma) / (2 - 2 * to_blue), (red - luma) / (2 - 2 * to_red)
        return _rgb(luma, cb, cr, true)

    return mend


def _rgb(luma: float, cb: float, cr: float, weights: Weights) -> Colours:
    to_red, to_blue = weights
    red, blue = luma + (2 - 2 * to_red) * cr, luma + (2 - 2 * to_blue) * cb
    return red, (luma - to_red * red - to_blue * blue) / (1 - to_red - to_blue), blue


def _stretched(cell: Colours) -> Colours:
    red, green, blue = ((255 * value - 16) / 219 for value in cell)
    return red, green, blue


def _squeezed(cell: Colours) -> Colours:
    red, green, blue = ((219 * value + 16) / 255 for value in cell)
    return red, green, blue


MISTAKES: dict[str, Callable[[Colours], Colours]] = {
    "BT.601 is shown as BT.709": _seen_as(BT709, BT601),
    "BT.709 is shown as BT.601": _seen_as(BT601, BT709),
    "limited range is shown as full range": _stretched,
    "full range is shown as limited range": _squeezed,
}


def _cells(picture: bytes, weights: Weights) -> list[Colours]:
    """Return unbounded red, green and blue: strong colours may lie outside."""
    size = len(picture) // 3
    planes = (picture[:size], picture[size : 2 * size], picture[2 * size :])
    return [
        _rgb((luma - 16) / 219, (cb - 128) / 224, (cr - 128) / 224, weights)
        for luma, cb, cr in zip(*planes, strict=True)
    ]


def _error(wanted: Sequence[Colours], shown: Sequence[Colours]) -> float:
    differences = (
        abs(b - a)
        for one, other in zip(wanted, shown, strict=True)
        for a, b in zip(one, other, strict=True)
    )
    return sum(differences) / (3 * len(wanted))
