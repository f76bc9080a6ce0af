"""From what a title is to every step of its job: the ladder, then the DAG behind it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from farm.errors import InvalidSpec
from farm.facts import Analysis
from farm.ladder import Chunk, Codec, Ladder, LadderPolicy, Rung, Timeline, Treatment
from farm.media import MediaInfo, VideoStream
from farm.plan import StepPlan, check_plan
from farm.serial import to_json
from farm.spec import JobSpec
from ladders.chunks import cut_chunks
from ladders.fit import fit_ladder
from workers.graphs.clock import explicit_start, seeks_blindly
from workers.graphs.colour import complete_colour
from workers.steps.ingest import CHAPTERS_PART, sidecar_part
from workers.tracks import PlannedAudio, PlannedText, find_text, plan_audio, plan_text

BLIND_PREROLL_S = 10  # two key frames of anything broadcast lie closer
EXISTING = ("ingest", "analyze", "ladder")


@dataclass(frozen=True, slots=True)
class TitlePlan:
    """The ladder of a title and the steps that make it, in an order that can run."""

    ladder: Ladder
    steps: tuple[StepPlan, ...]


@dataclass(frozen=True, slots=True)
class _Pictures:
    """How the pictures of a title are made."""

    treatment: Treatment
    timeline: Timeline
    ladder: Ladder
    chunks: tuple[Chunk, ...]
    burn_in: str | None  # the step that makes the text


def plan_title(
    spec: JobSpec,
    policy: LadderPolicy,
    codecs: Sequence[Codec],
    media: MediaInfo,
    analysis: Analysis,
    *,
    slots: int,
) -> TitlePlan:
    """Return the ladder and all steps after it.

    Raises InvalidSpec where the request names a language the title has no text in, asks for
    burn-in without a picture, or offers no rung for a codec.
    """
    texts = plan_text(spec, media)
    pictures = _pictures(spec, policy, codecs, media, analysis, texts, slots)
    audios = plan_audio(media.audio, policy.audio, beside_video=pictures is not None)
    ladder = pictures.ladder if pictures else _audio_ladder(policy)
    tracks = [*_audio_steps(spec, audios, analysis), *_text_steps(texts, analysis.duration_s)]
    tracks.append(_chapters(spec, analysis.duration_s))
    # Pictures first: the longest work starts before the tracks that fit beside it.
    steps = [*(_picture_steps(pictures) if pictures else ()), *tracks]
    steps += _final_steps(spec, analysis, ladder, pictures, tracks)
    return TitlePlan(ladder, tuple(check_plan(steps, EXISTING)))


def make_treatment(stream: VideoStream, media: MediaInfo, analysis: Analysis) -> Treatment:
    """Return how the frames of a stream become those of the analysed timeline."""
    assert analysis.timeline is not None
    return Treatment(
        stream_index=stream.index,
        fps=analysis.timeline.fps,
        deinterlace=analysis.interlaced,
        tone_map=stream.colour.dynamic_range != "sdr",
        display_width=stream.display_width,
        display_height=stream.display_height,
        colour=complete_colour(stream),
        start_s=explicit_start(media),
        **({"preroll_s": BLIND_PREROLL_S} if seeks_blindly(media) else {}),
    )


def _pictures(
    spec: JobSpec,
    policy: LadderPolicy,
    codecs: Sequence[Codec],
    media: MediaInfo,
    analysis: Analysis,
    texts: Sequence[PlannedText],
    slots: int,
) -> _Pictures | None:
    if media.picture is None or analysis.timeline is None:
        if spec.burn_in is not None:
            raise InvalidSpec(f"burn-in {spec.burn_in}: the title has no picture to draw into")
        return None
    treatment = make_treatment(media.picture, media, analysis)
    ladder = fit_ladder(policy, treatment, codecs)
    largest = _largest(ladder.rungs)
    return _Pictures(
        treatment=replace(treatment, picture_width=largest.width, picture_height=largest.height),
        timeline=analysis.timeline,
        ladder=ladder,
        chunks=cut_chunks(
            analysis.timeline,
            (ladder.segment_s * treatment.fps).numerator,  # whole frames by construction
            slots,
            analysis.scene_cuts_s,
        ),
        burn_in=_text_key(find_text(texts, spec.burn_in, "burn-in")) if spec.burn_in else None,
    )


def _audio_ladder(policy: LadderPolicy) -> Ladder:
    segment_s = Fraction(policy.gop_s).limit_denominator(1000) * policy.segment_gops
    return Ladder(policy.name, rungs=(), rejected=(), segment_s=segment_s)


def _largest(rungs: Sequence[Rung]) -> Rung:
    return max(rungs, key=lambda rung: rung.width * rung.height)


def _text_key(text: PlannedText) -> str:
    return f"text:{text.name}"


def _audio_steps(
    spec: JobSpec, audios: Sequence[PlannedAudio], analysis: Analysis
) -> list[StepPlan]:
    measured = {loudness.stream_index: to_json(loudness) for loudness in analysis.loudness}
    return [
        StepPlan(
            f"audio:{audio.name}",
            "audio",
            {
                **asdict(audio),
                "loudness": spec.loudness,
                "measured": measured.get(audio.stream_index),
                "duration_s": str(analysis.duration_s),
            },
            inputs=("ingest",),
        )
        for audio in audios
    ]


def _text_steps(texts: Sequence[PlannedText], duration_s: Fraction) -> list[StepPlan]:
    return [
        StepPlan(
            _text_key(text),
            "text",
            {
                "name": text.name,
                "language": text.language,
                "title": text.title,
                "forced": text.forced,
                "hearing_impaired": text.hearing_impaired,
                "duration_s": str(duration_s),
                "from": text.origin,
            },
            inputs=_text_inputs(text),
        )
        for text in texts
    ]


def _text_inputs(text: PlannedText) -> tuple[str, ...]:
    if "tracks" in text.origin:
        return tuple(f"text:{name}" for name in text.origin["tracks"])
    if "sidecar" in text.origin:
        return (f"ingest#{sidecar_part(text.origin['sidecar'])}",)
    return ("ingest",)


def _chapters(spec: JobSpec, duration_s: Fraction) -> StepPlan:
    params = {"sidecar": spec.chapters is not None, "duration_s": str(duration_s)}
    source = f"ingest#{CHAPTERS_PART}" if spec.chapters is not None else "ingest"
    return StepPlan("chapters", "chapters", params, inputs=(source,))


def _picture_steps(pictures: _Pictures) -> list[StepPlan]:
    """Return the steps from source to finished renditions, and the thumbnails."""
    rungs, chunks = pictures.ladder.rungs, pictures.chunks
    common = {"treatment": to_json(pictures.treatment), "timeline": to_json(pictures.timeline)}
    burn_in = (pictures.burn_in,) if pictures.burn_in else ()
    steps = [
        StepPlan(
            f"encode:{codec}:{chunk.index}",
            "encode",
            {
                **common,
                "chunk": to_json(chunk),
                "rungs": [to_json(rung) for rung in rungs if rung.codec == codec],
                "burn_in": bool(burn_in),
            },
            inputs=("ingest", *burn_in),
        )
        for codec in dict.fromkeys(rung.codec for rung in rungs)
        for chunk in chunks
    ]
    steps += [
        StepPlan(
            f"stitch:{rung.name}",
            "stitch",
            {
                "rung": to_json(rung),
                "timeline": common["timeline"],
                "chunks": [to_json(chunk) for chunk in chunks],
            },
            inputs=tuple(f"encode:{rung.codec}:{chunk.index}#{rung.name}" for chunk in chunks),
        )
        for rung in rungs
    ]
    # After packaging, beside the scores: sooner they would only take cores from the encode.
    thumbnails = StepPlan("thumbnails", "thumbnails", common, ("ingest",), after=("package",))
    return [*steps, thumbnails]


def _final_steps(
    spec: JobSpec,
    analysis: Analysis,
    ladder: Ladder,
    pictures: _Pictures | None,
    tracks: Sequence[StepPlan],
) -> list[StepPlan]:
    """Return packaging, scores, verdict and publication."""
    duration_s = str(analysis.duration_s)
    finished = (
        *(f"stitch:{rung.name}" for rung in ladder.rungs),
        *(track.key for track in tracks),
    )
    package: dict[str, Any] = {
        "segment_s": str(ladder.segment_s),
        "duration_s": duration_s,
        "rungs": [to_json(rung) for rung in ladder.rungs],
    }
    measures = _measure_steps(spec, pictures) if pictures else []
    verify = {
        "policy": to_json(spec.qc),
        "ladder": to_json(ladder),
        "timeline": to_json(pictures.timeline) if pictures else None,
        "treatment": to_json(pictures.treatment) if pictures else None,
        "duration_s": duration_s,
        "burn_in": pictures.burn_in if pictures else None,
    }
    seen = ("ingest", "analyze", "package", *(step.key for step in measures), *finished)
    thumbnails = ("thumbnails",) if pictures else ()
    return [
        StepPlan("package", "package", package, inputs=finished),
        *measures,
        StepPlan("verify", "verify", verify, inputs=seen),
        StepPlan("publish", "publish", {}, inputs=("package", "verify", *thumbnails)),
    ]


def _measure_steps(spec: JobSpec, pictures: _Pictures) -> list[StepPlan]:
    """Return one step per rung, all scored at the size of the largest."""
    largest = _largest(pictures.ladder.rungs)
    burn_in = (pictures.burn_in,) if pictures.burn_in else ()
    return [
        StepPlan(
            f"measure:{rung.name}",
            "measure",
            {
                "rung": to_json(rung),
                "treatment": to_json(pictures.treatment),
                "timeline": to_json(pictures.timeline),
                "width": largest.width,
                "height": largest.height,
                "subsample": spec.qc.subsample,
                "burn_in": bool(burn_in),
            },
            inputs=("ingest", f"stitch:{rung.name}", *burn_in),
            after=("package",),
        )
        for rung in pictures.ladder.rungs
    ]
