"""From a source's video stream to the pictures every rung, score and thumbnail is made of.

The order matters: fields are woven apart before frames are dropped or doubled, the constant rate
comes before everything costly, and size comes before tone mapping, which is slow.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import SOURCE_NAME, source_input
from farm.ladder import Treatment
from media.graphs.beside import held
from media.graphs.clock import clock_options, on_title_clock
from media.graphs.colour import SCALED_MATRICES
from media.graphs.conversion import as_declared, coloured, on_black, tagged
from media.graphs.fields import FILM_IN_FIELDS, whole_pictures, woven
from media.graphs.fitting import fitted
from media.graphs.look import SDR_8, PictureLook

BURN_IN_NAME = "burn-in.ass"
BURN_IN_HDR_NAME = "burn-in-hdr.ass"  # the same, for pictures in which white is no letter's white
# Down to a rung: at equal bits lanczos was 1.6 VMAF (and VMAF NEG) above bicubic at 540p of a
# 1080p source, for 20 % more CPU in a filter that takes little; docs/ladders.md has the figures.
DOWNSCALER = "lanczos"
SCALER = "bicubic"  # up again, for scores: what VMAF's models were trained on
SOURCE_URL = f"file:{SOURCE_NAME}"
# A change of size, matrix or range would build the graph anew, and its `fps` would count from zero
# again (FFmpeg documentation, -reinit_filter). Our filters follow such changes, or come after one
# that evens them out.
STEADY_GRAPH = ("-reinit_filter:v", "0")
LABEL = re.compile(r"\[(s\d+)\]")  # of a stream between filters, as ffmpeg-python names it
MAX_STEP_S = 10  # rates whose frames meet a millisecond less often give that up


def source_video(treatment: Treatment) -> Any:
    """Return the video stream of the source; compile what is made of it with `compiled`."""
    return ffmpeg.input(SOURCE_URL)[str(treatment.stream_index)]


def picture_size(treatment: Treatment) -> tuple[int, int]:
    """Return width and height of the pictures `head` makes: even, square pixels."""
    width = treatment.picture_width or max(2, treatment.display_width // 2 * 2)
    height = treatment.picture_height or max(2, treatment.display_height // 2 * 2)
    return width, height


def source_options(treatment: Treatment, start_frame: int) -> tuple[str, ...]:
    """Return the input options, without which `head` is not right: its clock, and a seek.

    The seek ends shortly before `start_frame`; `head` drops what comes before it.
    """
    first = _first_decoded(treatment, start_frame)
    clock = clock_options(treatment.start_s)
    if first == 0:
        return clock
    # Down to a microsecond, the resolution of -ss: never behind the frame it aims at.
    at_us = math.floor(first / treatment.fps * 1_000_000)
    return (*clock, "-ss", f"{at_us // 1_000_000}.{at_us % 1_000_000:06}")


def head(
    stream: Any,
    treatment: Treatment,
    look: PictureLook = SDR_8,
    *,
    burn_in: str | None = None,
    start_frame: int = 0,
) -> Any:
    """Return the frames of the timeline from `start_frame` on, first PTS 0, as delivered.

    Square pixels, `picture_size`, 4:2:0 of `look`, progressive, tagged. `burn_in` names a subtitle
    file in the scratch directory, timed on the title; HDR has its own, of a fixed name. Rotation is
    FFmpeg's own (-autorotate). The source must be opened as `compiled` does it, for the same
    `start_frame`.
    """
    [made] = heads(stream, treatment, [look], burn_in=burn_in, start_frame=start_frame)
    return made


def heads(
    stream: Any,
    treatment: Treatment,
    looks: Sequence[PictureLook],
    *,
    burn_in: str | None = None,
    start_frame: int = 0,
) -> list[Any]:
    """Return what `head` returns for each look, from one decode: they part before scaling."""
    stream, even = _steady(stream, treatment, start_frame)
    branches = copies(stream, len(looks)) if len(looks) > 1 else [stream]
    return [
        _shown(branch, treatment, look, burn_in, start_frame, even=even)
        for branch, look in zip(branches, looks, strict=True)
    ]


def _steady(stream: Any, treatment: Treatment, start_frame: int) -> tuple[Any, bool]:
    """Return the timeline's frames, and whether they are all of one size and shape already."""
    first = _first_decoded(treatment, start_frame)
    stream = on_title_clock(stream, treatment.start_s, seek_s=first / treatment.fps)
    stream = on_black(as_declared(woven(stream, treatment.woven), treatment), treatment)
    even = False
    if (treatment.deinterlace or treatment.film) and treatment.resized:
        stream, even = _scaled(stream, treatment, first, interlaced=True), True
    stream = whole_pictures(stream, treatment)
    stream = stream.filter("fps", fps=_rational(treatment.fps), start_time=0)
    stream = held(stream, treatment, first)
    if start_frame > first:
        stream = stream.filter("trim", start_frame=start_frame - first)
    return without_bars(stream, treatment), even


