"""What rungs were predicted to come to, beside what was measured of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from farm.ladder import Ladder
from farm.trials import Missed

NEAR_VMAF = 1.0  # what a prediction is to keep


@dataclass(frozen=True, slots=True)
class MeasuredRung:
    """What a rung came to; VMAF is v0.6.1, the mean over its scored frames."""

    bps: int | None
    vmaf: float | None
    missed: Missed | None = None  # as it was first encoded


@dataclass(frozen=True, slots=True)
class PredictedRung:
    """A rung as it was predicted and as it was measured, None where it was not."""

    name: str
    bps: float
    vmaf: float
    vmaf_v1: float
    measured: MeasuredRung

    @property
    def error(self) -> float | None:
        """Return how much better than predicted the rung came out, in VMAF."""
        return None if self.measured.vmaf is None else self.measured.vmaf - self.vmaf

    @property
    def verdict(self) -> str:
        """Return how near the prediction came, in words; nothing before there are scores."""
        if self.error is None:
            return ""
        told = f"{self.error:+.1f}".replace("-", "−")
        return told if abs(self.error) <= NEAR_VMAF else f"{told}, over {NEAR_VMAF:g} off"

    @property
    def correction(self) -> str:
        """Return what was done where the first encode was too far off; nothing where none was."""
        missed = self.measured.missed
        if missed is None:
            return ""
        told = f"CRF {missed.crf:g} came to {missed.measured:.1f}"
        if missed.corrected_crf == missed.crf:
            return f"{told}: its cap and codec leave no better one"
        return f"{told}, so it was encoded once more with {missed.corrected_crf:g}"


def predicted_rungs(ladder: Ladder, measured: Mapping[str, MeasuredRung]) -> list[PredictedRung]:
    """Return every rung that was predicted, the best first; `measured` is by its name."""
    if ladder.trials is None:
        return []
    found = {each.rung: each for each in ladder.trials.predictions}
    return [
        PredictedRung(
            rung.name,
            found[rung.name].bps,
            found[rung.name].vmaf,
            found[rung.name].vmaf_v1,
            measured.get(rung.name, MeasuredRung(None, None)),
        )
        for rung in reversed(ladder.rungs)
        if rung.name in found
    ]
