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


@dataclass(frozen=True, slots=True)
class Heard:
    """What one place told: positive where delivered sound is late, None where it told nothing."""

    start_s: float
    offset_ms: int | None


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


def listen(start_s: float, source: bytes, delivered: bytes) -> Heard:
    """Return how late delivered sound is; both are 8 kHz mono, s16le, from the same moment on."""
    ours, theirs = _loudness(delivered), _loudness(source)
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
    elsewhere = max(
        (alike_there for place, alike_there in enumerate(alike) if abs(place - best) > NEAR_MS),
        default=-1.0,
    )
    told = alike[best] >= MIN_LIKENESS and alike[best] - elsewhere >= MIN_LEAD
    return Heard(start_s, best - MAX_OFFSET_MS if told else None)


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
