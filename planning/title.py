"""From what a title is to every step of its job: the ladder, then the DAG behind it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from farm.devices import DeviceReport
from farm.errors import InvalidSpec
from farm.facts import Analysis, Excerpt
from farm.ladder import CodecName, Ladder, Timeline
from farm.ladder_policy import LadderPolicy
from farm.mediainfo import MediaInfo
from farm.plan import StepPlan, check_plan
from farm.serial import to_json
from farm.spec import JobSpec
from ladders.chunks import Cuts, find_cuts, make_chunks
from ladders.fit import fit_ladder
from planning.bars import kept_bars
from planning.captions import check_kept, instreams
from planning.decoding import with_decoding
from planning.encode_size import encode_size
from planning.inventory import left_out
from planning.params import PackageParams, PublishParams, VerifyParams
from planning.pictures import Pictures, largest, measure_steps, picture_steps, scores_of
from planning.placement import explained_ladder, place
from planning.sizes import sized
from planning.sound import plan_sound
from planning.track_steps import text_key, track_steps
from planning.tracks import PlannedText, find_text, plan_audio, plan_text
from planning.treatment import treat
from planning.work import with_work

EXISTING = ("ingest", "analyze", "cut", "ladder")


@dataclass(frozen=True, slots=True)
class TitlePlan:
    """The ladder of a title and the steps that make it, in an order that can run."""

    ladder: Ladder
    steps: tuple[StepPlan, ...]


def cut_title(
    policy: LadderPolicy,
    codecs: Sequence[CodecName],
    media: MediaInfo,
    analysis: Analysis,
    slots: Callable[[float], int],
) -> Cuts:
    """Return where the chunks of a title begin, none where it has no picture.

    `slots` tells how many chunks can be encoded at once, each of so many cores. Raises InvalidSpec
    where the policy offers no rung for a codec.
    """
    if media.picture is None or analysis.timeline is None or not policy.pictures:
        return Cuts()
    treatment = treat(policy, media.picture, media, analysis)
    ladder = fit_ladder(policy, treatment, codecs)
    return find_cuts(
        analysis.timeline,
        _segment_frames(ladder, analysis.timeline),
        slots(encode_size(ladder.rungs, treatment).cores),
        analysis.scene_cuts_s,
    )


def plan_title(
    spec: JobSpec,
    policy: LadderPolicy,
    codecs: Sequence[CodecName],
    media: MediaInfo,
    analysis: Analysis,
    *,
    cuts: Cuts,
    excerpt: Excerpt | None = None,
    decided: Ladder | None = None,
    devices: Sequence[DeviceReport] = (),
) -> TitlePlan:
    """Return the ladder and all steps after it, the title being cut into chunks at `cuts`.

    The ladder is what the policy offers, or the one `decided` on; `devices` are those of the farm
    that work now. Of an excerpt, `media` describes the stretch alone, and `excerpt` where it lies.

    Raises InvalidSpec where the request names a language the title has no text in, asks for
    burn-in without a picture, or offers no rung for a codec.
    """
    texts = plan_text(spec, media, analysis.captions)
    pictures = _pictures(spec, policy, codecs, media, analysis, texts, cuts, decided, devices)
    voices, remarks = plan_sound(spec.audio, media)
    audios = plan_audio(voices, policy.audio, beside_video=pictures is not None)
    if not policy.pictures and not audios:
        raise InvalidSpec(
            f"ladder {policy.name} makes sound alone, and the source has none: take another ladder"
        )
    ladder = pictures.ladder if pictures else _audio_ladder(policy)
    unmade = left_out(media, excerpt=excerpt is not None, pictures=policy.pictures)
    if pictures and policy.crop and media.picture is not None:
        unmade += kept_bars(pictures.treatment, media.picture, analysis)
    ladder = replace(ladder, remarks=(*unmade, *remarks))
    tracks = track_steps(spec, audios, texts, analysis, excerpt.start_s if excerpt else None)
    # Pictures first: the longest work starts before the tracks that fit beside it.
    steps = [*(picture_steps(pictures) if pictures else ()), *tracks]
    steps += _final_steps(spec, analysis, ladder, pictures, tracks)
    ordered = [sized(step) for step in check_plan(steps, EXISTING)]
    return TitlePlan(ladder, with_work(ordered, analysis.temporal_information))


def audio_rates(steps: Sequence[StepPlan]) -> tuple[int, ...]:
    """Return the rate of each audio track that steps make, in bit/s."""
    return tuple(step.params["bps"] for step in steps if step.kind == "audio")


def _pictures(
    spec: JobSpec,
    policy: LadderPolicy,
    codecs: Sequence[CodecName],
    media: MediaInfo,
    analysis: Analysis,
    texts: Sequence[PlannedText],
    cuts: Cuts,
    decided: Ladder | None,
    devices: Sequence[DeviceReport],
) -> Pictures | None:
    if media.picture is None or analysis.timeline is None or not policy.pictures:
        if spec.burn_in is not None:
            raise InvalidSpec(f"burn-in {spec.burn_in}: the title has no picture to draw into")
        if not policy.pictures and spec.captions.mode == "passthrough":
            raise InvalidSpec(
                f"--captions passthrough: ladder {policy.name} makes no pictures to keep them in:"
                " use --captions text"
            )
        return None
    treatment = treat(policy, media.picture, media, analysis)
    offered = fit_ladder(policy, treatment, codecs)
    ladder = decided or offered
    kept = instreams(spec.captions, media, analysis.captions)
    if kept:
        check_kept(media.picture, treatment, ladder)
    motion = analysis.temporal_information
    placement = place(spec.device, ladder, media.picture, devices, motion)
    top = largest(offered.rungs)  # scores are made at its size, whatever size the best rung has
    segment_frames = _segment_frames(ladder, analysis.timeline)
    # FFmpeg deals captions out anew, and a picture early where it had to fill a gap before: at a
    # seam some would be lost, or said twice.
    chunks = make_chunks(analysis.timeline, segment_frames, Cuts((0,)) if kept else cuts)
    placement = with_decoding(spec.device, placement, ladder, media.picture, devices, chunks)
    ladder = explained_ladder(ladder, placement)
    return Pictures(
        treatment=replace(
            treatment,
            picture_width=top.width,
            picture_height=top.height,
            captions=bool(kept),
        ),
        instreams=kept,
        timeline=analysis.timeline,
        ladder=ladder,
        chunks=chunks,
        burn_in=text_key(find_text(texts, spec.burn_in, "burn-in")) if spec.burn_in else None,
        share=placement.share,
        most_miss=policy.adaptive.most_miss,
    )


def _segment_frames(ladder: Ladder, timeline: Timeline) -> int:
    return (ladder.segment_s * timeline.fps).numerator  # whole frames by construction


def _audio_ladder(policy: LadderPolicy) -> Ladder:
    segment_s = Fraction(policy.gop_s).limit_denominator(1000) * policy.segment_gops
    return Ladder(policy.name, rungs=(), rejected=(), segment_s=segment_s)


def _final_steps(
    spec: JobSpec,
    analysis: Analysis,
    ladder: Ladder,
    pictures: Pictures | None,
    tracks: Sequence[StepPlan],
) -> list[StepPlan]:
    """Return packaging, scores, verdict and publication."""
    finished = (
        *(f"stitch:{rung.name}" for rung in ladder.rungs),
        *(track.key for track in tracks),
    )
    kept = pictures.instreams if pictures else ()
    package = PackageParams(ladder.segment_s, analysis.duration_s, ladder.rungs, kept)
    measures = measure_steps(pictures, spec.qc) if pictures else []
    verify = VerifyParams(
        policy=spec.qc,
        ladder=ladder,
        timeline=pictures.timeline if pictures else None,
        treatment=pictures.treatment if pictures else None,
        duration_s=analysis.duration_s,
        burn_in=pictures.burn_in if pictures else None,
        instreams=kept,
        chunks=len(pictures.chunks) if pictures else 0,
        share=pictures.share if pictures else None,
    )
    thumbnails = ("thumbnails",) if pictures else ()
    scored = scores_of(measures)
    seen = ("ingest", "analyze", "package", *scored, *finished, *thumbnails)
    published = ("package", "verify", *thumbnails)
    compared = scored if pictures and pictures.compared else ()
    return [
        StepPlan("package", "package", to_json(package), inputs=(*finished, *compared)),
        *measures,
        StepPlan("verify", "verify", to_json(verify), inputs=seen),
        StepPlan("publish", "publish", to_json(PublishParams()), inputs=published),
    ]
