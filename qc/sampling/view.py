"""Every frame of a rendition as far as it is known: scored, or expected with a doubt."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from qc.sampling.process import RANGE_STRIDES, KnownResidual, between, solve
from qc.sampling.regression import guesses
from qc.sampling.scenes import scene_starts, scenes_of
from qc.sampling.statistics import FrameTraits

BEST = 100.0  # VMAF, which is 0 to 100
LIKELY = 14  # known frames on either side whose surprises a frame is given one of
DAMPING = 0.7  # of surprises: those of samples alone in their scene are larger than most frames'
GOLDEN = 0.6180339887  # its multiples hit every neighbour equally often


@dataclass(frozen=True, slots=True)
class SampledView:
    """What is known and guessed of each frame; `spread` are the evenly spread known ones."""

    spread: Mapping[int, float]
    known: Mapping[int, float]
    guessed: Sequence[float]
    scenes: Sequence[int]
    reach: float

    @property
    def frames(self) -> int:
        return len(self.guessed)

    @property
    def unseen(self) -> float:
        """Return the share of frames that were not scored."""
        return 1 - len(self.known) / self.frames

    def foretold(
        self, scale: Callable[[float], float], telling: Mapping[int, float]
    ) -> ForetoldScores:
        """Return what known frames, of which `telling` tell of others, say on a scale of scores."""
        base = [scale(value) for value in self.guessed]
        level = fmean(scale(value) - base[frame] for frame, value in self.spread.items())
        order = sorted(telling)
        residuals = [scale(telling[frame]) - base[frame] - level for frame in order]
        solved = solve(order, residuals, self.scenes, self.reach)
        means, variances = between(solved, self.scenes, self.reach)
        expected = [value + level + mean for value, mean in zip(base, means, strict=True)]
        for frame, value in self.known.items():
            expected[frame], variances[frame] = scale(value), 0.0
        return ForetoldScores(solved, expected, variances)


@dataclass(frozen=True, slots=True)
class ForetoldScores:
    """For every frame what is expected, and the variance of that: 0 where it was scored.

    Variances are in units of the process's own; `known` tells how known frames surprised.
    """

    known: Sequence[KnownResidual]
    expected: Sequence[float]
    variances: Sequence[float]

    @property
    def surprise(self) -> float:
        """Return the usual size of a surprise where nothing around is known."""
        return math.sqrt(median(one.unforeseen**2 / one.doubt for one in self.known))

    def completed(self) -> list[float]:
        """Return a likely score of every frame: expectations with surprises as known ones had.

        What is expected alone would lie too close together for percentiles.
        """
        filled, place = list(self.expected), 0
        for frame, variance in enumerate(self.variances):
            while place < len(self.known) and self.known[place].frame < frame:
                place += 1
            if variance:
                turn = int(frame * GOLDEN % 1 * (2 * LIKELY + 1)) - LIKELY
                like = self.known[min(max(place + turn, 0), len(self.known) - 1)]
                surprise = like.unforeseen * math.sqrt(variance / like.doubt)
                filled[frame] = min(BEST, max(0.0, filled[frame] + DAMPING * surprise))
        return filled


def view_of(
    spread: Mapping[int, float], known: Mapping[int, float], frames: int, traits: FrameTraits
) -> SampledView:
    """Return the view of a rendition of which `known` was scored, `spread` of it evenly spread."""
    order = sorted(spread)
    stride = median(b - a for a, b in pairwise(order)) if len(order) > 1 else frames
    return SampledView(
        spread=spread,
        known=known,
        guessed=guesses(spread, frames, traits),
        scenes=scenes_of(frames, scene_starts(traits.change)),
        reach=RANGE_STRIDES * stride,
    )
