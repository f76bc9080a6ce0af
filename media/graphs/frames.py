"""One moment as two pictures: the source's frame and the rendition's, for a reviewer's eyes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, Command, Limits, Tool
from farm.ladder import Rung, Treatment
from media.graphs.colour import delivered_colour
from media.graphs.conversion import coloured
from media.graphs.look import SDR_8, look_of
from media.graphs.picture import BURN_IN_NAME, SCALER, compiled, head, source_video

QUALITY = 3  # of 2 to 31: no artefact of its own that could be taken for the encode's
SMALL_PX = 480  # the longer side of a picture inside a page, which is twice what it takes there
# From best to worst: a page has room for so many bytes, and pictures differ twentyfold in how many
# they need. The last one is for noise, of which a small picture tells little anyway.
SMALL_QUALITIES = (4, 8, 16, 31)


def extract_moment(
    rung: Rung,
    treatment: Treatment,
    frame: int,
    *,
    rendition_name: str,
    size: tuple[int, int],
    to: tuple[str, str],
    burn_in: bool = False,
    limits: Limits | None = None,
) -> Command:
    """Return the command that writes frame `frame` of a rendition and the source's beside it.

    Two JPEGs of `size`, named by `to`: source first. `frame` counts on the rendition's timeline.
    """
    step = treatment.fps / rung.fps
    start_frame = frame * step.numerator  # rates divide each other, or nothing was encoded
    source = head(
        source_video(treatment),
        treatment,
        burn_in=BURN_IN_NAME if burn_in else None,
        start_frame=start_frame,
    )
    opened = ffmpeg.input(
        f"file:{rendition_name}", protocol_whitelist="file", **seek_to(frame, rung.fps)
    )
    rendition = opened["v:0"]
    if look_of(rung).is_hdr:
        # As the source beside it: a JPEG of PQ would look washed out, and like nothing seen.
        kept = replace(treatment, colour=delivered_colour(treatment, hdr=True))
        rendition = coloured(rendition, kept, SDR_8)
    outputs = [
        _picture(stream, size, name) for stream, name in zip((source, rendition), to, strict=True)
    ]
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *compiled(ffmpeg.merge_outputs(*outputs), treatment, start_frame=start_frame),
        ),
        label=f"picture of frame {frame} of {rung.name}",
        limits=limits or Limits(),
    )


def shrink_pictures(to: Mapping[str, Sequence[str]], limits: Limits | None = None) -> Command:
    """Return the command that writes pictures small, each once in every one of SMALL_QUALITIES.

    `to` names the JPEGs of each picture in that order. None is larger than its picture.
    """
    side = f"w='min({SMALL_PX},iw)':h='min({SMALL_PX},ih)'"
    scale = f"scale={side}:force_original_aspect_ratio=decrease:flags={SCALER}"
    inputs, graph, outputs = [], [], []
    for number, (name, paths) in enumerate(to.items()):
        labels = [f"[p{number}q{quality}]" for quality in SMALL_QUALITIES]
        inputs += ["-f", "jpeg_pipe", "-i", f"file:{name}"]
        graph.append(f"[{number}:v]{scale},split={len(labels)}{''.join(labels)}")
        for label, quality, path in zip(labels, SMALL_QUALITIES, paths, strict=True):
            outputs += ["-map", label, "-frames:v", "1", "-c:v", "mjpeg", "-q:v", str(quality)]
            outputs += ["-huffman", "optimal", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
            outputs += ["-f", "image2", "-update", "1", f"file:{path}"]
    return Command(
        tool=Tool.FFMPEG,
        args=(*FFMPEG_PREAMBLE, *inputs, "-filter_complex", ";".join(graph), *outputs),
        label=f"small {' and '.join(to)}",
        limits=limits or Limits(),
    )


def seek_to(frame: int, fps: Fraction) -> dict[str, str]:
    """Return options that make `frame` the first one: half a frame early, against rounding."""
    if frame == 0:
        return {}
    at_us = math.floor((frame - Fraction(1, 2)) / fps * 1_000_000)
    return {"ss": f"{at_us // 1_000_000}.{at_us % 1_000_000:06}"}


def _picture(stream: Any, size: tuple[int, int], name: str) -> Any:
    # JPEG is full-range BT.601 by definition (JFIF 1.02); readers of it look at no tags.
    scaled = stream.filter(
        "scale", *size, flags=SCALER, out_range="pc", out_color_matrix="smpte170m"
    )
    return ffmpeg.output(
        scaled.filter("format", "yuv420p|yuvj420p"),
        f"file:{name}",
        **{"frames:v": 1, "q:v": QUALITY, "f": "image2", "update": 1, "map_metadata": -1},
        **{"c:v": "mjpeg", "fflags": "+bitexact", "flags:v": "+bitexact"},
    )
