"""Stitching: a rendition's chunks in one file, proven to be whole and on its timeline."""

from __future__ import annotations

from farm.command import Command, Tool
from farm.errors import ToolFailed
from farm.facts import EncodedVideo
from farm.ladder import Rung, Timeline
from ladders.gop import frames_at
from media.graphs.stitch import (
    JOINED_NAME,
    LIST_NAME,
    PACKETS_NAME,
    concat_list,
    frame_ticks,
    join_chunks,
    list_packets,
    part_name,
    read_packets,
    timeline_faults,
)
from planning.params import StitchParams
from workers.steps.contract import StepContext, StepKind, StepResult, whole
from workers.steps.facts import Facts

BROUGHT = 0.5  # of the step: chunks are copied, then read once or twice


def commands(facts: Facts, params: StitchParams) -> tuple[Command, ...]:
    """Return the joining, where there is more than one chunk, and the check."""
    rung = params.rung
    check = list_packets(JOINED_NAME, f"check {rung.name}", facts.limits)
    if len(params.chunks) == 1:
        return (check,)
    return (join_chunks(rung, params.timeline, facts.limits), check)


def run(context: StepContext[StitchParams]) -> StepResult:
    """Join the chunks and check the result frame by frame; a single chunk is only checked."""
    rung, timeline, chunks = context.params.rung, context.params.timeline, context.params.chunks
    references = {chunk.index: f"encode:{rung.codec}:{chunk.index}#{rung.name}" for chunk in chunks}
    encoded = [context.facts(reference, EncodedVideo) for reference in references.values()]
    with context.progress.up_to(BROUGHT):
        context.bring_each(
            {
                part_name(index) if len(chunks) > 1 else JOINED_NAME: (reference, "video.mp4")
                for index, reference in references.items()
            }
        )
    if len(chunks) > 1:
        (context.scratch / LIST_NAME).write_text(concat_list(len(chunks)), "ascii")
    for command in context.progress.expect(commands(context.beforehand, context.params)):
        context.run(command)
    frames = frames_at(timeline.frames, timeline.fps, rung.fps)
    _check(context, rung, timeline, frames)
    facts = EncodedVideo(
        rung=rung.name,
        codec=rung.codec,
        width=rung.width,
        height=rung.height,
        fps=rung.fps,
        frames=frames,
        device=" + ".join(sorted({part.device for part in encoded})),
    )
    return whole(facts, {"video.mp4": context.scratch / JOINED_NAME}, {"chunks": len(chunks)})


def _check(context: StepContext[StitchParams], rung: Rung, timeline: Timeline, frames: int) -> None:
    with (context.scratch / PACKETS_NAME).open(encoding="ascii") as lines:
        packets = read_packets(lines)
    faults = timeline_faults(packets, frames, frame_ticks(rung, timeline), rung.gop_frames)
    if faults:
        raise ToolFailed(
            f"stitch {rung.name}: the encoder left the timeline: {'; '.join(faults)}",
            rung=rung.name,
            expected_frames=frames,
            found_frames=len(packets.pts),
            faults=faults,
        )


KIND = StepKind("stitch", StitchParams, run, commands, tools=(Tool.FFMPEG, Tool.FFPROBE))
