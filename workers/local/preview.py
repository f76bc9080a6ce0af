"""The commands of a step before it runs, for `reelfarm plan`: the same builders, nothing run.

What only running can tell is assumed: that key frames suffice for thumbnails, that audio needs no
gain, that every text track has cues.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from farm.command import Command, Limits
from farm.facts import AudioTrack, TextTrack
from farm.ladder import Chunk, Rung, Timeline, Treatment
from farm.mediainfo import MediaInfo
from farm.plan import StepPlan
from farm.serial import from_json
from media.graphs.analyze import analyze_source
from media.graphs.audio import AudioTarget, encode_audio
from media.graphs.clock import explicit_start
from media.graphs.encode import cut_tail, encode_chunk
from media.graphs.loudness import SAMPLE_RATE
from media.graphs.measure import score
from media.graphs.stitch import JOINED_NAME, join_chunks, list_packets
from media.graphs.text import extract_text, is_extractable
from media.graphs.thumbnails import make_sheets, plan_sheets
from media.packaging.command import package
from media.packaging.title import Title
from media.probe.ffprobe import probe_command
from planning.sizes import Params

LIMITS = Limits()


def commands(step: StepPlan, media: MediaInfo, steps: Sequence[StepPlan]) -> list[Command]:
    """Return the commands `step` would run, none for those done in Python alone."""
    if step.kind == "package":
        return [package(_title(step.params, steps))]
    preview = PREVIEWS.get(step.kind)
    return preview(step.params, media) if preview else []


def _ingest(_: Params, __: MediaInfo) -> list[Command]:
    return [probe_command()]


def _analyze(_: Params, media: MediaInfo) -> list[Command]:
    return [analyze_source(media, LIMITS)]


def _encode(params: Params, _: MediaInfo) -> list[Command]:
    timeline, chunk = from_json(Timeline, params["timeline"]), from_json(Chunk, params["chunk"])
    rungs = [from_json(Rung, rung) for rung in params["rungs"]]
    treatment = from_json(Treatment, params["treatment"])
    encode = encode_chunk(treatment, timeline, chunk, rungs, burn_in=params["burn_in"])
    cuts = [cut_tail(timeline, chunk, rung) for rung in rungs] if chunk.tail_frames else []
    return [encode, *cuts]


def _stitch(params: Params, _: MediaInfo) -> list[Command]:
    rung, timeline = from_json(Rung, params["rung"]), from_json(Timeline, params["timeline"])
    join = [join_chunks(rung, timeline)] if len(params["chunks"]) > 1 else []
    return [*join, list_packets(JOINED_NAME, f"check {rung.name}")]


def _audio(params: Params, media: MediaInfo) -> list[Command]:
    target = AudioTarget(
        stream_index=params["stream_index"],
        channels=params["channels"],
        bps=params["bps"],
        language=params["language"],
        start_s=explicit_start(media),
        duration_s=Fraction(params["duration_s"]),
    )
    return [encode_audio(target, 0.0, LIMITS)]


def _text(params: Params, media: MediaInfo) -> list[Command]:
    index = params["from"].get("stream")
    codec = next((stream.codec for stream in media.text if stream.index == index), "")
    return [extract_text(index, codec)] if is_extractable(codec) else []


def _thumbnails(params: Params, _: MediaInfo) -> list[Command]:
    treatment = from_json(Treatment, params["treatment"])
    timeline = from_json(Timeline, params["timeline"])
    sheets = plan_sheets(treatment, timeline)
    return [make_sheets(treatment, timeline, sheets, "key frames", LIMITS)]


def _measure(params: Params, _: MediaInfo) -> list[Command]:
    return [
        score(
            from_json(Rung, params["rung"]),
            from_json(Treatment, params["treatment"]),
            from_json(Timeline, params["timeline"]),
            width=params["width"],
            height=params["height"],
            subsample=params["subsample"],
            burn_in=params["burn_in"],
        )
    ]


def _title(params: Params, steps: Sequence[StepPlan]) -> Title:
    audios = (step.params for step in steps if step.kind == "audio")
    texts = (step.params for step in steps if step.kind == "text")
    return Title(
        segment_s=Fraction(params["segment_s"]),
        duration_s=Fraction(params["duration_s"]),
        rungs=tuple(from_json(Rung, rung) for rung in params["rungs"]),
        audios=tuple(_audio_track(audio) for audio in audios),
        texts=tuple(_text_track(text) for text in texts),
    )


def _audio_track(params: Params) -> AudioTrack:
    named = ("name", "stream_index", "language", "title", "default", "channels", "bps", "role")
    return AudioTrack(**{name: params[name] for name in named}, sample_rate=SAMPLE_RATE)


def _text_track(params: Params) -> TextTrack:
    named = ("name", "language", "title", "forced", "hearing_impaired")
    return TextTrack(**{name: params[name] for name in named}, cues=1, dropped=None, issues=())


PREVIEWS: dict[str, Callable[[Params, MediaInfo], list[Command]]] = {
    "ingest": _ingest,
    "analyze": _analyze,
    "encode": _encode,
    "stitch": _stitch,
    "audio": _audio,
    "text": _text,
    "thumbnails": _thumbnails,
    "measure": _measure,
}
