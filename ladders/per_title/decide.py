"""A ladder that follows the title: what to try next, until enough is known to say its rungs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from farm.ladder import CodecName, Ladder, Rejected, Rung
from farm.ladder_policy import AdaptiveRules
from farm.trial_result import TrialResult
from farm.trials import Prediction, QualityMetric, TrialPoint, Trials
from ladders.fit import BUFFER_S, rung_name, unused_name
from ladders.per_title.candidates import (
    FAST_PRESETS,
    Shape,
    first_candidates,
    shape_of,
    shapes,
)
from ladders.per_title.curves import RateCurve
from ladders.per_title.evidence import TrialEvidence
from ladders.per_title.hull import Hull, hull
from ladders.per_title.lead import lead_probes, leads
from ladders.per_title.placing import place_rungs
from ladders.per_title.reasons import why_rejected, why_rung
from ladders.per_title.tuning import Tuned, tune, vmaf_per_crf

BOTH: tuple[QualityMetric, ...] = ("vmaf_v1", "vmaf_v0.6.1")
NEAREST = 1.25  # rates of neighbours: nearer ones are one rung too many
ON_HULL = 0.25  # VMAF behind the best size: nobody tells the two apart
MIN_CAP_BPS = 24_000


@dataclass(frozen=True, slots=True)
class Questions:
    """What has to be tried before the ladder can be decided, and which scores are wanted of it."""

    candidates: tuple[Rung, ...]
    metrics: tuple[QualityMetric, ...]
    final: bool  # with the presets that the title is encoded with


@dataclass(frozen=True, slots=True)
class Tried:
    """What is known of a title: the trials, and where and how long their windows are."""

    results: tuple[TrialResult, ...] = ()
    windows_s: tuple[float, ...] = ()
    window_s: float = 0.0


def decide(offered: Ladder, rules: AdaptiveRules, tried: Tried) -> Questions | Ladder:
    """Return the title's ladder, or what to try first; `offered` has every size it may have.

    The same results always lead to the same answer: asked again with the answers to its questions
    among them, it goes on where it was.
    """
    evidence = TrialEvidence(tried.results, rules.metric)
    first = (*first_candidates(offered), *lead_probes(offered))
    missing = tuple(rung for rung in first if not evidence.knows(rung.name))
    if missing:
        return Questions(missing, (rules.metric,), final=False)
    curves = evidence.curves(first_candidates(offered))
    ahead = leads(offered, curves, evidence)
    hulls = _hulls(offered, curves)
    tuned = [
        each
        for codec, of_codec in hulls.items()
        for each in _tune(of_codec, ahead[codec], offered, rules, evidence)
    ]
    untried = tuple(each.chosen for each in tuned if not each.tried)
    if untried:
        return Questions(tuple(dict.fromkeys(untried)), BOTH, final=True)
    return _ladder(offered, hulls, ahead, tuned, rules, evidence, tried)


def _hulls(offered: Ladder, curves: Mapping[Shape, RateCurve]) -> dict[CodecName, Hull]:
    limits: dict[Shape, float] = {}
    for rung in offered.rungs:
        limits[shape_of(rung)] = max(rung.max_bps, limits.get(shape_of(rung), 0))
    return {
        codec: hull({shape: curve for shape, curve in curves.items() if shape[0] == codec}, limits)
        for codec in dict.fromkeys(rung.codec for rung in offered.rungs)
    }


def _tune(
    of_codec: Hull, lead: float, offered: Ladder, rules: AdaptiveRules, evidence: TrialEvidence
) -> list[Tuned]:
    by_shape = {shape_of(rung): rung for rung in offered.rungs}
    return [
        tune(
            place,
            by_shape[place.point.shape],
            of_codec.curves[place.point.shape],
            lead,
            evidence,
        )
        for place in place_rungs(of_codec, rules)
    ]


def _ladder(
    offered: Ladder,
    hulls: Mapping[CodecName, Hull],
    ahead: Mapping[CodecName, float],
    tuned: Sequence[Tuned],
    rules: AdaptiveRules,
    evidence: TrialEvidence,
    tried: Tried,
) -> Ladder:
    kept = _apart(tuned, evidence)
    taken: set[str] = set()  # two rungs of one size may both have the highest cap there is
    rungs = [
        replace(rung, name=unused_name(rung.name, taken))
        for each in kept
        for rung in [_rung(each, offered, hulls[each.chosen.codec], rules, evidence)]
    ]
    predictions = [
        Prediction(
            rung.name,
            round(evidence.bps(each.chosen.name)),
            round(evidence.score(each.chosen.name, "vmaf_v0.6.1"), 3),
            round(evidence.score(each.chosen.name, "vmaf_v1"), 3),
            round(_vmaf_per_crf(each.chosen, hulls, ahead, evidence), 3),
        )
        for each, rung in zip(kept, rungs, strict=True)
    ]
    return replace(
        offered,
        rungs=tuple(rungs),
        rejected=(*offered.rejected, *_rejected(offered, hulls, rungs)),
        trials=Trials(
            rules.metric,
            tried.windows_s,
            tried.window_s,
            _points(hulls, evidence),
            tuple(predictions),
        ),
    )


def _vmaf_per_crf(
    chosen: Rung,
    hulls: Mapping[CodecName, Hull],
    ahead: Mapping[CodecName, float],
    evidence: TrialEvidence,
) -> float:
    curve = hulls[chosen.codec].curves[shape_of(chosen)]
    return vmaf_per_crf(chosen, curve, ahead[chosen.codec], evidence)


def _apart(tuned: Sequence[Tuned], evidence: TrialEvidence) -> list[Tuned]:
    """Return the rungs by rate, without those that came out next to the one above them."""
    falling = sorted(tuned, key=lambda each: -evidence.bps(each.chosen.name))
    kept: list[Tuned] = []
    above: dict[CodecName, float] = {}
    for each in falling:
        bps, codec = evidence.bps(each.chosen.name), each.chosen.codec
        if codec not in above or above[codec] >= NEAREST * bps:
            kept.append(each)
            above[codec] = bps
    return kept[::-1]


def _rung(
    tuned: Tuned, offered: Ladder, of_codec: Hull, rules: AdaptiveRules, evidence: TrialEvidence
) -> Rung:
    chosen = tuned.chosen
    most = max(rung.max_bps for rung in offered.rungs if rung.codec == chosen.codec)
    cap = round(rules.cap_ratio * evidence.bps(chosen.name) / 1000) * 1000
    cap = max(MIN_CAP_BPS, min(cap, most))
    return replace(
        chosen,
        name=rung_name(chosen.codec, chosen.width, chosen.height, cap),
        max_bps=cap,
        buffer_bits=int(cap * BUFFER_S),
        reason=why_rung(tuned, of_codec, evidence),
    )


def _rejected(
    offered: Ladder, hulls: Mapping[CodecName, Hull], rungs: Sequence[Rung]
) -> list[Rejected]:
    used = {shape_of(rung) for rung in rungs}
    limits = {shape_of(rung): rung.max_bps for rung in offered.rungs}
    return [
        Rejected(
            name=f"{shape[0]}-{min(shape[1:3])}p",
            codec=shape[0],
            width=shape[1],
            height=shape[2],
            max_bps=limits[shape],
            reason=why_rejected(shape, hulls[shape[0]]),
        )
        for shape in shapes(offered)
        if shape not in used
    ]


def _points(hulls: Mapping[CodecName, Hull], evidence: TrialEvidence) -> tuple[TrialPoint, ...]:
    points = []
    for name, rung in evidence.candidates.items():
        fast = rung.preset == FAST_PRESETS[rung.codec]
        bps = evidence.bps(name)
        lead = hulls[rung.codec].lead(shape_of(rung), bps)
        points.append(
            TrialPoint(
                codec=rung.codec,
                width=rung.width,
                height=rung.height,
                fps=rung.fps,
                preset=rung.preset,
                crf=rung.crf,
                bps=round(bps),
                vmaf=_rounded(evidence.score(name, "vmaf_v0.6.1")),
                vmaf_v1=_rounded(evidence.score(name, "vmaf_v1")),
                on_hull=fast and lead is not None and lead <= ON_HULL,
                final=not fast,
            )
        )
    return tuple(points)


def _rounded(score: float) -> float | None:
    return None if math.isnan(score) else round(score, 3)
