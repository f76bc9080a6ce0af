"""Text: a sidecar, embedded stream, captions or two finished tracks to one clean WebVTT track."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from farm.command import SOURCE_NAME, Command, Tool
from farm.errors import InvalidSource, InvalidSpec
from farm.facts import TextRole, TextTrack
from farm.mediainfo import MediaInfo, TextStream
from media.graphs.text import EXTRACTED, extract_text, is_extractable
from media.text.dual import overlay
from media.text.excerpt import within_excerpt
from media.text.findings import Findings
from media.text.mending import mend
from media.text.reading import read
from media.text.subtitles import SubtitleFile, read_subtitles
from media.text.track import milliseconds, track_cues, track_text
from planning.first import sidecar_part
from planning.params import TextParams
from planning.text_origin import FromCaptions, FromSidecar, FromStream, FromTracks
from workers.sources.tracks import text_of_track
from workers.steps.captions import seen_cues
from workers.steps.contract import StepContext, StepKind
from workers.steps.facts import Facts
from workers.steps.ingest import SIDECAR_FILE
from workers.steps.result import StepResult, whole

TEXT_NAME = "text.vtt"


def commands(facts: Facts, params: TextParams) -> tuple[Command, ...]:
    """Return the extraction of a stream; sidecars and finished tracks need no program."""
    if not isinstance(params.origin, FromStream):
        return ()
    stream = _stream(facts.media, params.origin.stream)
    if stream.track is not None or _why_not(stream):
        return ()
    return (extract_text(stream.index, stream.codec),)


def expected(media: MediaInfo, params: TextParams) -> TextTrack:
    """Return what the step leaves, as far as can be told before: that there are cues is assumed."""
    why = None
    if isinstance(params.origin, FromStream):
        why = _why_not(_stream(media, params.origin.stream))
    elif isinstance(params.origin, FromCaptions):
        why = params.origin.left_out
    return _track(params, 0 if why else 1, why, (), params.role)


def run(context: StepContext[TextParams]) -> StepResult:
    """Make the track, or say why there is none; only a sidecar that is no subtitles is an error."""
    findings, params = Findings(), context.params
    duration_ms = milliseconds(params.duration_s)
    found = None
    if isinstance(params.origin, FromTracks):
        written, reason = _overlaid(context, *params.origin.tracks)
        cues = written.cues
    else:
        written, reason = _written(context, params.origin, findings)
        cues = written.cues
        if params.start_s is not None:
            cues = within_excerpt(cues, milliseconds(params.start_s), duration_ms)
        delivered, cues = cues, mend(cues, duration_ms=duration_ms, findings=findings)
        timed = not isinstance(params.origin, FromCaptions)
        found = read(cues, delivered, duration_ms=duration_ms, timed=timed)
    if reason is None and not cues:
        reason = "no cues are left inside the title"
    files: dict[str, Path] = {}
    if reason is None:
        files[TEXT_NAME] = context.scratch / TEXT_NAME
        files[TEXT_NAME].write_text(track_text(cues, duration_ms), "utf-8", newline="\n")
    count, issues = 0 if reason else len(cues), findings.sentences()
    track = _track(params, count, reason, issues, params.role or written.role)
    return whole(replace(track, found=found), files)


def _track(
    params: TextParams,
    cues: int,
    dropped: str | None,
    issues: tuple[str, ...],
    role: TextRole | None,
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
        role=role,
        stream_index=params.origin.stream if isinstance(params.origin, FromStream) else None,
    )


def _written(
    context: StepContext[TextParams],
    origin: FromSidecar | FromStream | FromCaptions,
    findings: Findings,
) -> tuple[SubtitleFile, str | None]:
    """Return what their file or pictures show, or why there is nothing."""
    if isinstance(origin, FromCaptions):
        duration_ms = milliseconds(context.params.duration_s)
        cues, reason = seen_cues(context, origin, duration_ms, findings)
        return SubtitleFile(cues), reason
    if isinstance(origin, FromSidecar):
        part = f"ingest#{sidecar_part(origin.sidecar)}"
        path = context.bring(part, SIDECAR_FILE, "sidecar.txt")
        name = f"subtitles {context.spec.subtitles[origin.sidecar].uri!r}"
        return _read(path, name, context, findings)
    facts = context.beforehand
    stream = _stream(facts.media, origin.stream)
    if why := _why_not(stream):
        return SubtitleFile(()), why
    context.link_whole()
    if stream.track is not None:
        why = _extract_here(context, stream.track, findings)
        if why is not None:
            return SubtitleFile(()), why
    for command in context.progress.expect(commands(facts, context.params)):
        context.run_on_whole(command)
    try:
        return _read(context.scratch / EXTRACTED, f"stream {stream.index}", context, findings)
    except InvalidSource as error:  # nobody asked for this one: the title goes on without it
        return SubtitleFile(()), error.message


def _extract_here(context: StepContext[TextParams], track: int, findings: Findings) -> str | None:
    """Write the text of a track that FFmpeg does not know to EXTRACTED, or return why it cannot."""
    source, excerpt = context.scratch / SOURCE_NAME, context.excerpt
    start_s = excerpt.whole_start_s if excerpt else context.beforehand.media.start_s
    text, trouble = text_of_track(source, track, start_s, context.check_wanted)
    if text is None:
        return trouble
    if trouble is not None:
        findings.say(trouble)
    (context.scratch / EXTRACTED).write_text(text, "utf-8", newline="\n")
    return None


def _read(
    path: Path, name: str, context: StepContext[TextParams], findings: Findings
) -> tuple[SubtitleFile, str | None]:
    data = path.read_bytes()
    if not data.strip():
        return SubtitleFile(()), "it is empty"
    params = context.params
    read = read_subtitles(
        data, name=name, language=params.language, findings=findings, fps=params.fps
    )
    return read, None


def _why_not(stream: TextStream) -> str | None:
    """Return why a stream cannot become a track, None where it can."""
    if stream.disposition.descriptions:
        return "text that describes the picture is to be spoken, not shown"
    if stream.disposition.metadata:
        return "text for programs is not shown"
    if stream.bitmap:
        return f"bitmap subtitles ({stream.codec}) are not converted to text"
    if stream.track is None and not is_extractable(stream.codec):
        return f"subtitles of the kind {stream.codec!r} are not converted to text"
    return None


def _stream(media: MediaInfo, index: int) -> TextStream:
    found = next((stream for stream in media.text if stream.index == index), None)
    if found is None:
        raise InvalidSpec(f"the source has no text stream {index}")
    return found


def _overlaid(
    context: StepContext[TextParams], above: str, below: str
) -> tuple[SubtitleFile, str | None]:
    """Return two finished tracks in one, or why that cannot be; its role is theirs, if of both."""
    layers, roles = [], []
    for name in (above, below):
        track = context.facts(f"text:{name}", TextTrack)
        if track.dropped is not None:
            return SubtitleFile(()), f"{name} was dropped: {track.dropped}"
        path = context.bring(f"text:{name}", TEXT_NAME, f"{name}.vtt")
        layers.append(track_cues(path.read_text("utf-8")))
        roles.append(track.role)
    return SubtitleFile(overlay(*layers), roles[0] if roles[0] == roles[1] else None), None


KIND = StepKind("text", TextParams, run, commands, tools=(Tool.FFMPEG,), revision=4)
