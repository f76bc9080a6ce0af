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
    worst_window: ScoreInterval
    frames: int
    scored: int


@dataclass(frozen=True, slots=True)
class FrameTraits:
    """What is known of every frame without scoring it; each column is empty or has all frames.

    All are mean squares of grey levels in small pictures (128x72): `error` of the rendition's
    against the source's, `change` of the source's against the one before it, 0 of the first, and
    `detail` of each pixel of the source's against the one on its right, plus that against the one
    below.
    """

    error: Sequence[float] = ()
    change: Sequence[float] = ()
    detail: Sequence[float] = ()
