"""The steps that make a title's sound, text and chapters. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from fractions import Fraction

from farm.facts import Analysis
from farm.plan import StepPlan
from farm.serial import to_json
from farm.spec import JobSpec
from planning.first import CHAPTERS_PART, sidecar_part
from planning.params import AudioParams, ChaptersParams, TextParams
from planning.sound import SURROUND_CHANNELS
from planning.text_origin import FromCaptions, FromSidecar, FromStream, FromTracks
from planning.tracks import PlannedAudio, PlannedText


def track_steps(
    spec: JobSpec,
    audios: Sequence[PlannedAudio],
    texts: Sequence[PlannedText],
    analysis: Analysis,
    start_s: Fraction | None = None,
) -> list[StepPlan]:
    """Return a step for each track, and the one of the chapters; `start_s` is of an excerpt."""
    return [
        *_audio_steps(spec, audios, analysis),
        *_text_steps(texts, analysis, start_s),
        _chapters(spec, analysis.duration_s, start_s),
    ]


def text_key(text: PlannedText) -> str:
    """Return the key of the step that makes a text track."""
    return f"text:{text.name}"


def _audio_steps(
    spec: JobSpec, audios: Sequence[PlannedAudio], analysis: Analysis
) -> list[StepPlan]:
    measured = {loudness.stream_index: loudness for loudness in analysis.loudness}
    return [
        StepPlan(
            f"audio:{audio.name}",
            "audio",
            to_json(
                AudioParams(
                    **{field.name: getattr(audio, field.name) for field in fields(audio)},
                    loudness=spec.loudness,
                    measured=measured.get(audio.stream_index),
                    duration_s=analysis.duration_s,
                )
            ),
            inputs=("ingest",),
            label=_audio_label(audio),
        )
        for audio in audios
    ]


def _audio_label(audio: PlannedAudio) -> str:
    surround = " surround" if audio.channels >= SURROUND_CHANNELS else ""
    return f"audio {audio.language}{surround}"


def _text_steps(
    texts: Sequence[PlannedText], analysis: Analysis, start_s: Fraction | None
) -> list[StepPlan]:
    fps = analysis.timeline.fps if analysis.timeline is not None else None
    return [
        StepPlan(
            text_key(text),
            "text",
            to_json(
                TextParams(
                    name=text.name,
                    language=text.language,
                    title=text.title,
                    forced=text.forced,
                    hearing_impaired=text.hearing_impaired,
                    duration_s=analysis.duration_s,
                    origin=text.origin,
                    fps=fps if isinstance(text.origin, FromSidecar) else None,
                    role=text.role,
                    start_s=start_s if _is_of_the_whole(text) else None,
                )
            ),
            inputs=_text_inputs(text),
        )
        for text in texts
    ]


def _is_of_the_whole(text: PlannedText) -> bool:
    """Return whether a text is read from what has the times of the whole source."""
    return isinstance(text.origin, FromSidecar | FromStream)


def _text_inputs(text: PlannedText) -> tuple[str, ...]:
    match text.origin:
        case FromTracks(names):
            return tuple(f"text:{name}" for name in names)
        case FromSidecar(index):
            return (f"ingest#{sidecar_part(index)}",)
        case FromStream():
            return ("ingest",)
        case FromCaptions():
            return ("analyze",)


def _chapters(spec: JobSpec, duration_s: Fraction, start_s: Fraction | None) -> StepPlan:
    params = ChaptersParams(spec.chapters is not None, duration_s, start_s)
    source = f"ingest#{CHAPTERS_PART}" if spec.chapters is not None else "ingest"
    return StepPlan("chapters", "chapters", to_json(params), inputs=(source,))
