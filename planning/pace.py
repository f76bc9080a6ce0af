"""How fast a farm does each kind of step: what such steps took before, beside their work. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# A step that takes twice or half as long as its kind is nothing special before anything is known
# of a farm: then four of five come within 0.4 and 2.5 times what is expected.
UNKNOWN_SPREAD = 0.7  # of the logarithm
LEAST_SPREAD = 0.1  # no two titles are the same, however many were
ASSUMED = 2.0  # how many steps that assumption weighs as much as
# After so many newer steps one counts half: machines are added, and get busier.
HALF_AFTER = 8


@dataclass(frozen=True, slots=True)
class PastStep:
    """What a step took: `cores` are those it was given."""

    kind: str
    work: float
    cores: float
    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Pace:
    """Of one kind: what takes one second where the figures of planning/work.py were found.

    `core_s` is the time it holds a core, `cpu_s` the processor time of its programs; `spread` is
    the standard deviation of the logarithm of the first, what is not known of it included.
    """

    core_s: float = 1.0
    cpu_s: float = 1.0
    spread: float = UNKNOWN_SPREAD


UNKNOWN = Pace()
Paces = Mapping[str, Pace]


def paces_of(past: Iterable[PastStep]) -> dict[str, Pace]:
    """Return the pace of each kind among steps, the newest first."""
    by_kind: dict[str, list[PastStep]] = defaultdict(list)
    for step in past:
        if step.work > 0 and step.wall_s > 0:
            by_kind[step.kind].append(step)
    return {kind: _pace(steps) for kind, steps in by_kind.items()}


def _pace(steps: list[PastStep]) -> Pace:
    weights = [0.5 ** (place / HALF_AFTER) for place in range(len(steps))]
    logs = [math.log(step.wall_s * max(1.0, step.cores) / step.work) for step in steps]
    total = sum(weights)
    mean = sum(w * x for w, x in zip(weights, logs, strict=True)) / total
    squares = sum(w * (x - mean) ** 2 for w, x in zip(weights, logs, strict=True))
    variance = (squares + ASSUMED * UNKNOWN_SPREAD**2) / (total + ASSUMED)
    done = sum(weight * step.cpu_s for weight, step in zip(weights, steps, strict=True))
    asked = sum(weight * step.work for weight, step in zip(weights, steps, strict=True))
    spread = math.sqrt(variance * (1 + 1 / total))
    return Pace(math.exp(mean), done / asked, max(LEAST_SPREAD, spread))
