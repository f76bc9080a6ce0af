"""From a source's video stream to the pictures every rung, score and thumbnail is made of.

The order matters: fields are woven apart before frames are dropped or doubled, the constant rate
comes before everything costly, and size comes before tone mapping, which is slow.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import SOURCE_NAME, source_input
from farm.ladder import Treatment
from media.graphs.clock import clock_options, on_title_clock
from media.graphs.colour import BT709, delivered_colour, needs_conversion

BURN_IN_NAME = "burn-in.ass"
# Down to a rung: at equal bits lanczos was 1.6 VMAF (and VMAF NEG) above bicubic at 540p of a
# 1080p source, for 20 % more CPU in a filter that takes little; docs/ladders.md has the figures.
DOWNSCALER = "lanczos"
SCALER = "bicubic"  # up again, for scores: what VMAF's models were trained on
SOURCE_URL = f"file:{SOURCE_NAME}"
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
    stream: Any, treatment: Treatment, *, burn_in: str | None = None, start_frame: int = 0
) -> Any:
    """Return the frames of the timeline from `start_frame` on, first PTS 0, as delivered.

    Square pixels, `picture_size`, 8-bit 4:2:0, progressive, tagged. `burn_in` names a subtitle
    file in the scratch directory, timed on the title. Rotation is FFmpeg's own (-autorotate).
    The source must be opened as `compiled` does it, for the same `start_frame`.
    """
    first = _first_decoded(treatment, start_frame)
    stream = on_title_clock(stream, treatment.start_s, seek_s=first / treatment.fps)
    if treatment.deinterlace:
        # One frame for each frame: the timeline's rate is the source's. All of them, since
        # analysis looked at pictures, and flags are often wrong.
        stream = stream.filter("bwdif", mode="send_frame", parity="auto", deint="all")
    stream = stream.filter("fps", fps=_rational(treatment.fps), start_time=0)
    if start_frame > first:
        stream = stream.filter("trim", start_frame=start_frame - first)
    stream = _coloured(_scaled(stream, treatment), treatment)
    if burn_in is not None:
        # Subtitles are timed on the title, so its frames must be, too.
        stream = stream.filter("setpts", f"N+{start_frame}").filter("subtitles", filename=burn_in)
    if burn_in is not None or start_frame:
        stream = stream.filter("setpts", "N")
    return _tagged(stream, treatment)


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
    return (*args[: at - 1], *source_input(*needed, *before), *args[at + 1 :])


def _first_decoded(treatment: Treatment, start_frame: int) -> int:
    """Return the frame to decode from: `preroll_s` earlier, at a whole millisecond.

    The preroll settles which picture a variable rate shows, and gives the deinterlacer its past.
    Clocks that tick in milliseconds (Matroska) are shifted without rounding, so that a chunk
    rounds every timestamp to the same frame as the whole title.
    """
    first = start_frame - math.ceil(treatment.preroll_s * treatment.fps)
    step = (1 / (treatment.fps / 1000)).denominator
    if step <= MAX_STEP_S * treatment.fps:
        first -= first % step
    return max(0, first)


def _scaled(stream: Any, treatment: Treatment) -> Any:
    width, height = picture_size(treatment)
    options = {"out_range": "tv", "flags": DOWNSCALER}
    if treatment.colour.matrix == "gbr":
        options["out_color_matrix"] = "bt709"
    stream = stream.filter("scale", width, height, **options)
    # Pixels are square now; without this a rounded ratio like 1:1.0012 would stay.
    return stream.filter("setsar", 1)


def _coloured(stream: Any, treatment: Treatment) -> Any:
    """Return 8-bit 4:2:0 frames in the delivered colours."""
    colour = treatment.colour
    if treatment.tone_map:
        # Linear light, where 1.0 is 100 cd/m2, then BT.709 primaries, then the curve that keeps
        # highlights apart; full precision between, since shadows of PQ do not survive 10 bits.
        stream = stream.filter("format", "yuv420p10le").filter(
            "zscale",
            **_zscale_input(treatment),
            transfer="linear",
            npl=100,
        )
        stream = stream.filter("format", "gbrpf32le").filter("zscale", primaries="bt709")
        stream = stream.filter("tonemap", tonemap="hable", desat=0)
        stream = stream.filter("zscale", **_zscale_output())
    elif needs_conversion(colour):
        stream = stream.filter("format", "yuv420p10le")
        stream = stream.filter("zscale", **_zscale_input(treatment), **_zscale_output())
    return stream.filter("format", "yuv420p")


def _zscale_input(treatment: Treatment) -> dict[str, str]:
    colour = treatment.colour
    matrix = "bt709" if colour.matrix == "gbr" else colour.matrix  # it came through `scale`
    return {
        "primariesin": colour.primaries or "bt2020",
        "transferin": colour.transfer or "smpte2084",
        "matrixin": matrix or "bt2020nc",
        "rangein": "limited",
    }


def _zscale_output() -> dict[str, str]:
    return {
        "primaries": "bt709",
        "transfer": "bt709",
        "matrix": "bt709",
        "range": "limited",
        "dither": "ordered",  # skies would show bands; the same in every run, unlike random
    }


def _tagged(stream: Any, treatment: Treatment) -> Any:
    # Mastering metadata, captions and timecodes of the source would travel into every rung.
    stream = stream.filter("sidedata", mode="delete")
    colour = delivered_colour(treatment)
    return stream.filter(
        "setparams",
        field_mode="prog",
        range="tv",
        color_primaries=colour.primaries or BT709.primaries,
        color_trc=colour.transfer or BT709.transfer,
        colorspace=colour.matrix or BT709.matrix,
    )


def _rational(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
