"""A stretch of a title as two short files for a browser: the source as encoded, and the encode.

Frame n of the one is frame n of the other, in the same size, so that pixel meets pixel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, Command, Limits, Tool
from farm.ladder import CodecName, Rung, Timeline, Treatment
from ladders.gop import frames_at
from media.graphs.beside import half_rate
from media.graphs.colour import delivered_colour
from media.graphs.conversion import coloured, tagged
from media.graphs.encode import timescale
from media.graphs.frames import seek_to
from media.graphs.look import SDR_8
from media.graphs.picture import BURN_IN_NAME, DOWNSCALER, compiled, head, source_video

# HEVC plays where the machine has a decoder for it, which most that reviewers use have not.
DECODED_EVERYWHERE: frozenset[CodecName] = frozenset({"h264", "av1"})
MOST_BPS = 120_000_000  # a stretch of noise would take a gigabit without
# Nothing to be seen is lost: a difference beside the rendition's is the rendition's.
NEARLY_LOSSLESS: Mapping[str, object] = MappingProxyType(
    {
        "c:v": "libx264",
        "preset": "veryfast",
        "crf": 10,
        "maxrate": MOST_BPS,
        "bufsize": MOST_BPS,
        "profile:v": "high",
        "pix_fmt": SDR_8.pixel_format,
        "g": 12,  # a step back decodes no more than these
        "bf": 0,  # frames come in the order in which they are shown
        "a53cc": 0,
    }
)


def source_clip(
    rung: Rung,
    treatment: Treatment,
    timeline: Timeline,
    first_frame: int,
    frames: int,
    *,
    to: str,
    burn_in: bool = False,
    limits: Limits | None = None,
) -> Command:
    """Return the command that writes what a rung's frames were encoded from, in its size.

    SDR of 8 bits, whatever the rung is. `first_frame` and `frames` count on the rung's timeline.
    """
    step = (timeline.fps / rung.fps).numerator  # rates divide each other, or nothing was encoded
    start_frame = first_frame * step
    pictures = head(
        source_video(treatment),
        treatment,
        burn_in=BURN_IN_NAME if burn_in else None,
        start_frame=start_frame,
    )
    if step != 1:
        pictures = half_rate(pictures, rung.fps, step, treatment)
    pictures = pictures.filter("scale", rung.width, rung.height, flags=DOWNSCALER)
    output = _written(pictures, timeline, frames, to)
    args = compiled(output, treatment, start_frame=start_frame)
    return _command(args, f"source of {_words(rung, first_frame)}", limits)


def encode_clip(
    rung: Rung,
    treatment: Treatment,
    timeline: Timeline,
    first_frame: int,
    frames: int,
    *,
    rendition_name: str,
    to: str,
    limits: Limits | None = None,
) -> Command:
    """Return the command that writes a stretch of a rendition, from `encode_starts` on.

    Where it is `delivered`, its own packets, in whole GOPs; else its pictures, in SDR of 8 bits.
    """
    label = f"clip of {_words(rung, first_frame)}"
    if not is_delivered(rung):
        opened = ffmpeg.input(
            f"file:{rendition_name}", protocol_whitelist="file", **seek_to(first_frame, rung.fps)
        )
        pictures = opened["v:0"]
        if rung.dynamic_range != "sdr":
            kept = replace(treatment, colour=delivered_colour(treatment, hdr=True))
            pictures = tagged(coloured(pictures, kept, SDR_8), kept, SDR_8)
        return _command(
            tuple(ffmpeg.get_args(_written(pictures, timeline, frames, to))), label, limits
        )
    start = encode_starts(rung, first_frame)
    there = frames_at(timeline.frames, timeline.fps, rung.fps)
    gops = math.ceil(Fraction(first_frame + frames - start, rung.gop_frames))
    args = (
        *("-protocol_whitelist", "file", *_seek_to_key(start, rung.fps)),
        *("-i", f"file:{rendition_name}", "-map", "0:v:0", "-c", "copy"),
        # What lies before the time sought belongs to the key frame there, which the time is past.
        *("-copypriorss", "1", "-bsf:v", "setts=pts=PTS-STARTPTS:dts=DTS-STARTPTS"),
        *("-frames:v", str(min(gops * rung.gop_frames, there - start))),
        *("-video_track_timescale", str(timescale(timeline.fps))),
        *("-map_metadata", "-1", "-fflags", "+bitexact", "-movflags", "+faststart", f"file:{to}"),
    )
    return _command(args, label, limits)


def is_delivered(rung: Rung) -> bool:
    """Return whether `encode_clip` writes the very bits of a rung that were delivered."""
    return rung.codec in DECODED_EVERYWHERE and rung.dynamic_range == "sdr"


def encode_starts(rung: Rung, first_frame: int) -> int:
    """Return the frame that `encode_clip` begins with: of whole GOPs the IDR at `first_frame`
    or before it.
    """
    if not is_delivered(rung):
        return first_frame
    return first_frame - first_frame % rung.gop_frames  # every rendition has one there (stitch)


def _seek_to_key(frame: int, fps: Fraction) -> tuple[str, ...]:
    """Return the options that read from a key frame on: a little late, so as not to land before."""
    at_us = math.ceil((frame + Fraction(1, 4)) / fps * 1_000_000)
    return ("-ss", f"{at_us // 1_000_000}.{at_us % 1_000_000:06}")


def _written(pictures: Any, timeline: Timeline, frames: int, to: str) -> Any:
    return ffmpeg.output(
        pictures.filter("setsar", 1),
        f"file:{to}",
        **NEARLY_LOSSLESS,
        **{"frames:v": frames, "fps_mode": "passthrough"},
        **{"video_track_timescale": timescale(timeline.fps), "map_metadata": -1},
        **{"fflags": "+bitexact", "flags:v": "+bitexact", "movflags": "+faststart"},
    )


def _words(rung: Rung, first_frame: int) -> str:
    return f"{rung.name} from frame {first_frame} on"


def _command(args: tuple[str, ...], label: str, limits: Limits | None) -> Command:
    return Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), label, limits or Limits())
