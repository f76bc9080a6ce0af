"""Text: a sidecar, an embedded stream or two finished tracks to one clean WebVTT track."""

from __future__ import annotations

from pathlib import Path

from farm.command import Command, Tool
from farm.errors import InvalidSource, InvalidSpec
from farm.facts import TextTrack
from farm.mediainfo import MediaInfo, TextStream
from media.graphs.text import EXTRACTED, extract_text, is_extractable
from media.text.cue import Cue
from media.text.dual import overlay
from media.text.findings import Findings
from media.text.mending import mend
from media.text.subtitles import read_subtitles
from media.text.track import milliseconds, track_cues, track_text
from planning.first import sidecar_part
from planning.params import FromSidecar, FromStream, FromTracks, TextParams
from workers.steps.contract import StepContext, StepKind, StepResult, whole
from workers.steps.facts import Facts
from workers.steps.ingest import SIDECAR_FILE

TEXT_NAME = "text.vtt"


def commands(facts: Facts, params: TextParams) -> tuple[Command, ...]:
    """Return the extraction of a stream; sidecars and finished tracks need no program."""
    if not isinstance(params.origin, FromStream):
        return ()
    stream = _stream(facts.media, params.origin.stream)
    return () if _why_not(stream) else (extract_text(stream.index, stream.codec),)


def expected(media: MediaInfo, params: TextParams) -> TextTrack:
    """Return what the step leaves, as far as can be told before: that there are cues is assumed."""
    why = None
    if isinstance(params.origin, FromStream):
        why = _why_not(_stream(media, params.origin.stream))
    return _track(params, 0 if why else 1, why, ())


def run(context: StepContext[TextParams]) -> StepResult:
    """Make the track, or say why there is none; only a sidecar that is no subtitles is an error."""
    findings, params = Findings(), context.params
    duration_ms = milliseconds(params.duration_s)
    if isinstance(params.origin, FromTracks):
        cues, reason = _overlaid(context, *params.origin.tracks)
    else:
        written, reason = _written(context, params.origin, findings)
        cues = mend(written, duration_ms=duration_ms, findings=findings)
    if reason is None and not cues:
        reason = "no cues are left inside the title"
    files: dict[str, Path] = {}
    if reason is None:
        files[TEXT_NAME] = context.scratch / TEXT_NAME
        files[TEXT_NAME].write_text(track_text(cues, duration_ms), "utf-8", newline="\n")
    return whole(_track(params, 0 if reason else len(cues), reason, findings.sentences()), files)


def _track(
    params: TextParams, cues: int, dropped: str | None, issues: tuple[str, ...]
) -> TextTrack:
    return TextTrack(
        name=params.name,
        language=params.language,
        title=params.title,
        forced=params.forced,
        hearing_impaired=params.hearing_impaired,
        cues=cues,
        dropped=dropped,
        issues=issues,
    )


def _written(
    context: StepContext[TextParams], origin: FromSidecar | FromStream, findings: Findings
) -> tuple[tuple[Cue, ...], str | None]:
    """Return the cues as their file has them, or why there are none."""
    if isinstance(origin, FromSidecar):
        part = f"ingest#{sidecar_part(origin.sidecar)}"
        path = context.bring(part, SIDECAR_FILE, "sidecar.txt")
        name = f"subtitles {context.spec.subtitles[origin.sidecar].uri!r}"
        return _read(path, name, context, findings)
    facts = context.beforehand
    stream = _stream(facts.media, origin.stream)
    if why := _why_not(stream):
        return (), why
    context.link_source()
    for command in context.progress.expect(commands(facts, context.params)):
        context.run(command)
    try:
        return _read(context.scratch / EXTRACTED, f"stream {stream.index}", context, findings)
    except InvalidSource as error:  # nobody asked for this one: the title goes on without it
        return (), error.message


def _read(
    path: Path, name: str, context: StepContext[TextParams], findings: Findings
) -> tuple[tuple[Cue, ...], str | None]:
    data = path.read_bytes()
    if not data.strip():
        return (), "it is empty"
    params = context.params
    cues = read_subtitles(
        data, name=name, language=params.language, findings=findings, fps=params.fps
    )
    return cues, None


def _why_not(stream: TextStream) -> str | None:
    """Return why a stream cannot become a track, None where it can."""
    if stream.bitmap:
        return f"bitmap subtitles ({stream.codec}) are not converted to text"
    if not is_extractable(stream.codec):
        return f"subtitles of the kind {stream.codec!r} are not converted to text"
    return None


def _stream(media: MediaInfo, index: int) -> TextStream:
    found = next((stream for stream in media.text if stream.index == index), None)
    if found is None:
        raise InvalidSpec(f"the source has no text stream {index}")
    return found


def _overlaid(
    context: StepContext[TextParams], above: str, below: str
) -> tuple[tuple[Cue, ...], str | None]:
    """Return the cues of two finished tracks in one, or why that cannot be."""
    layers = []
    for name in (above, below):
        track = context.facts(f"text:{name}", TextTrack)
        if track.dropped is not None:
            return (), f"{name} was dropped: {track.dropped}"
        path = context.bring(f"text:{name}", TEXT_NAME, f"{name}.vtt")
        layers.append(track_cues(path.read_text("utf-8")))
    return overlay(*layers), None


KIND = StepKind("text", TextParams, run, commands, tools=(Tool.FFMPEG,))
