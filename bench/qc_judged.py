"""One rung scored by some frames, as the farm would, and held against every frame's score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from bench.qc_encodes import FullScores
from bench.qc_small import SmallSource
from farm.ladder import Rung
from farm.scores import Stats
from qc.sampling.estimate import estimate, predicted_worst
from qc.sampling.spread import SOUGHT, sample_frames
from qc.sampling.statistics import FrameTraits, SampledStats
from qc.scores import stats
from qc.stretches import stretch_frames, worst_stretch

FIGURES = ("harmonic_mean", "p5", "p1", "min", "worst_window")


@dataclass(frozen=True, slots=True)
class JudgedRung:
    """A rung of a content: what all frames say, what some do, and how many these were."""

    content: str
    name: str
    full: Stats
    told: SampledStats | Stats
    scored: int

    def error(self, figure: str) -> float:
        """Return how far a figure is from that of all frames."""
        told = getattr(self.told, figure)
        value: float = told if isinstance(self.told, Stats) else told.value
        return value - float(getattr(self.full, figure))

    def covered(self, figure: str) -> bool:
        """Return whether the figure of all frames lies in its interval, to a hundredth."""
        interval = getattr(self.told, figure)
        truth = float(getattr(self.full, figure))
        return bool(interval.low - 0.01 <= truth <= interval.high + 0.01)

    def width(self, figure: str) -> float:
        """Return how wide the interval of a figure is."""
        interval = getattr(self.told, figure)
        return float(interval.high - interval.low)


def sampled(
    content: str, rung: Rung, full: FullScores, source: SmallSource, wanted: int
) -> JudgedRung:
    """Return a rung by samples: evenly spread ones, then the worst that these predict."""
    frames = len(full.vmaf)
    spread = _seen(full.vmaf, sample_frames(frames, wanted))
    traits = FrameTraits(error=full.error, change=source.change, detail=source.detail)
    sought: Mapping[int, float] = {}
    if len(spread) < frames:
        sought = _seen(full.vmaf, predicted_worst(spread, frames, traits, SOUGHT))
    told = estimate(spread, frames, traits, stretch_frames(rung.fps), sought)
    return JudgedRung(content, rung.name, _figures(full.vmaf, rung.fps), told, told.scored)


def every(content: str, rung: Rung, full: FullScores, subsample: int) -> JudgedRung:
    """Return a rung by every `subsample`-th frame, and what those say of themselves."""
    some = full.vmaf[::subsample]
    told = _figures(some, rung.fps / subsample)
    return JudgedRung(content, rung.name, _figures(full.vmaf, rung.fps), told, len(some))


def _figures(vmaf: Sequence[float], fps: Fraction) -> Stats:
    return replace(stats(vmaf), worst_window=worst_stretch(vmaf, stretch_frames(fps)))


def _seen(scores: Sequence[float], frames: Sequence[int]) -> dict[int, float]:
    return {frame: scores[frame] for frame in frames}
