"""Residuals over time as a Gaussian process: what a known frame says of those around it.

The process is an Ornstein-Uhlenbeck one with noise on each frame, which does not run over cuts.
It is Markovian, so that the exact solution takes a walk there and back over the known frames
(Rauch, Tung, Striebel: Maximum likelihood estimates of linear dynamic systems, 1965), not a matrix.
Variances are shares of the process's own, noise and all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat

RANGE_STRIDES = 1.5  # after which a known frame says 1/e of what it says of itself
NOISE = 0.1  # of the variance: what no neighbour tells
SIGNAL = 1 - NOISE


@dataclass(frozen=True, slots=True)
class KnownResidual:
    """A known frame amid the others: what these say of it, and what all say of the smooth part.

    `unforeseen` is how far the residual is from what all other frames foretold, `doubt` the
    variance of that; `smooth`, `spread` and `shared` are mean, variance, and covariance with the
    next known frame of the same scene, of the process without noise.
    """

    frame: int
    unforeseen: float
    doubt: float
    smooth: float
    spread: float
    shared: float


def solve(
    frames: Sequence[int], residuals: Sequence[float], scenes: Sequence[int], reach: float
) -> list[KnownResidual]:
    """Return what is known at `frames`, ascending; `reach` is the process's range in frames."""
    found: list[KnownResidual] = []
    begin = 0
    for end in range(1, len(frames) + 1):
        if end == len(frames) or scenes[frames[end]] != scenes[frames[begin]]:
            found += _of_scene(frames[begin:end], residuals[begin:end], reach)
            begin = end
    return found


def _of_scene(
    frames: Sequence[int], residuals: Sequence[float], reach: float
) -> list[KnownResidual]:
    decays = [math.exp((a - b) / reach) for a, b in pairwise(frames)]
    means, variances = _forward(residuals, decays)
    found: list[KnownResidual] = []
    mean, variance, shared = means[-1], variances[-1], 0.0
    for i in reversed(range(len(frames))):
        if i < len(decays):
            ahead = _ahead(variances[i], decays[i])
            gain = variances[i] * decays[i] / ahead
            shared = gain * variance
            mean = means[i] + gain * (mean - decays[i] * means[i])
            variance = variances[i] + gain * gain * (variance - ahead)
        certain = NOISE - variance
        found.append(
            KnownResidual(
                frame=frames[i],
                unforeseen=NOISE * (residuals[i] - mean) / certain,
                doubt=NOISE * NOISE / certain,
                smooth=mean,
                spread=variance,
                shared=shared,
            )
        )
    return found[::-1]


def _forward(
    residuals: Sequence[float], decays: Sequence[float]
) -> tuple[list[float], list[float]]:
    means: list[float] = []
    variances: list[float] = []
    mean, variance = 0.0, SIGNAL
    for residual, decay in zip(residuals, [*decays, 0.0], strict=True):
        gain = variance / (variance + NOISE)
        means.append(mean + gain * (residual - mean))
        variances.append((1 - gain) * variance)
        mean, variance = decay * means[-1], _ahead(variances[-1], decay)
    return means, variances


def _ahead(variance: float, decay: float) -> float:
    return decay * decay * variance + SIGNAL * (1 - decay * decay)


def between(
    known: Sequence[KnownResidual], scenes: Sequence[int], reach: float
) -> tuple[list[float], list[float]]:
    """Return the expected residual of every frame, and the variance around it, noise and all."""
    means, variances = [0.0] * len(scenes), [1.0] * len(scenes)
    for neighbour, one, direction in (
        *zip([None, *known], known, repeat(-1), strict=False),
        *zip([*known[1:], None], known, repeat(1), strict=False),
    ):
        if neighbour is None or scenes[neighbour.frame] != scenes[one.frame]:
            _outwards(one, direction, scenes, reach, means, variances)
    for left, right in pairwise(known):
        if scenes[left.frame] == scenes[right.frame]:
            _bridge(left, right, reach, means, variances)
    return means, variances


def _outwards(
    one: KnownResidual,
    direction: int,
    scenes: Sequence[int],
    reach: float,
    means: list[float],
    variances: list[float],
) -> None:
    """Fill in from a known frame that is the last of its scene in this direction."""
    decay, step, frame = 1.0, math.exp(-1 / reach), one.frame
    while 0 <= frame < len(scenes) and scenes[frame] == scenes[one.frame]:
        means[frame] = decay * one.smooth
        variances[frame] = _ahead(one.spread, decay) + NOISE
        frame, decay = frame + direction, decay * step


def _bridge(
    left: KnownResidual,
    right: KnownResidual,
    reach: float,
    means: list[float],
    variances: list[float],
) -> None:
    width = right.frame - left.frame
    across = math.exp(-width / reach)
    for i in range(width + 1):
        here, there = math.exp(-i / reach), math.exp((i - width) / reach)
        own = 1 - across * across
        a = here * (1 - there * there) / own
        b = there * (1 - here * here) / own
        means[left.frame + i] = a * left.smooth + b * right.smooth
        free = SIGNAL * (1 - here * here) * (1 - there * there) / own
        bound = a * a * left.spread + b * b * right.spread + 2 * a * b * left.shared
        variances[left.frame + i] = free + bound + NOISE
