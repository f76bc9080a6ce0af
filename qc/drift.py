"""Sound that runs away from where it should be: too fast, too slow, or not the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from farm.checks import CheckOutcome
from farm.facts import Check
from farm.found import Span
from qc.sync import TOLERANCE_MS, Heard

# What sound is mistaken for, by how much faster it then runs.
SPEED_NAMES: Mapping[float, str] = {
    48_000 / 44_100: "44.1 kHz played at 48 kHz",
    44_100 / 48_000: "48 kHz played at 44.1 kHz",
    25 / 24: "film at 24 played at 25 a second",
    24 / 25: "25 a second played at 24",
    1001 / 1000: "23.976 played at 24 a second",
    1000 / 1001: "24 a second played at 23.976",
}
SPEED_TOLERANCE = 0.0004


def speed_named(speed: float) -> str | None:
    """Return what makes sound so much faster, None where nothing common does."""
    return next(
        (name for known, name in SPEED_NAMES.items() if abs(speed - known) <= SPEED_TOLERANCE), None
    )


def drift_checks(heard: Sequence[Heard], *, exact: bool) -> Iterable[Check]:
    """Yield whether sound keeps its distance from where the source has it."""
    if not heard:
        return
    told = [place for place in heard if place.offset_ms is not None]
    fast = [place for place in told if place.speed != 1]
    unlike = [place for place in heard if place.unlike]
    seen = [
        f"{place.speed:.3f} times as fast at {place.start_s:.1f} s{_like(place.speed)}"
        for place in fast
    ]
    growth = _growth(told)
    if growth:
        seen.append(growth)
    if unlike:
        where = ", ".join(f"{place.start_s:.1f} s" for place in unlike)
        seen.append(f"at {where} it is not what the source has there")
    wrong: CheckOutcome = "fail" if exact and (fast or growth) else "warn"
    yield Check(
        "av-drift",
        "Sound neither runs away nor is another",
        wrong if seen else "pass",
        "; ".join(seen) or (f"steady at {len(told)} places" if told else "nothing tells"),
        "source's own timestamps",
        places=tuple(Span(place.start_s, place.start_s) for place in heard if seen),
    )


def _like(speed: float) -> str:
    named = speed_named(speed)
    return f", as {named}" if named else ""


def _growth(told: Sequence[Heard]) -> str | None:
    if len(told) < 2:
        return None
    first, last = told[0], told[-1]
    offsets = [place.offset_ms or 0 for place in told]
    grown_ms = offsets[-1] - offsets[0]
    steady = all((after - before) * grown_ms >= 0 for before, after in pairwise(offsets))
    if max(offsets) - min(offsets) <= TOLERANCE_MS:
        return None
    between = f"from {offsets[0]:+d} ms at {first.start_s:.0f} s to {offsets[-1]:+d} ms"
    how = "it drifts" if steady else "it jumps"
    return f"{how} {between} at {last.start_s:.0f} s"
