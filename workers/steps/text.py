"""Text: a sidecar, an embedded stream or two finished tracks to one clean WebVTT track."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from farm.command import Tool
from farm.errors import InvalidSource, InvalidSpec
from farm.facts import Source, TextTrack
from farm.mediainfo import TextStream
from media.graphs.text import EXTRACTED, extract_text, is_extractable
from media.text.cue import Cue
from media.text.dual import overlay
from media.text.findings import Findings
from media.text.mending import mend
from media.text.subtitles import read_subtitles
from media.text.track import milliseconds, track_cues, track_text
from planning.first import sidecar_part
from workers.steps.contract import StepContext, StepKind, StepResult, whole
from workers.steps.ingest import SIDECAR_FILE

TEXT_NAME = "text.vtt"


def run(context: StepContext) -> StepResult:
    """Make the track, or say why there is none; only a sidecar that is no subtitles is an error."""
    findings = Findings()
    duration_ms = milliseconds(Fraction(context.params["duration_s"]))
    origin = context.params["from"]
    if "tracks" in origin:
        cues, reason = _overlaid(context, *origin["tracks"])
    else:
        written, reason = _written(context, origin, findings)
        cues = mend(written, duration_ms=duration_ms, findings=findings)
    if reason is None and not cues:
        reason = "no cues are left inside the title"
    files: dict[str, Path] = {}
    if reason is None:
        files[TEXT_NAME] = context.scratch / TEXT_NAME
        files[TEXT_NAME].write_text(track_text(cues, duration_ms), "utf-8", newline="\n")
    return whole(_facts(context.params, cues, reason, findings), files)


def _facts(
    params: dict[str, Any], cues: tuple[Cue, ...], reason: str | None, findings: Findings
) -> TextTrack:
    return TextTrack(
        name=params["name"],
        language=params["language"],
        title=params["title"],
        forced=params["forced"],
        hearing_impaired=params["hearing_impaired"],
        cues=0 if reason else len(cues),
        dropped=reason,
        issues=findings.sentences(),
    )


def _written(
    context: StepContext, origin: dict[str, int], findings: Findings
) -> tuple[tuple[Cue, ...], str | None]:
    """Return the cues as their file has them, or why there are none."""
    if "sidecar" in origin:
        index = origin["sidecar"]
        path = context.bring(f"ingest#{sidecar_part(index)}", SIDECAR_FILE, "sidecar.txt")
        name = f"subtitles {context.spec.subtitles[index].uri!r}"
        return _read(path, name, context, findings)
    stream = _stream(context, origin["stream"])
    if stream.bitmap:
        return (), f"bitmap subtitles ({stream.codec}) are not converted to text"
    if not is_extractable(stream.codec):
        return (), f"subtitles of the kind {stream.codec!r} are not converted to text"
    context.link_source()
    context.run(extract_text(stream.index, stream.codec))
    try:
        return _read(context.scratch / EXTRACTED, f"stream {stream.index}", context, findings)
    except InvalidSource as error:  # nobody asked for this one: the title goes on without it
        return (), error.message


def _read(
    path: Path, name: str, context: StepContext, findings: Findings
) -> tuple[tuple[Cue, ...], str | None]:
    data = path.read_bytes()
    if not data.strip():
        return (), "it is empty"
    language = context.params["language"]
    return read_subtitles(data, name=name, language=language, findings=findings), None


def _stream(context: StepContext, index: int) -> TextStream:
    streams = context.facts("ingest", Source).media.text
    found = next((stream for stream in streams if stream.index == index), None)
    if found is None:
        raise InvalidSpec(f"{context.spec.source!r} has no text stream {index}")
    return found


def _overlaid(context: StepContext, above: str, below: str) -> tuple[tuple[Cue, ...], str | None]:
    """Return the cues of two finished tracks in one, or why that cannot be."""
    layers = []
    for name in (above, below):
        track = context.facts(f"text:{name}", TextTrack)
        if track.dropped is not None:
            return (), f"{name} was dropped: {track.dropped}"
        path = context.bring(f"text:{name}", TEXT_NAME, f"{name}.vtt")
        layers.append(track_cues(path.read_text("utf-8")))
    return overlay(*layers), None


KIND = StepKind("text", run, tools=(Tool.FFMPEG,))
