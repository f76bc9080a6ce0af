"""Stitching: a rendition's chunks in one file, proven to be whole and on its timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from farm.command import Command, Tool
from farm.errors import MixedEncoders, ToolFailed
from farm.facts import EncodedVideo
from farm.ladder import Rung, Timeline
from farm.plan import WHOLE, step_of
from farm.serial import to_json
from ladders.gop import frames_at
from ladders.patches import lay_out
from media.graphs.patched import joint_of
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
from media.isobmff.sample_entry import read_configured
from planning.params import StitchParams
from workers.steps.contract import StepContext, StepKind
from workers.steps.facts import Facts
from workers.steps.one_encoder import made_again, odd_by_device, odd_by_parameters
from workers.steps.result import StepResult, whole
from workers.steps.sampled import encoded_anew, look, sampling

BROUGHT = 0.5  # of the step: chunks are copied, then read once or twice


def commands(facts: Facts, params: StitchParams) -> tuple[Command, ...]:
    """Return the joining, where there is more than one chunk, the check, and a look at the result.

    Nobody looks at a rendition of which anything was encoded once more.
    """
    return (*_joining(facts, params), *sampling(facts, params))


def run(context: StepContext[StitchParams]) -> StepResult:
    """Join the chunks and check the result frame by frame; a single chunk is only checked.

    Where chunks do not fit together, or the result is not what was foretold, they are made again.
    """
    params, facts = context.params, context.beforehand
    rung, timeline = params.rung, params.timeline
    joint = joint_of(rung, timeline, params.encodes, facts.limits)
    references = {
        index: each
        for index, each in chunk_references(context.inputs).items()
        if index in joint.encodes
    }
    others = [each for each in context.inputs if each not in references.values()]
    encoded = {index: context.facts(each, EncodedVideo) for index, each in references.items()}
    missed = next((video.missed for video in encoded.values() if video.missed), None)
    may_be_on_cpu = context.spec.device != "require"
    if may_be_on_cpu and (odd := odd_by_device(encoded)):
        return made_again(params, references, odd, others, missed)
    with context.progress.up_to(BROUGHT):
        context.bring_each(
            {
                part_name(index) if joint.several else JOINED_NAME: (reference, "video.mp4")
                for index, reference in references.items()
            }
        )
    if may_be_on_cpu and (odd := odd_by_parameters(context, encoded)):
        return made_again(params, references, odd, others, missed)
    if joint.several:
        _check_alike(context, rung, {index: video.device for index, video in encoded.items()})
        (context.scratch / LIST_NAME).write_text(concat_list(joint.names), "ascii")
    is_made_again = missed is not None or bool(params.repairs)
    joining, looks = _joining(facts, params), () if is_made_again else sampling(facts, params)
    planned = context.progress.expect((*joining, *looks))
    for command in planned[: len(joining)]:
        context.run(command)
    frames = frames_at(timeline.frames, timeline.fps, rung.fps)
    _check(context, rung, timeline, frames)
    if not is_made_again:
        missed = look(context, planned[len(joining) :])
        if missed is not None and missed.corrected_crf != missed.crf:
            return encoded_anew(params, missed, encoded.values(), others)
    made = EncodedVideo(
        rung=rung.name,
        codec=rung.codec,
        width=rung.width,
        height=rung.height,
        fps=rung.fps,
        frames=frames,
        device=_joined(video.device for video in encoded.values()),
        driver=_joined(video.driver for video in encoded.values()),
        bit_depth=rung.bit_depth,
        dynamic_range=rung.dynamic_range,
        missed=missed,
        seams=_seams(params),
        repairs=params.repairs,
    )
    made_on = [f"{video.device} {video.driver}".strip() for video in encoded.values()]
    evidence = {"chunks": len(params.chunks), "devices": made_on}
    return whole(made, {"video.mp4": context.scratch / JOINED_NAME}, evidence)


def parts(params: StitchParams) -> dict[str, Any]:
    """Return the key material: what chunks would be made of again changes none of them."""
    material = to_json(params)
    del material["treatment"], material["text_inputs"], material["shots"], material["share"]
    for later in ("foretold", "repairs"):  # as before there was any
        if not material[later]:
            del material[later]
    return {WHOLE: material}


def _seams(params: StitchParams) -> tuple[int, ...]:
    """Return the frames of the rendition at which another encode goes on."""
    timeline, fps = params.timeline, params.rung.fps
    pieces = lay_out(params.encodes)[1:]
    return tuple(frames_at(piece.start_frame, timeline.fps, fps) for piece in pieces)


def _joining(facts: Facts, params: StitchParams) -> tuple[Command, ...]:
    rung = params.rung
    check = list_packets(JOINED_NAME, f"check {rung.name}", facts.limits)
    joint = joint_of(rung, params.timeline, params.encodes, facts.limits)
    if not joint.several:
        return (check,)
    return (*joint.cuts, join_chunks(rung, params.timeline, facts.limits), check)


def _joined(names: Iterable[str]) -> str:
    return " + ".join(sorted({name for name in names if name}))


def chunk_references(inputs: Iterable[str]) -> dict[int, str]:
    """Return the inputs by the chunk they are of, in its order.

    Keys end with the number: "encode:3#...", of older jobs "encode:h264:3#...".
    """
    chunks = (each for each in inputs if each.startswith("encode:"))
    by_chunk = {int(step_of(each).rpartition(":")[2]): each for each in chunks}
    return dict(sorted(by_chunk.items()))


def _check_alike(
    context: StepContext[StitchParams], rung: Rung, devices: Mapping[int, str]
) -> None:
    """Raise MixedEncoders where chunks cannot be decoded by the first one's parameter sets.

    One sample entry serves a rendition; what another encoder wrote would decode to garbage.
    """
    configurations = {
        index: read_configured(context.scratch / part_name(index)).configuration
        for index in devices
    }
    first = next(iter(configurations.values()))
    others = [index for index, found in configurations.items() if found != first]
    if others:
        named = ", ".join(f"{index + 1} ({devices[index]})" for index in others)
        same = [index for index in configurations if index not in others]
        raise MixedEncoders(
            f"{rung.name}: chunks {named} have other parameter sets than"
            f" {', '.join(f'{index + 1} ({devices[index]})' for index in same)}: they cannot be"
            " joined, make the rendition anew on one kind of encoder",
            rung=rung.name,
            chunks=others,
            devices={str(index): device for index, device in devices.items()},
        )


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


KIND = StepKind(
    "stitch", StitchParams, run, commands, tools=(Tool.FFMPEG, Tool.FFPROBE), parts=parts
)
