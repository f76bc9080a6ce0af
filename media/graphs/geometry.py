"""Single pictures of the source as it is stored and of a rendition, for comparing their shapes.

The source's is decoded and nothing more: none of the filters that make renditions, and that scores
are measured through, has a hand in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, Command, Limits, Tool
from farm.ladder import Rung, ShownShape, Timeline, Treatment
from media.graphs.frames import seek_to
from media.graphs.picture import compiled, copies, decoded_at, source_video
from media.graphs.tints import source_tint, tells_tint, tint

SOURCE_SIDE = 48  # samples a side: all of the picture, stretched to a square
RENDITION_SIDE = 192
MOST_PARTS = 5
MIN_FRAMES = 8  # of a part; where one begins is known to a frame
PLACES = (Fraction(3, 8), Fraction(5, 8))  # of a part: one of two may be black, or a cut


@dataclass(frozen=True, slots=True)
class Glance:
    """A frame of a rendition, the shape its picture is to be shown in, and the files of both.

    The files are 8-bit luma, SOURCE_SIDE and RENDITION_SIDE squared; "tints" are those of `tints`,
    where the rung is meant to have the source's colours.
    """

    frame: int
    shape: ShownShape
    source_name: str
    rendition_name: str
    source_tint_name: str
    rendition_tint_name: str


def glances(treatment: Treatment, timeline: Timeline, rung: Rung) -> tuple[Glance, ...]:
    """Return glances at two places of each of the longest parts of one shape, in their order."""
    last = (treatment.picture_frames or timeline.frames) - 1
    shapes = treatment.shapes or (_only(treatment),)
    starts = [max(0, int(shape.start_s * treatment.fps)) for shape in shapes]
    ends = [min(last, start) for start in (*starts[1:], last)]
    parts = [
        (end - start, start, shape)
        for start, end, shape in zip(starts, ends, shapes, strict=True)
        if end - start >= MIN_FRAMES or len(shapes) == 1
    ]
    longest = sorted(parts, key=lambda part: -part[0])[:MOST_PARTS]
    step = treatment.fps / rung.fps
    found: dict[int, ShownShape] = {
        int((start + int(frames * place)) // step): shape
        for frames, start, shape in longest
        for place in PLACES
    }
    return tuple(
        Glance(
            frame,
            found[frame],
            f"shape-{number}-source.gray",
            f"shape-{number}-rendition.gray",
            f"tint-{number}-source.yuv",
            f"tint-{number}-rendition.yuv",
        )
        for number, frame in enumerate(sorted(found))
    )


def take_glances(
    chosen: Sequence[Glance], treatment: Treatment, rung: Rung, rendition_name: str, limits: Limits
) -> tuple[Command, ...]:
    """Return the commands that write the files of each glance."""
    return tuple(_take(glance, treatment, rung, rendition_name, limits) for glance in chosen)


def _take(
    glance: Glance, treatment: Treatment, rung: Rung, rendition_name: str, limits: Limits
) -> Command:
    start_frame = int(glance.frame * (treatment.fps / rung.fps))
    source = decoded_at(source_video(treatment), treatment, start_frame)
    opened = ffmpeg.input(
        f"file:{rendition_name}", protocol_whitelist="file", **seek_to(glance.frame, rung.fps)
    )
    rendition = opened["v:0"]
    tints: tuple[Any, ...] = ()
    if tells_tint(treatment, rung):
        (source, tinted), (rendition, shown) = copies(source, 2), copies(rendition, 2)
        tints = (
            source_tint(tinted, treatment, glance.source_tint_name),
            tint(shown, treatment, glance.rendition_tint_name),
        )
    outputs = ffmpeg.merge_outputs(
        _luma(source, SOURCE_SIDE, glance.source_name),
        _luma(rendition, RENDITION_SIDE, glance.rendition_name),
        *tints,
    )
    return Command(
        Tool.FFMPEG,
        # It may be the very place where the source is damaged.
        (
            *FFMPEG_PREAMBLE,
            "-max_error_rate",
            "1",
            *compiled(outputs, treatment, start_frame=start_frame),
        ),
        f"compare the shape of frame {glance.frame} of {rung.name} with the source's",
        limits,
    )


def _only(treatment: Treatment) -> ShownShape:
    return ShownShape(Fraction(0), treatment.display_width, treatment.display_height)


def _luma(stream: Any, side: int, name: str) -> Any:
    # The scaler refuses matrices it does not know, and luma needs none.
    stream = stream.filter("setparams", colorspace="bt709")
    stream = stream.filter("scale", side, side, flags="area").filter("format", "gray")
    return ffmpeg.output(stream, f"file:{name}", format="rawvideo", **{"frames:v": 1})
