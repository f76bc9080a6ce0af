"""From a place on the hull to the CRF that reaches it with the preset a title is encoded with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from farm.ladder import CodecName, Rung
from ladders.per_title.candidates import candidate, shape_of
from ladders.per_title.curves import LEAST_SLOPE, STEP_CRF, CurvePoint, RateCurve
from ladders.per_title.evidence import TrialEvidence
from ladders.per_title.placing import RungPlace

TOLERANCE = 1.5  # VMAF: a rung that near to its place is as good there
ROUNDS = 3  # of trials with the final preset at most: a guess, and secants from it
LOWEST_CRF = 8.0
HIGHEST_CRF: Mapping[CodecName, float] = {"h264": 51.0, "hevc": 51.0, "av1": 63.0}
MOST_CRF = 6.0  # that a secant may move
LEAST_APART = 0.5  # CRF: of nearer ones the scores differ by little more than chance


@dataclass(frozen=True, slots=True)
class Tuned:
    """A place with the candidate that is nearest to it, and whether that was tried yet."""

    place: RungPlace
    chosen: Rung
    tried: bool


def tune(
    place: RungPlace, template: Rung, curve: RateCurve, lead: float, evidence: TrialEvidence
) -> Tuned:
    """Return the candidate for a place: one to be tried next, or of those tried the nearest.

    `template` has the place's size, and the final preset. `curve` is that of the fast trials, which
    the final preset's follows at a CRF that is `lead` higher.
    """
    tried: list[Rung] = []
    crf = stepped(_fast_crf(curve, place) + lead, template.codec)
    while len(tried) < ROUNDS:
        rung = candidate(template, crf, template.preset)
        if not evidence.knows(rung.name):
            return Tuned(place, rung, tried=False)
        tried.append(rung)
        points = [evidence.point(each.name) for each in tried]
        slope = curve.slope_at(crf - lead)
        crf = _moved(points[-1], place, slope, template.codec)
        if abs(_miss(points[-1], place)) <= TOLERANCE or crf == points[-1].crf:
            break
    nearest = min(tried, key=lambda each: abs(_miss(evidence.point(each.name), place)))
    return Tuned(place, nearest, tried=True)


def vmaf_per_crf(chosen: Rung, curve: RateCurve, lead: float, evidence: TrialEvidence) -> float:
    """Return the VMAF v0.6.1 that a step of one CRF costs a rung.

    By the nearest of what else was tried of its size with the final preset; where nothing was, by
    the curve of the fast trials, which may be of another metric, and is flatter than it is locally.
    """
    alike = [
        rung
        for rung in evidence.candidates.values()
        if (shape_of(rung), rung.preset) == (shape_of(chosen), chosen.preset)
        and abs(rung.crf - chosen.crf) >= LEAST_APART
        and not math.isnan(evidence.score(rung.name, "vmaf_v0.6.1"))
    ]
    if alike:
        other = min(alike, key=lambda rung: abs(rung.crf - chosen.crf))
        lost = evidence.score(other.name, "vmaf_v0.6.1") - evidence.score(
            candidate(chosen, chosen.crf, chosen.preset).name, "vmaf_v0.6.1"
        )
        return max(LEAST_SLOPE, lost / (chosen.crf - other.crf))
    return curve.slope_at(chosen.crf - lead)


def stepped(crf: float, codec: CodecName) -> float:
    """Return the nearest CRF that an encoder tells apart, within what it takes."""
    return min(HIGHEST_CRF[codec], max(LOWEST_CRF, round(crf / STEP_CRF) * STEP_CRF))


def _fast_crf(curve: RateCurve, place: RungPlace) -> float:
    crf = curve.crf_at(place.point.bps)
    return curve.points[-1].crf if crf is None else crf


def _miss(point: CurvePoint, place: RungPlace) -> float:
    """Return how much better than its place a point is."""
    return point.quality - place.point.quality


def _moved(last: CurvePoint, place: RungPlace, slope: float, codec: CodecName) -> float:
    wanted = _miss(last, place) / slope
    return stepped(last.crf + max(-MOST_CRF, min(MOST_CRF, wanted)), codec)
