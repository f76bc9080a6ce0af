"""Scenes that miss a threshold, encoded again with more bits: which, how, and what is redone. Pure.

Every rung that a threshold is asked of has to come to meet it: where one cannot, none is repaired.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from farm.devices import CPU_NAME
from farm.events import EventType, News
from farm.facts import Analysis, EncodedVideo
from farm.ladder import Chunk, Rung, Timeline, Treatment
from farm.plan import ChangedStep, StepPlan
from farm.repairs import Patch, Repair, patches_of, repair_record
from farm.scores import Scores
from farm.serial import to_json
from ladders.chunks import tail_frames
from ladders.more_bits import crf_with_more_bits
from planning.params import EncodeParams, VerifyParams
from planning.pictures import rung_in_chunk, spoken
from planning.sizes import sized
from planning.work import with_work
from qc.frames import ScoredFrames
from qc.repairs import LowScene, low_scenes, missed_threshold

MARGIN_VMAF = 1.0  # above the threshold: a CRF is chosen by what scenes usually gain


@dataclass(frozen=True, slots=True)
class ScoredRendition:
    """A rendition as it was made, scored and packaged."""

    video: EncodedVideo
    scores: Scores
    frames: ScoredFrames
    segments: Sequence[int]  # sizes in bytes, in order


@dataclass(frozen=True, slots=True)
class PlannedRepairs:
    """The encodes of patches, and how the steps that join renditions are done again with them."""

    steps: tuple[StepPlan, ...]
    changes: tuple[ChangedStep, ...]
    news: tuple[News, ...]


def plan_repairs(
    params: VerifyParams, made: Mapping[str, ScoredRendition], analysis: Analysis
) -> PlannedRepairs | None:
    """Return the repairs of a title that misses thresholds, None where it cannot be mended so.

    `made` are the renditions that have scores, by the rung's name.
    """
    timeline, treatment = params.timeline, params.treatment
    if timeline is None or treatment is None or not params.chunks or params.instreams:
        return None  # no pictures; of an older job; captions do not bear seams
    repairs: dict[str, Repair] = {}
    for rung in {rung.codec: rung for rung in params.ladder.rungs}.values():  # the best of each
        if (rendition := made.get(rung.name)) is None:
            return None
        least = missed_threshold(params.policy, rendition.scores.vmaf)
        if least is None:
            continue
        repair = _repair(params, timeline, rung, rendition, analysis, least)
        if repair is None:
            return None
        repairs[rung.name] = repair
    return _planned(params, timeline, treatment, made, repairs) if repairs else None


def _planned(
    params: VerifyParams,
    timeline: Timeline,
    treatment: Treatment,
    made: Mapping[str, ScoredRendition],
    repairs: Mapping[str, Repair],
) -> PlannedRepairs:
    steps: list[StepPlan] = []
    changes: list[ChangedStep] = []
    for name, repair in repairs.items():
        video = made[name].video
        encodes = [_encode(params, timeline, treatment, video, patch) for patch in repair.patches]
        changed = {"repairs": [to_json(each) for each in (*video.repairs, repair)]}
        patches = tuple(f"{step.key}#{name}" for step in encodes)
        steps += encodes
        changes.append(ChangedStep(f"stitch:{name}", changed, patches))
    news = (
        News(EventType.RENDITION_REPAIRED, {"name": name, **repair_record(repair)})
        for name, repair in repairs.items()
    )
    return PlannedRepairs(with_work(map(sized, steps)), tuple(changes), tuple(news))


def _repair(
    params: VerifyParams,
    timeline: Timeline,
    rung: Rung,
    rendition: ScoredRendition,
    analysis: Analysis,
    least: float,
) -> Repair | None:
    video, vmaf = rendition.video, rendition.scores.vmaf
    if len(video.repairs) >= params.policy.repair:
        return None
    cuts_s = analysis.scene_cuts_s
    scenes = low_scenes(rung, rendition.frames, video.frames, cuts_s, least)
    first = params.chunks + len(patches_of(video.repairs))
    patches: list[Patch] = []
    for number, scene in enumerate(scenes, first):
        chunk = _chunk(rung, timeline, number, scene)
        start_s = chunk.start_frame / timeline.fps
        end_s = (chunk.start_frame + chunk.frames) / timeline.fps
        crf = _crf_now(rung, video, chunk)
        missing = least + MARGIN_VMAF - scene.low
        bps = _bps(rendition.segments, params.ladder.segment_s, timeline.duration_s, start_s, end_s)
        new_crf = crf_with_more_bits(rung, crf, missing, bps)
        if new_crf is None:
            return None
        patches.append(Patch(chunk, start_s, end_s, crf, new_crf, round(scene.low, 3)))
    if not patches:
        return None
    return Repair(vmaf.harmonic_mean, vmaf.p5, vmaf.p1, vmaf.min, tuple(patches), vmaf.worst_window)


def _chunk(rung: Rung, timeline: Timeline, number: int, scene: LowScene) -> Chunk:
    """Return a scene of a rung's frames as a chunk of the timeline."""
    step = int(timeline.fps / rung.fps)
    start = scene.start_frame * step
    end = min(timeline.frames, start + scene.frames * step)
    return Chunk(number, start, end - start, tail_frames(timeline, end))


def _crf_now(rung: Rung, video: EncodedVideo, chunk: Chunk) -> float:
    """Return the CRF that frames of a rendition have now: the lowest, where they have several."""
    patched = [
        patch.new_crf
        for patch in patches_of(video.repairs)
        if patch.chunk.start_frame < chunk.start_frame + chunk.frames
        and chunk.start_frame < patch.chunk.start_frame + patch.chunk.frames
    ]
    return min(patched, default=video.missed.corrected_crf if video.missed else rung.crf)


def _bps(
    segments: Sequence[int],
    segment_s: Fraction,
    duration_s: Fraction,
    start_s: Fraction,
    end_s: Fraction,
) -> float:
    """Return the rate of the segments that a stretch of the title lies in."""
    first, behind = math.floor(start_s / segment_s), math.ceil(end_s / segment_s)
    lasts_s = min(duration_s, behind * segment_s) - first * segment_s
    return 8 * sum(segments[first:behind]) / float(lasts_s)


def _encode(
    params: VerifyParams,
    timeline: Timeline,
    treatment: Treatment,
    video: EncodedVideo,
    patch: Patch,
) -> StepPlan:
    """Return the step that encodes a patch where the rendition was made: the same encoder."""
    rung = next(each for each in params.ladder.rungs if each.name == video.rung)
    share = params.share if video.device != CPU_NAME else None
    own = replace(share, rungs=(rung.name,)) if share and rung.name in share.rungs else None
    richer, shots = replace(rung, crf=patch.new_crf), params.ladder.shots
    text = (params.burn_in,) if params.burn_in else ()
    encode = EncodeParams(
        treatment=treatment,
        timeline=timeline,
        chunk=patch.chunk,
        rungs=(rung_in_chunk(richer, shots, patch.chunk, timeline, own),),
        burn_in=bool(text),
        share=own,
        missed=video.missed,
    )
    return StepPlan(
        f"encode:{rung.name}:repair:{patch.chunk.index}",
        "encode",
        to_json(encode),
        inputs=("ingest", *text),
        label=f"encode {spoken(rung)} from {float(patch.start_s):.1f} s again"
        f" at CRF {patch.new_crf:g}",
    )
