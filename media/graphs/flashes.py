"""Flashes that may set off seizures, counted in grids of 16x9 means of each picture.

ITU-R BT.1702-3 and WCAG 2.2 (success criterion 2.3.1): a flash is a pair of opposing changes of at
least 10 % of full luminance where the darker one is below 80 % (red: by 20 of 320, one of them
saturated); more than three of them within a second over a quarter of the screen are too many.
Cells count by themselves, so that a picture that turns to its negative counts as well. Regular
patterns of stripes, which harm too, are not looked for; small flashes drown in the mean of a cell.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from operator import sub

from farm.found import Span

CELLS = 16 * 9
MIN_CELLS = CELLS // 4
MAX_CHANGES = 6  # within a second: three flashes
MIN_CHANGE = 0.1
BRIGHT = 0.8  # of full luminance: of what stays above it changes do no harm
MIN_RED_CHANGE = 20.0
SATURATED = 0.8  # share of red in linear light
GAMMA = 2.4  # ITU-R BT.1886
# A change of MIN_CHANGE takes at least so many of 8 bits: less would be too little movement.
LEAST_CODES = 10
LEAST_RED_CODE = 150  # of Cr: what is less is not red

Spans = tuple[Span, ...]
Value = tuple[float, bool]  # of a cell: how bright or red, and whether that counts


def _light(code: int) -> float:
    return float(max(0.0, min(1.0, (code - 16) / 219)) ** GAMMA)


_BRIGHT: tuple[Value, ...] = tuple((_light(code), _light(code) < BRIGHT) for code in range(256))


def flashes(grids: Iterable[bytes], rate: Fraction) -> tuple[Spans, Spans]:
    """Return where pictures flash, and where they flash in red; a grid is planes of Y, U and V."""
    second = max(2, math.ceil(rate))
    general: list[Span] = []
    red: list[Span] = []
    for first, lively in _lively(grids, second):
        at_s = float(first / rate)
        general += _spans(_bright(lively), MIN_CHANGE, second, at_s, rate)
        if _reddish(lively):
            red += _spans(_reds(lively), MIN_RED_CHANGE, second, at_s, rate)
    return _merged(general), _merged(red)


def _lively(grids: Iterable[bytes], second: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield stretches in which cells change enough for flashes, with the number of the first."""
    least = MIN_CELLS * MAX_CHANGES * LEAST_CODES
    window: deque[tuple[bytes, int]] = deque(maxlen=second + 1)
    stretch: list[bytes] = []
    moved, before, number = 0, b"", 0
    for number, grid in enumerate(grids):
        # All three planes: red has little luma.
        change = sum(map(abs, map(sub, grid, before))) if before and grid != before else 0
        if len(window) == window.maxlen:
            moved -= window[0][1]
        window.append((grid, change))
        moved, before = moved + change, grid
        if moved >= least:
            stretch = [*stretch, grid] if stretch else [each for each, _ in window]
            if len(stretch) > 60 * second:  # an action film is one stretch, and need not be kept
                yield number + 1 - len(stretch), stretch
                stretch = stretch[-second:]
        elif stretch:
            yield number - len(stretch), stretch
            stretch = []
    if stretch:
        yield number + 1 - len(stretch), stretch


def _bright(grids: Sequence[bytes]) -> Iterator[list[Value]]:
    """Yield how bright each cell is from picture to picture."""
    for codes in zip(*(grid[:CELLS] for grid in grids), strict=True):
        moved = sum(map(abs, map(sub, codes[1:], codes)))
        yield [_BRIGHT[code] for code in codes] if moved >= MAX_CHANGES * LEAST_CODES else []


def _reddish(grids: Sequence[bytes]) -> bool:
    """Return whether enough cells may be of a saturated red in some picture."""
    return any(sorted(grid[2 * CELLS :])[-MIN_CELLS] >= LEAST_RED_CODE for grid in grids)


def _reds(grids: Sequence[bytes]) -> Iterator[list[Value]]:
    """Yield how red each cell is; by BT.709's matrix, whichever the pictures have."""
    for cell in range(CELLS):
        yield [_red(grid[cell], grid[CELLS + cell], grid[2 * CELLS + cell]) for grid in grids]


def _red(luma: int, cb: int, cr: int) -> Value:
    y, u, v = (luma - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    red, green, blue = (
        max(0.0, min(1.0, value)) ** GAMMA
        for value in (y + 1.5748 * v, y - 0.1873 * u - 0.4681 * v, y + 1.8556 * u)
    )
    whole = red + green + blue
    return max(0.0, red - green - blue) * 320, whole > 0 and red / whole >= SATURATED


def _spans(
    cells: Iterable[Sequence[Value]], least: float, second: int, first_s: float, rate: Fraction
) -> Iterator[Span]:
    """Yield where enough cells change too often within a second."""
    flashing: dict[int, dict[int, int]] = {}  # by the picture: cells, and where each began
    for cell, values in enumerate(cells):
        recent: deque[int] = deque(maxlen=MAX_CHANGES + 1)
        for at in _turns(values, least):
            recent.append(at)
            if len(recent) > MAX_CHANGES and at - recent[0] <= second:
                flashing.setdefault(at, {})[cell] = recent[0]
    # Cells need not turn in the same picture: within a tenth of a second it is one flash.
    near = max(1, second // 10)
    for at in sorted(flashing):
        begins: dict[int, int] = {}
        for number in range(at - near, at + 1):
            begins |= flashing.get(number, {})
        if len(begins) >= MIN_CELLS:
            start = sorted(begins.values())[len(begins) // 2]
            yield Span(first_s + float(start / rate), first_s + float(at / rate))


def _turns(values: Sequence[Value], least: float) -> Iterator[int]:
    """Yield at which pictures a cell has risen or fallen by `least` since it last turned."""
    if not values:
        return
    low = high = values[0]
    rising: bool | None = None
    for at, value in enumerate(values):
        if value[0] - low[0] >= least and (low[1] or value[1]) and rising is not True:
            rising, high = True, value
            yield at
        elif high[0] - value[0] >= least and (high[1] or value[1]) and rising is not False:
            rising, low = False, value
            yield at
        if rising is not False and value[0] > high[0]:
            high = value
        if rising is not True and value[0] < low[0]:
            low = value


def _merged(found: Sequence[Span]) -> Spans:
    """Return spans that touch as one."""
    merged: list[Span] = []
    for span in sorted(found, key=lambda span: span.start_s):
        last = merged[-1] if merged else None
        if last is not None and span.start_s <= last.end_s + 1:
            merged[-1] = Span(last.start_s, max(last.end_s, round(span.end_s, 3)))
        else:
            merged.append(Span(round(span.start_s, 3), round(span.end_s, 3)))
    return tuple(merged)
