"""Why a ladder is as it is: what trial encodes showed, and what its rungs are to come to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

QualityMetric = Literal["vmaf_v1", "vmaf_v0.6.1"]


@dataclass(frozen=True, slots=True)
class TrialPoint:
    """A candidate over all windows: what it would come to over the whole title."""

    codec: str
    width: int
    height: int
    fps: Fraction
    preset: str
    crf: float
    bps: float
    vmaf: float | None  # v0.6.1, mean; None where it was not taken
    vmaf_v1: float | None
    on_hull: bool  # no other size is better at its rate
    final: bool  # with the preset that the title is encoded with


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a rung of the ladder is expected to come to."""

    rung: str
    bps: float
    vmaf: float
    vmaf_v1: float
    vmaf_per_crf: float = 0.0  # what one CRF more costs; 0: not known, of ladders before it was


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a joined rendition is held against, VMAF v0.6.1, and how far it may be off."""

    vmaf: float
    vmaf_per_crf: float
    most_miss: float


@dataclass(frozen=True, slots=True)
class Missed:
    """That a rendition came out off what trials foretold of it, in VMAF v0.6.1, and its new CRF."""

    predicted: float
    measured: float  # at `crf`, the mean over sampled frames
    crf: float
    corrected_crf: float  # of its second encode; the same where its cap or its codec left no other


@dataclass(frozen=True, slots=True)
class Trials:
    """Why a ladder is as it is: the windows tried, every point, what each rung is to come to."""

    metric: QualityMetric
    windows_s: tuple[float, ...]  # where they begin
    window_s: float
    points: tuple[TrialPoint, ...]
    predictions: tuple[Prediction, ...]
