"""A title whose rate-quality curves are known, so that what trials would show can be computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from farm.ladder import Ladder, Rung
from farm.ladder_policy import AdaptiveRules
from farm.trial_result import TrialResult
from ladders.per_title.candidates import FAST_PRESETS
from ladders.per_title.decide import Questions, Tried, decide

FPS = Fraction(24)
WINDOW_FRAMES = 48
SIZES = ((416, 234), (640, 360), (960, 540), (1280, 720), (1920, 1080))


def offered(codec: str = "h264", sizes: Sequence[tuple[int, int]] = SIZES) -> Ladder:
    """Return a ladder that offers some sizes, each up to 10 Mbit/s."""
    rungs = tuple(
        Rung(
            name=f"{codec}-{height}p",
            codec=codec,  # type: ignore[arg-type]
            width=width,
            height=height,
            fps=FPS,
            gop_frames=WINDOW_FRAMES,
            preset="medium",
            crf=23,
            max_bps=10_000_000,
            buffer_bits=15_000_000,
            reason="fits",
        )
        for width, height in sizes
    )
    return Ladder("pretended", rungs, (), Fraction(6))


@dataclass
class PretendedTitle:
    """Bits halve every 5 CRF and grow with pixels^0.75; what scaling loses cannot be bought back.

    `hardness` doubles the bits; `detail` is what VMAF loses by half the height. The final preset is
    as good as the fast one at `ahead` CRF less.
    """

    hardness: float = 0.0
    detail: float = 6.0
    ahead: float = 1.5
    asked: list[Questions] = field(default_factory=list)

    def ladder(self, offers: Ladder, rules: AdaptiveRules, windows: int = 2) -> Ladder:
        """Return the ladder that is decided, after as many questions as it takes."""
        results: list[TrialResult] = []
        while True:
            tried = Tried(tuple(results), tuple(2.0 * each for each in range(windows)), 2.0)
            answer = decide(offers, rules, tried)
            if isinstance(answer, Ladder):
                return answer
            assert len(self.asked) < 10, "it asks without end"
            self.asked.append(answer)
            results += [self.result(rung) for rung in answer.candidates for _ in range(windows)]

    def result(self, rung: Rung) -> TrialResult:
        """Return what a trial of a candidate shows."""
        bits = self.bps(rung) * WINDOW_FRAMES / float(FPS)
        score = self.quality(rung)
        return TrialResult(rung, WINDOW_FRAMES, round(bits), (score - 2, score - 2), (score,) * 2)

    def bps(self, rung: Rung) -> float:
        """Return the rate of a candidate."""
        pixels = rung.width * rung.height / (1920 * 1080)
        octaves = self.hardness + (23 - self._crf(rung)) / 5
        return 4_000_000 * math.pow(pixels, 0.75) * math.pow(2, octaves)

    def best_at(self, rung: Rung, bps: float) -> float:
        """Return the score of a size with the final preset, at the CRF that comes to a rate."""
        low, high = 0.0, 63.0
        for _ in range(40):
            crf = (low + high) / 2
            low, high = (crf, high) if self.bps(replace(rung, crf=crf)) > bps else (low, crf)
        return self.quality(replace(rung, crf=low))

    def quality(self, rung: Rung) -> float:
        """Return the score of a candidate: lost by quantisation, and by scaling."""
        lost = 4.0 * math.pow(2, (self._crf(rung) - 23) / 6)
        scaled = self.detail * math.pow(math.log2(1080 / rung.height), 1.5)
        return max(0.0, 98 - lost - scaled)

    def _crf(self, rung: Rung) -> float:
        return rung.crf + (self.ahead if rung.preset == FAST_PRESETS[rung.codec] else 0.0)