def _shown(
    stream: Any,
    treatment: Treatment,
    look: PictureLook,
    burn_in: str | None,
    start_frame: int,
    *,
    even: bool,
) -> Any:
    """Return frames of the timeline in the size and the colours they are delivered in."""
    if not even:
        stream = _scaled(stream, treatment, _first_decoded(treatment, start_frame))
    stream = coloured(stream, treatment, look)
    if burn_in is not None:
        # Subtitles are timed on the title, so its frames must be, too.
        drawn = BURN_IN_HDR_NAME if look.is_hdr else burn_in
        stream = stream.filter("setpts", f"N+{start_frame}").filter("subtitles", filename=drawn)
    if burn_in is not None or start_frame:
        stream = stream.filter("setpts", "N")
    return tagged(stream, treatment, look)


def decoded_at(stream: Any, treatment: Treatment, start_frame: int) -> Any:
    """Return the source's pictures from a frame of the timeline on, neither scaled nor converted,
    without bars that are cut off.

    The source must be opened as `compiled` does it, for the same `start_frame`.
    """
    first = _first_decoded(treatment, start_frame)
    stream = on_title_clock(stream, treatment.start_s, seek_s=first / treatment.fps)
    stream = stream.filter("fps", fps=_rational(treatment.fps), start_time=0)
    return without_bars(stream.filter("trim", start_frame=start_frame - first), treatment)


def without_bars(stream: Any, treatment: Treatment) -> Any:
    """Return pictures without the bars around them, where they are to be cut off."""
    return stream.filter("crop", *treatment.crop) if treatment.crop else stream


def copies(stream: Any, count: int) -> list[Any]:
    """Return a stream as often as it is needed: FFmpeg takes each but once."""
    branches = stream.split()
    return [branches[index] for index in range(count)]


def compiled(
    outputs: Any, treatment: Treatment | None, *before: str, start_frame: int = 0
) -> tuple[str, ...]:
    """Return the arguments of a graph over the source, opened under guard.

    `treatment` and `start_frame` are those given to `head`; None for graphs without it. `before`
    are further options of the source ("-threads", "2").
    """
    args: list[str] = ffmpeg.get_args(outputs)
    at = args.index(SOURCE_URL)
    needed = source_options(treatment, start_frame) if treatment else ()
    stored = ("-noautorotate",) if treatment and treatment.upright else ()
    opened = source_input(*STEADY_GRAPH, *needed, *stored, *before)
    return (*args[: at - 1], *opened, *args[at + 1 :])


def compiled_apart(graphs: Sequence[Any], *before: str) -> tuple[str, ...]:
    """Return the arguments of graphs over the source that know nothing of each other.

    A change in one stream, such as another layout of channels, builds the graph it comes to anew,
    with all that is in it; in a graph of its own it leaves the others as they are.
    """
    first, *others = graphs
    args = list(compiled(first, None, *before))
    for number, graph in enumerate(others, 1):
        own: list[str] = ffmpeg.get_args(graph)
        at = own.index(SOURCE_URL)
        args += (LABEL.sub(rf"[g{number}\1]", arg) for arg in (*own[: at - 1], *own[at + 1 :]))
    return tuple(args)


def _first_decoded(treatment: Treatment, start_frame: int) -> int:
    """Return the frame to decode from: `preroll_s` earlier, at a whole millisecond.

    The preroll settles which picture a variable rate shows, and gives the deinterlacer its past.
    Clocks that tick in milliseconds (Matroska) are shifted without rounding, so that a chunk
    rounds every timestamp to the same frame as the whole title.
    """
    if treatment.picture_frames is not None:
        start_frame = min(start_frame, treatment.picture_frames - 1)
    first = start_frame - math.ceil(treatment.preroll_s * treatment.fps)
    step = (1 / (treatment.fps / 1000)).denominator
    if treatment.film:
        step = math.lcm(step, FILM_IN_FIELDS.numerator)  # from the first picture of a cycle on
    if step <= MAX_STEP_S * treatment.fps:
        first -= first % step
    return max(0, first)


def _scaled(stream: Any, treatment: Treatment, first: int, *, interlaced: bool = False) -> Any:
    """Return pictures of `picture_size` and in one matrix; PTS 0 is at frame `first`."""
    options = {"out_range": "tv", "flags": DOWNSCALER}
    if treatment.colour.matrix == "gbr":
        options["out_color_matrix"] = "bt709"
    elif treatment.recoloured and treatment.colour.matrix in SCALED_MATRICES:
        options["out_color_matrix"] = SCALED_MATRICES[treatment.colour.matrix]
    size = picture_size(treatment)
    if treatment.shapes:
        from_s = first / treatment.fps
        stream = fitted(stream, treatment, size, from_s=from_s, interlaced=interlaced, **options)
    else:
        stream = stream.filter("scale", *size, **options)
    # Pixels are square now; without this a rounded ratio like 1:1.0012 would stay.
    return stream.filter("setsar", 1)


def _rational(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
