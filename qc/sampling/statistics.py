"""What sampled scores say of all frames of a rendition: figures with what they may be off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScoreInterval:
    """A figure, and the bounds that hold what scoring everything would give in 95 % of cases."""

    value: float
    low: float
    high: float

    def straddles(self, threshold: float) -> bool:
        """Return whether the figure may be on either side of a threshold it is asked to reach."""
        return self.low < threshold <= self.high


@dataclass(frozen=True, slots=True)
class SampledStats:
    """VMAF over all frames of a rendition, of which `scored` were scored for real."""

    mean: ScoreInterval
    harmonic_mean: ScoreInterval
    p5: ScoreInterval
    p1: ScoreInterval
    min: ScoreInterval
    frames: int
    scored: int


@dataclass(frozen=True, slots=True)
class FrameTraits:
    """What is known of every frame without scoring it; each column is empty or has all frames.

    `error` is the mean squared error of the small grey picture against the source's, `change` that
    of the source's small picture against the one before it. `cuts` are the first frames of scenes;
    without them they are seen in `change`.
    """

    error: Sequence[float] = ()
    change: Sequence[float] = ()
    cuts: Sequence[int] = ()
