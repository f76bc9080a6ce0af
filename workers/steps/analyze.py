"""Analyze: decode everything once, count it, look at it, and refuse what does not decode."""

from __future__ import annotations

from farm.command import Command, Finished, Tool
from farm.errors import InvalidSource, ReelFarmError, ToolFailed, UnsupportedMedia
from farm.facts import Analysis
from farm.ladder import Timeline
from farm.mediainfo import MediaInfo
from media.graphs.analyze import analyze_source
from media.graphs.analyze_output import read_analysis, timestamps_jump
from media.graphs.clock import seeks_blindly
from media.probe.refusals import still_picture
from planning.params import AnalyzeParams
from workers.steps.contract import StepContext, StepKind, StepResult, whole
from workers.steps.facts import Facts

# What FFmpeg says when it is the media that ended it, not the machine.
UNDECODABLE = (
    "Decode error rate",
    "Cannot determine format of input",
    "received no packets",
)
QUOTED_COMPLAINTS = 5


def commands(facts: Facts, _params: AnalyzeParams) -> tuple[Command, ...]:
    """Return the one pass over the source."""
    return (analyze_source(facts.media, facts.limits),)


def run(context: StepContext[AnalyzeParams]) -> StepResult:
    """Return what one decode shows; refuse a source that is damaged or lacks its end."""
    facts = context.beforehand
    media = facts.media
    context.link_source()
    (look,) = context.progress.expect(commands(facts, context.params))
    try:
        finished = context.run(look)
    except ToolFailed as failure:
        raise _undecodable(context.spec.source, failure) from failure
    complaints = finished.stderr.splitlines()
    analysis = read_analysis(context.scratch, media, complaints)
    _check(context, media, analysis)
    return whole(analysis, evidence=_evidence(finished, complaints))


def _undecodable(name: str, failure: ToolFailed) -> ReelFarmError:
    """Return the refusal of media nobody can decode, or the failure where that is not the cause."""
    lines = failure.detail.get("stderr")
    said = [str(line) for line in lines] if isinstance(lines, list) else []
    if not any(sign in line for line in said for sign in UNDECODABLE):
        return failure
    return InvalidSource(
        f"{name!r} cannot be decoded: most of its media is damaged; upload it again",
        **failure.detail,
    )


def _check(context: StepContext[AnalyzeParams], media: MediaInfo, analysis: Analysis) -> None:
    name, timeline = context.spec.source, analysis.timeline
    if timeline is not None and timeline.frames <= 1:
        if not media.audio:
            raise still_picture(name, "a single frame")
        raise UnsupportedMedia(
            f"{name!r} has a single picture beside its audio: submit the audio alone"
        )
    if timeline is not None and seeks_blindly(media):
        _check_timestamps(context, timeline)
    if not analysis.duration_s:
        raise InvalidSource(f"{name!r} cannot be decoded: not a moment of it; upload it again")
    if analysis.missing_s and not context.params.allow_partial:
        raise InvalidSource(
            f"{name!r} is cut short: {float(analysis.duration_s):.1f} s survived,"
            f" {analysis.missing_s:.1f} s are missing; upload the whole file again"
            " (--allow-partial publishes what survived)",
            survived_s=float(analysis.duration_s),
            missing_s=analysis.missing_s,
        )


def _check_timestamps(context: StepContext[AnalyzeParams], timeline: Timeline) -> None:
    """Refuse joined recordings, whose clock starts anew in the middle."""
    if timestamps_jump(context.scratch, timeline):
        raise InvalidSource(
            f"{context.spec.source!r} has timestamps that jump, as where recordings were joined:"
            " give it one clock first, as with `ffmpeg -i FILE -c copy FILE.mkv`"
        )


def _evidence(finished: Finished, complaints: list[str]) -> dict[str, object]:
    """Return what does not change the title: cost, and where decoders had to conceal damage."""
    return {
        "cpu_s": finished.cpu_s,
        "peak_rss_bytes": finished.peak_rss_bytes,
        "decode_errors": len(complaints),
        "first_decode_errors": complaints[:QUOTED_COMPLAINTS],
    }


KIND = StepKind("analyze", AnalyzeParams, run, commands, tools=(Tool.FFMPEG,))
