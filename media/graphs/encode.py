"""The encode graph: one decode of a chunk, all its rungs at once, and the cut of its tail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool
from farm.ladder import Chunk, CodecName, Rung, Timeline, Treatment
from ladders.gop import frames_at
from media.graphs.beside import half_rate
from media.graphs.codecs import CODECS, Codec
from media.graphs.devices import Device, encoder_options
from media.graphs.look import look_of
from media.graphs.picture import BURN_IN_NAME, compiled, copies, heads, source_video

MIN_TIMESCALE = 10_000  # what Apple's and Google's packagers expect of video at least


def encode_chunk(
    treatment: Treatment,
    timeline: Timeline,
    chunk: Chunk,
    rungs: Sequence[Rung],
    device: Device,
    *,
    codecs: Mapping[CodecName, Codec] = CODECS,
    burn_in: bool = False,
    threads: int | None = None,
    limits: Limits | None = None,
) -> Command:
    """Return the command that encodes a chunk and its tail into `encoded_name` of every rung.

    The `rungs` are in any of `codecs`, all encoded on `device` from one decode.
    `threads` is for the decoder, the graph and each encoder; None leaves it to them, who take all
    there is. Raises ValueError for a rung whose rate does not divide the timeline's.
    """
    branches = rung_pictures(source_video(treatment), treatment, chunk, rungs, burn_in=burn_in)
    outputs = [
        processor_output(
            branches[rung.name],
            rung,
            treatment,
            timeline,
            chunk,
            codecs[rung.codec],
            device,
            threads,
        )
        for rung in rungs
    ]
    merged = ffmpeg.merge_outputs(*outputs)
    decoding = (*device.decoder_options, *(("-threads", str(threads)) if threads else ()))
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            # libass only warns of letters that no font has; the step reads that.
            *(("-loglevel", "level+warning") if burn_in else ()),
            *PROGRESS_ARGS,
            *(("-filter_complex_threads", str(threads)) if threads else ()),
            *compiled(merged, treatment, *decoding, start_frame=chunk.start_frame),
        ),
        label=f"encode {in_codecs(rungs)} chunk {chunk.index}",
        limits=limits or Limits(),
        reports_progress=True,
        duration_s=Fraction(chunk.frames + chunk.tail_frames) / timeline.fps,
    )


def cut_tail(timeline: Timeline, chunk: Chunk, rung: Rung, limits: Limits | None = None) -> Command:
    """Return the command that cuts an encoded chunk at the IDR where its tail begins.

    The GOP before it is closed, so that its packets are the chunk's frames and no others.
    """
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *("-i", f"file:{encoded_name(rung, chunk)}"),
            *("-map", "0:v:0", "-c", "copy"),
            *("-frames:v", str(frames_at(chunk.frames, timeline.fps, rung.fps))),
            *("-video_track_timescale", str(timescale(timeline.fps))),
            *("-map_metadata", "-1", "-fflags", "+bitexact"),
            f"file:{chunk_name(rung)}",
        ),
        label=f"cut {rung.name} chunk {chunk.index}",
        limits=limits or Limits(),
    )


def encoded_name(rung: Rung, chunk: Chunk) -> str:
    """Return the name of what `encode_chunk` writes: the chunk itself where it has no tail."""
    return f"{rung.name}.tail.mp4" if chunk.tail_frames else chunk_name(rung)


def chunk_name(rung: Rung) -> str:
    """Return the name of a rung's finished chunk in the scratch directory."""
    return f"{rung.name}.mp4"


def timescale(fps: Fraction) -> int:
    """Return ticks per second that make every frame, full or half rate, a whole number long.

    All rungs share it, so that segment times are equal as written, not only as meant.
    """
    ticks = fps.numerator
    while ticks < MIN_TIMESCALE:
        ticks *= 10
    return ticks


def in_codecs(rungs: Sequence[Rung]) -> str:
    """Return the codecs of rungs as people read them: "h264", "h264, hevc and av1"."""
    *others, last = dict.fromkeys(rung.codec for rung in rungs)
    return f"{', '.join(others)} and {last}" if others else last


def rung_pictures(
    source: Any, treatment: Treatment, chunk: Chunk, rungs: Sequence[Rung], *, burn_in: bool
) -> dict[str, Any]:
    """Return for each rung, by its name, the chunk's pictures before they are scaled to it."""
    looks = list(dict.fromkeys(look_of(rung) for rung in rungs))
    pictures = heads(
        source,
        treatment,
        looks,
        burn_in=BURN_IN_NAME if burn_in else None,
        start_frame=chunk.start_frame,
    )
    return {
        rung.name: branch
        for look, picture in zip(looks, pictures, strict=True)
        for rung, branch in _shared(picture, [rung for rung in rungs if look_of(rung) == look])
    }


def _shared(picture: Any, rungs: Sequence[Rung]) -> Iterator[tuple[Rung, Any]]:
    """Yield each rung with a picture of its own to scale."""
    yield from zip(rungs, copies(picture, len(rungs)), strict=True)


def processor_output(
    branch: Any,
    rung: Rung,
    treatment: Treatment,
    timeline: Timeline,
    chunk: Chunk,
    codec: Codec,
    device: Device,
    threads: int | None,
) -> Any:
    kept = frames_at(chunk.frames, timeline.fps, rung.fps)
    frames = frames_at(chunk.frames + chunk.tail_frames, timeline.fps, rung.fps)
    step = timeline.fps / rung.fps
    if step != 1:
        branch = half_rate(branch, rung.fps, step.numerator, treatment)
    # A rung of the picture's own size passes through without being touched.
    branch = branch.filter(device.scaler, rung.width, rung.height, **device.scaler_options)
    return ffmpeg.output(
        branch.filter("setsar", 1),
        f"file:{encoded_name(rung, chunk)}",
        **encoder_options(
            codec,
            device,
            rung,
            range(kept, frames),
            captions=treatment.captions,
            threads=threads,
            mastering=treatment.mastering,
            light=treatment.light,
        ),
        **({"threads:v": threads} if threads else {}),
        **{
            "frames:v": frames,
            "fps_mode": "passthrough",  # the graph made the rate; nothing is left to double
            "video_track_timescale": timescale(timeline.fps),
            "map_metadata": -1,
            "map_chapters": -1,
            # The same frames make the same bytes: no version, no creation time.
            "fflags": "+bitexact",
            "flags:v": "+bitexact",
        },
    )
