"""The encode graphs with a device in them: what is done on it, and what beside it.

Pictures are decoded on the device where it can, or on the processor. Filters that exist on the
processor alone (burnt-in text, tone mapping, film from fields, bars) come between, and pictures go
down to them and up again. Rungs are scaled and encoded on the device; those that it does not make
are scaled and encoded on the processor, from the same decode.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool
from farm.ladder import Chunk, Rung, Timeline, Treatment
from ladders.gop import frames_at
from media.graphs.beside import half_rate
from media.graphs.codecs import CODECS
from media.graphs.conversion import tagged
from media.graphs.devices import CPU
from media.graphs.encode import encoded_name, processor_output, rung_pictures, timescale
from media.graphs.hardware import HARDWARE, SURFACES, Hardware, hardware_options
from media.graphs.look import SDR_8
from media.graphs.on_device import OnDevice, filters_on_device
from media.graphs.picture import compiled, copies, decoded_at, source_video


def encode_chunk_on(
    on: OnDevice,
    treatment: Treatment,
    timeline: Timeline,
    chunk: Chunk,
    rungs: Sequence[Rung],
    *,
    burn_in: bool = False,
    threads: int | None = None,
    limits: Limits | None = None,
) -> Command:
    """Return the command that encodes a chunk as `encode_chunk` does, some of it on a device.

    Raises ValueError where none of the rungs is made there, and none decoded.
    """
    hardware = HARDWARE[on.kind]
    there = [rung for rung in rungs if rung.name in on.rungs]
    here = [rung for rung in rungs if rung.name not in on.rungs]
    if not (there or on.decodes):
        raise ValueError(f"nothing of chunk {chunk.index} is done on {on.kind}:{on.address}")
    made, pictures = _pictures(on, hardware, treatment, chunk, there, here, burn_in)
    outputs = {
        **{
            rung.name: _output(made[rung.name], rung, on, hardware, treatment, timeline, chunk)
            for rung in there
        },
        **{
            rung.name: processor_output(
                *(pictures[rung.name], rung, treatment, timeline, chunk),
                *(CODECS[rung.codec], CPU, threads),
            )
            for rung in here
        },
    }
    merged = ffmpeg.merge_outputs(*(outputs[rung.name] for rung in rungs))
    opened = (*hardware.opened, *(hardware.decoding if on.decodes else ()))
    decoding = (
        *(option.format(address=on.address) for option in opened),
        *(("-threads", str(threads)) if threads and not on.decodes else ()),
    )
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *(("-loglevel", "level+warning") if burn_in else ()),
            *PROGRESS_ARGS,
            *(("-filter_complex_threads", str(threads)) if threads else ()),
            *compiled(merged, treatment, *decoding, start_frame=chunk.start_frame),
        ),
        label=f"encode chunk {chunk.index} on {on.kind}:{on.address}",
        limits=limits or Limits(),
        reports_progress=True,
        duration_s=Fraction(chunk.frames + chunk.tail_frames) / timeline.fps,
    )


def _pictures(
    on: OnDevice,
    hardware: Hardware,
    treatment: Treatment,
    chunk: Chunk,
    there: Sequence[Rung],
    here: Sequence[Rung],
    burn_in: bool,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the pictures of rungs by name: of those on the device, and of the processor's.

    The latter come the same way wherever they were decoded, so that these rungs are the same
    whether a device is there or not.
    """
    source = source_video(treatment)
    if on.decodes and filters_on_device(treatment, hardware, burn_in):
        kept, taken = copies(source, 2) if there and here else (source, source)
        made = _shared(_timed(kept, hardware, treatment, chunk), there)
        beside = _filtered(_downloaded(taken, on), treatment, chunk, here, burn_in)
        return made, beside
    source = _downloaded(source, on) if on.decodes else source
    pictures = _filtered(source, treatment, chunk, (*there, *here), burn_in)
    return (
        {rung.name: _uploaded(pictures[rung.name], hardware, rung) for rung in there},
        {rung.name: pictures[rung.name] for rung in here},
    )


def _filtered(
    source: Any, treatment: Treatment, chunk: Chunk, rungs: Sequence[Rung], burn_in: bool
) -> dict[str, Any]:
    if not rungs:
        return {}
    return rung_pictures(source, treatment, chunk, rungs, burn_in=burn_in)


def _shared(pictures: Any, rungs: Sequence[Rung]) -> dict[str, Any]:
    names = [rung.name for rung in rungs]
    return dict(zip(names, copies(pictures, len(names)), strict=True)) if names else {}


def _timed(source: Any, hardware: Hardware, treatment: Treatment, chunk: Chunk) -> Any:
    """Return decoded pictures on the timeline, tagged, still on the device."""
    if treatment.deinterlace:
        assert hardware.deinterlacer is not None
        mode = "send_field" if treatment.every_field else "send_frame"
        source = source.filter(
            hardware.deinterlacer, mode=mode, parity=treatment.parity, deint="all"
        )
    pictures = decoded_at(source, treatment, chunk.start_frame)
    if chunk.start_frame:
        pictures = pictures.filter("setpts", "N")
    return tagged(pictures, treatment, SDR_8)  # in 10 bits they mean the same


def _downloaded(pictures: Any, on: OnDevice) -> Any:
    """Return pictures that were on the device as the processor's filters know them."""
    # hwdownload makes no other form than that in which they are there, and has to be told it.
    return pictures.filter("hwdownload").filter("format", on.decoded)


def _uploaded(pictures: Any, hardware: Hardware, rung: Rung) -> Any:
    """Return pictures of the processor's on the device."""
    pictures = pictures.filter("format", SURFACES[rung.bit_depth])
    for name in hardware.upload:
        pictures = pictures.filter(name)
    return pictures


def _output(
    branch: Any,
    rung: Rung,
    on: OnDevice,
    hardware: Hardware,
    treatment: Treatment,
    timeline: Timeline,
    chunk: Chunk,
) -> Any:
    frames = frames_at(chunk.frames + chunk.tail_frames, timeline.fps, rung.fps)
    step = timeline.fps / rung.fps
    if step != 1:
        branch = half_rate(branch, rung.fps, step.numerator, treatment)
    branch = branch.filter(
        hardware.scaler,
        rung.width,
        rung.height,
        **{"format": SURFACES[rung.bit_depth], **hardware.scaler_options},
    )
    tag = CODECS[rung.codec].tag
    options = hardware_options(
        hardware.encoders[rung.codec],
        rung,
        captions=treatment.captions,
        constant_qp=on.constant_qp,
    )
    return ffmpeg.output(
        branch.filter("setsar", 1),
        f"file:{encoded_name(rung, chunk)}",
        **options,
        **({"tag:v": tag} if tag else {}),
        **{
            "frames:v": frames,
            "fps_mode": "passthrough",
            "video_track_timescale": timescale(timeline.fps),
            "map_metadata": -1,
            "map_chapters": -1,
            "fflags": "+bitexact",
            "flags:v": f"+bitexact{hardware.output_flags}",
        },
    )
