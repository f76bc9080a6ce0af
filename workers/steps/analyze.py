"""Analyze: decode everything once, count it, look at it, and refuse what does not decode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from farm.command import Command, Finished, Tool
from farm.errors import InvalidSource, ReelFarmError, ToolFailed
from farm.facts import Analysis
from farm.mediainfo import MediaInfo
from media.graphs.analyze import analyze_source
from media.graphs.analyze_output import read_analysis, timestamps_jump
from media.graphs.clock import seeks_blindly
from media.graphs.jumps import jumps
from media.probe.refusals import still_picture
from planning.params import AnalyzeParams
from planning.work import analyze_work
from workers.steps.captions import found_captions
from workers.steps.contract import StepContext, StepKind
from workers.steps.facts import Facts
from workers.steps.result import StepResult, whole
from workers.steps.shapes import changing_shapes, shape_commands

# What FFmpeg says when it is the media that ended it, not the machine.
DAMAGED = "Decode error rate"
UNDECODABLE = (
    DAMAGED,
    "Cannot determine format of input",
    "Error opening input: Invalid data found",  # though ffprobe, of another version, opened it
    "received no packets",
)
# What it says when its filters gave up, of which streams without packets are a consequence.
OUR_GRAPH = ("Error while filtering", "Impossible to convert", "Error reinitializing filters")
QUOTED_COMPLAINTS = 5


def commands(facts: Facts, _params: AnalyzeParams) -> tuple[Command, ...]:
    """Return the one pass over the source, and the look at where its pictures change."""
    media = facts.media
    return (analyze_source(media, facts.limits), *shape_commands(media, facts.limits))


def run(context: StepContext[AnalyzeParams]) -> StepResult:
    """Return what one decode shows; refuse a source that is damaged or lacks its end."""
    facts = context.beforehand
    media = facts.media
    context.link_source()
    look, *_ = context.progress.expect(commands(facts, context.params))
    try:
        finished = context.run(look)
    except ToolFailed as failure:
        _check_clocks(context, media)
        raise _undecodable(context.spec.source, failure) from failure
    _check_clocks(context, media)
    complaints = finished.stderr.splitlines()
    analysis = read_analysis(context.scratch, media, complaints, context.params.deinterlace)
    analysis = replace(analysis, shapes=changing_shapes(context, media, facts.limits))
    captions, files = found_captions(context.scratch, media)
    analysis = replace(analysis, captions=captions)
    _check(context, media, analysis)
    result = whole(analysis, files, _evidence(finished, complaints))
    return replace(result, work=analyze_work(media))


def _undecodable(name: str, failure: ToolFailed) -> ReelFarmError:
    """Return the refusal of media nobody can decode, or the failure where that is not the cause."""
    lines = failure.detail.get("stderr")
    said = [str(line) for line in lines] if isinstance(lines, list) else []
    if any(sign in line for line in said for sign in OUR_GRAPH):
        return failure
    if not any(sign in line for line in said for sign in UNDECODABLE):
        return failure
    damaged = any(DAMAGED in line for line in said)
    why = "most of its media is damaged" if damaged else "not a moment of it"
    return InvalidSource(f"{name!r} cannot be decoded: {why}; upload it again", **failure.detail)


def _check_clocks(context: StepContext[AnalyzeParams], media: MediaInfo) -> None:
    """Refuse streams whose clock jumps: what lies behind such a place was not looked at."""
    pictures = [media.picture.index] if media.picture is not None else []
    indexes = (*pictures, *(stream.index for stream in media.audio))
    if jumping := [index for index in indexes if jumps(context.scratch, index)]:
        raise _jumping(context.spec.source, media, jumping)


def _jumping(name: str, media: MediaInfo, streams: Sequence[int]) -> InvalidSource:
    remedy = "export it again"
    if seeks_blindly(media):  # FFmpeg mends the clocks of these formats when it copies them
        remedy = "give it one clock first, as with `ffmpeg -i FILE -c copy FILE.mkv`"
    return InvalidSource(
        f"{name!r} has timestamps that jump (stream {', '.join(map(str, streams))}), as where it is"
        f" damaged or recordings were joined: {remedy}"
    )


def _check(context: StepContext[AnalyzeParams], media: MediaInfo, analysis: Analysis) -> None:
    name, timeline = context.spec.source, analysis.timeline
    if timeline is not None and timeline.frames <= 1 and not media.audio:
        raise still_picture(name, "a single frame")
    if timeline is not None and seeks_blindly(media) and timestamps_jump(context.scratch, timeline):
        assert media.picture is not None
        raise _jumping(name, media, [media.picture.index])
    if not analysis.duration_s:
        raise InvalidSource(f"{name!r} cannot be decoded: not a moment of it; upload it again")
    if analysis.missing_s and not context.params.allow_partial:
        raise InvalidSource(
            f"{name!r} is cut short or damaged: {float(analysis.duration_s):.1f} s of it can be"
            f" read, {analysis.missing_s:.1f} s are missing; upload the whole file again"
            " (--allow-partial publishes what survived)",
            survived_s=float(analysis.duration_s),
            missing_s=analysis.missing_s,
        )


def _evidence(finished: Finished, complaints: list[str]) -> dict[str, object]:
    """Return what does not change the title: cost, and where decoders had to conceal damage."""
    return {
        "cpu_s": finished.cpu_s,
        "peak_rss_bytes": finished.peak_rss_bytes,
        "decode_errors": len(complaints),
        "first_decode_errors": complaints[:QUOTED_COMPLAINTS],
    }


KIND = StepKind(
    "analyze", AnalyzeParams, run, commands, revision=8, tools=(Tool.FFMPEG, Tool.FFPROBE)
)
