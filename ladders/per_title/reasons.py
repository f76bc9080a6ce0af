"""Why a rung is where it is, and why a size has none, in words for whoever pays for the bits."""

from __future__ import annotations

from ladders.per_title.candidates import Shape, shape_of
from ladders.per_title.evidence import TrialEvidence
from ladders.per_title.hull import Hull
from ladders.per_title.tuning import Tuned

METRIC_NAMES = {"vmaf_v1": "VMAF v1", "vmaf_v0.6.1": "VMAF"}


def why_rung(tuned: Tuned, hull: Hull, evidence: TrialEvidence) -> str:
    """Return why a rung has its size and its CRF."""
    chosen = tuned.chosen
    shape = shape_of(chosen)
    metric = METRIC_NAMES[evidence.metric]
    score = evidence.score(chosen.name, evidence.metric)
    told = (
        f"CRF {chosen.crf:g} comes to {_rate(evidence.bps(chosen.name))} and {metric} {score:.1f}"
        " in trials"
    )
    return "; ".join(each for each in (tuned.place.why, told, _lead(shape, hull)) if each)


def why_rejected(shape: Shape, hull: Hull) -> str:
    """Return why no rung has a size that was tried."""
    stretch = hull.stretch(shape)
    if stretch is not None:
        return (
            f"best only from {_rate(stretch[0])} to {_rate(stretch[1])}, where no rung was needed"
        )
    behind = [
        (lead, point) for point in hull.points if (lead := hull.lead(shape, point.bps)) is not None
    ]
    if not behind:
        return "its rates lie outside those of the ladder"
    lead, point = min(behind, key=lambda each: each[0])
    better = _height(point.shape)
    return (
        f"best at no rate: nearest at {_rate(point.bps)}, where {better} is"
        f" {max(lead, 0.05):.1f} better"
    )


def _lead(shape: Shape, hull: Hull) -> str:
    if len(hull.curves) == 1:
        return ""
    stretch = hull.stretch(shape)
    if stretch is None:
        return ""
    return f"{_height(shape)} is the best size from {_rate(stretch[0])} to {_rate(stretch[1])}"


def _height(shape: Shape) -> str:
    return f"{min(shape[1:3])}p"


def _rate(bps: float) -> str:
    return f"{bps / 1e6:.2f} Mbit/s" if bps >= 1e6 else f"{bps / 1000:.0f} kbit/s"
