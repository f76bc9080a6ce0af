"""Stitching: a rendition's chunks in one file, proven to be whole and on its timeline."""

from __future__ import annotations

from farm.command import Limits, Tool
from farm.errors import ToolFailed
from farm.facts import EncodedVideo
from farm.ladder import Chunk, Rung, Timeline
from farm.serial import from_json
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
from workers.steps.contract import StepContext, StepKind, StepResult, whole


def run(context: StepContext) -> StepResult:
    """Join the chunks and check the result frame by frame; a single chunk is only checked."""
    rung = from_json(Rung, context.params["rung"])
    timeline = from_json(Timeline, context.params["timeline"])
    chunks = [from_json(Chunk, chunk) for chunk in context.params["chunks"]]
    limits = Limits(wall_s=context.settings.wall_s, stall_s=context.settings.stall_s)
    references = {chunk.index: f"encode:{rung.codec}:{chunk.index}#{rung.name}" for chunk in chunks}
    encoded = [context.facts(reference, EncodedVideo) for reference in references.values()]
    context.bring_each(
        {
            part_name(index) if len(chunks) > 1 else JOINED_NAME: (reference, "video.mp4")
            for index, reference in references.items()
        }
    )
    if len(chunks) > 1:
        (context.scratch / LIST_NAME).write_text(concat_list(len(chunks)), "ascii")
        context.run(join_chunks(rung, timeline, limits))
    frames = frames_at(timeline.frames, timeline.fps, rung.fps)
    _check(context, rung, timeline, frames, limits)
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


def _check(
    context: StepContext, rung: Rung, timeline: Timeline, frames: int, limits: Limits
) -> None:
    context.run(list_packets(JOINED_NAME, f"check {rung.name}", limits))
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


KIND = StepKind("stitch", run, tools=(Tool.FFMPEG, Tool.FFPROBE))
