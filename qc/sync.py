"""How far delivered sound is from the source's, heard at a few places. Pure."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import mul

from farm.checks import CheckOutcome
from farm.facts import Check

BLOCK_SAMPLES = 8  # of 8 kHz: loudness for every millisecond
MAX_OFFSET_MS = 150
TOLERANCE_MS = 20  # EBU R 37 allows 40 ms early, 60 ms late over the whole chain
# How alike both must be at the best offset, and how much less anywhere else: steady sound, a tone
# or noise, is alike at every offset.
MIN_LIKENESS = 0.8
MIN_LEAD = 0.1
NEAR_MS = 30
MIN_LOUDNESS = 20.0  # of 32767, on average
# Where it is not found nearby, it is looked for further away and at the speeds sound is mistaken
# at, roughly: at 0.1 % in four seconds nothing shows.
COARSE_BLOCKS = 10
COARSE_NEAR = 5  # coarse blocks
SPEEDS = (1.0, 48_000 / 44_100, 44_100 / 48_000, 25 / 24, 24 / 25)
# What is lively changes by so much of its mean; it is another sound where it is no more alike.
MIN_LIVELINESS = 0.4
MAX_UNLIKENESS = 0.4


@dataclass(frozen=True, slots=True)
class Heard:
    """What one place told: positive where delivered sound is late, None where it told nothing."""

    start_s: float
    offset_ms: int | None
    speed: float = 1.0  # how many times as fast as in the source it runs
    unlike: bool = False  # both are lively, and nowhere alike


def sync_checks(heard: Sequence[Heard], *, exact: bool) -> Iterable[Check]:
    """Yield whether sound lies where the source has it; `exact` is whether its seeks are."""
    if not heard:
        return
    told = [place for place in heard if place.offset_ms is not None]
    off = [place for place in told if abs(place.offset_ms or 0) > TOLERANCE_MS]
    where = ", ".join(f"{place.offset_ms:+d} ms at {place.start_s:.0f} s" for place in off or told)
    wrong: CheckOutcome = "fail" if exact else "warn"
    yield Check(
        "av-sync",
        f"Sound lies within {TOLERANCE_MS} ms of where the source has it",
        wrong if off else "pass",
        where or "nothing in the sound tells its time",
        "source's own timestamps",
    )


def listen(start_s: float, source: bytes, delivered: bytes, lead_s: float = 0.0) -> Heard:
    """Return how late delivered sound is; both are 8 kHz mono, s16le.

    Delivered sound is from `start_s` on, the source's from `lead_s` before that.
    """
    ours, all_theirs = _loudness(delivered), _loudness(source)
    lead = round(lead_s * 1000)
    theirs = all_theirs[lead : lead + len(ours)]
    length = min(len(ours), len(theirs)) - 2 * MAX_OFFSET_MS
    if length <= 0:
        return Heard(start_s, None)
    middle = theirs[MAX_OFFSET_MS : MAX_OFFSET_MS + length]
    if sum(middle) < MIN_LOUDNESS * BLOCK_SAMPLES * length:
        return Heard(start_s, None)
    alike = [
        likeness(middle, ours[MAX_OFFSET_MS + offset : MAX_OFFSET_MS + offset + length])
        for offset in range(-MAX_OFFSET_MS, MAX_OFFSET_MS + 1)
    ]
    best = max(range(len(alike)), key=lambda place: alike[place])
    if _stands_out(alike, best, NEAR_MS):
        return Heard(start_s, best - MAX_OFFSET_MS)
    if alike[best] >= MIN_LIKENESS:  # alike everywhere
        return Heard(start_s, None)
    return _far(start_s, _coarse(all_theirs), _coarse(ours), lead)


def _far(start_s: float, source: list[int], delivered: list[int], lead_ms: int) -> Heard:
    """Look in all of a stretch of the source for delivered sound, at several speeds."""
    most = 0.0
    for speed in SPEEDS:
        length = int(len(delivered) * speed)
        ours = [delivered[min(len(delivered) - 1, int(n / speed))] for n in range(length)]
        alike = [likeness(source[at : at + length], ours) for at in range(len(source) - length + 1)]
        if not alike:
            continue
        best = max(range(len(alike)), key=lambda place: alike[place])
        most = max(most, alike[best])
        if _stands_out(alike, best, COARSE_NEAR):
            return Heard(start_s, lead_ms - best * COARSE_BLOCKS, speed)
    lively = _is_lively(source) and (_is_lively(delivered) or not any(delivered))
    return Heard(start_s, None, unlike=lively and most < MAX_UNLIKENESS)


def _stands_out(alike: Sequence[float], best: int, near: int) -> bool:
    elsewhere = max(
        (there for place, there in enumerate(alike) if abs(place - best) > near), default=-1.0
    )
    return alike[best] >= MIN_LIKENESS and alike[best] - elsewhere >= MIN_LEAD


def _coarse(loud: Sequence[int]) -> list[int]:
    return [sum(loud[at : at + COARSE_BLOCKS]) for at in range(0, len(loud), COARSE_BLOCKS)]


def _is_lively(loud: Sequence[int]) -> bool:
    mean = sum(loud) / max(1, len(loud))
    spread = math.sqrt(sum((value - mean) ** 2 for value in loud) / max(1, len(loud)))
    return spread > MIN_LIVELINESS * mean > 0


def _loudness(sound: bytes) -> list[int]:
    samples = array("h", sound[: len(sound) // 2 * 2])
    loud = list(map(abs, samples))
    return [sum(loud[at : at + BLOCK_SAMPLES]) for at in range(0, len(loud), BLOCK_SAMPLES)]


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    """Return Pearson's correlation, 0 where one of them never changes."""
    count = len(one)
    sum_one, sum_other = sum(one), sum(other)
    square_one = sum(map(mul, one, one)) - sum_one * sum_one / count
    square_other = sum(map(mul, other, other)) - sum_other * sum_other / count
    if square_one <= 0 or square_other <= 0:
        return 0.0
    both = sum(map(mul, one, other)) - sum_one * sum_other / count
    return float(both / math.sqrt(square_one * square_other))
