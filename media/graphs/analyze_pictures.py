"""What the decode that analyzes a source writes down of its pictures for faults to be found in.

Every picture goes into a grid of 16x9 means (432 bytes), in which flashes and repeated pictures
show. Now and then one is looked at in its own size: for blocks and blur by FFmpeg's filters, and
64x36 of its pixels as they are (means would hide what is out of range).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import ffmpeg

from farm.found import PicturesFound, Span
from farm.mediainfo import VideoStream
from media.graphs.cadence import cadence
from media.graphs.colour import complete_colour
from media.graphs.flashes import CELLS, flashes
from media.graphs.levels import BT601, BT709, MAX_SHARE_OUT, share_out
from media.graphs.metadata import read_frames
from media.graphs.picture import copies

GRID_NAME, GRID_WIDTH, GRID_HEIGHT = "grid.yuv", 16, 9
PIXELS_NAME, PIXELS_WIDTH, PIXELS_HEIGHT = "pixels.yuv", 64, 36
FIGURES_NAME = "figures.txt"
SAMPLE_S = Fraction(1)
MAX_SAMPLES = 1000
FIGURES_AMONG = 4  # of these pictures one is looked at for blocks and blur
BT601_MATRICES = ("smpte170m", "bt470bg", "fcc")

# Of the frames whose kind shows between two samples of `idet`, in a source that is taken for whole
# pictures: these are not.
MIN_COMBED_SHARE = 0.5
MIN_COMBED_FRAMES = 5
MAX_OTHER_ORDER_SHARE = 0.1  # fields come in one order, fine patterns comb both ways


def grid_output(small: Any) -> Any:
    """Return the output of the grids of small pictures."""
    grid = small.filter("scale", GRID_WIDTH, GRID_HEIGHT, flags="area").filter("format", "yuv444p")
    return ffmpeg.output(grid, GRID_NAME, format="rawvideo", fps_mode="passthrough")


def sample_outputs(pictures: Any, rate: Fraction, duration_s: Fraction) -> list[Any]:
    """Return the outputs of what is seen of single pictures in their own size."""
    pixels, figured = copies(pictures, 2)
    every = pixel_frames(rate, duration_s)
    pixels = pixels.filter("select", f"not(mod(n,{every}))")
    pixels = pixels.filter("scale", PIXELS_WIDTH, PIXELS_HEIGHT, flags="neighbor")
    pixels = pixels.filter("format", "yuv444p")
    # These take as long as decoding a picture does.
    figured = figured.filter("select", f"not(mod(n,{FIGURES_AMONG * every}))")
    figured = figured.filter("format", "yuv420p").filter("blockdetect").filter("blurdetect")
    figured = figured.filter("metadata", "print", file=FIGURES_NAME)
    return [
        ffmpeg.output(pixels, PIXELS_NAME, format="rawvideo", fps_mode="passthrough"),
        ffmpeg.output(figured, "-", format="null", fps_mode="passthrough"),
    ]


def pixel_frames(rate: Fraction, duration_s: Fraction) -> int:
    """Return the distance, in frames, of pictures whose pixels are kept."""
    return max(1, math.ceil(rate * max(SAMPLE_S, duration_s / MAX_SAMPLES)))


def read_pictures(
    folder: Path,
    picture: VideoStream,
    duration_s: Fraction,
    fields: Iterable[tuple[float, dict[str, str]]],
    *,
    interlaced: bool,
) -> PicturesFound:
    """Return what was found in the pictures; `fields` are `idet`'s running counts.

    `duration_s` is the one that `sample_outputs` was told.
    """
    rate, colour = picture.frame_rate, complete_colour(picture)
    is_sdr = colour.dynamic_range == "sdr"
    is_limited = is_sdr and colour.range == "tv" and colour.matrix != "gbr"
    grids = folder / GRID_NAME
    general: tuple[Span, ...] = ()
    red: tuple[Span, ...] = ()
    if is_sdr:
        general, red = flashes(_pieces(grids, 3 * CELLS), rate)
    seen = list(read_frames(folder / FIGURES_NAME))
    shares: list[tuple[float, float]] = []
    if is_limited:
        matrix = BT601 if colour.matrix in BT601_MATRICES else BT709
        pixels = _pieces(folder / PIXELS_NAME, 3 * PIXELS_WIDTH * PIXELS_HEIGHT)
        distance_s = float(pixel_frames(rate, duration_s) / rate)
        shares = [(n * distance_s, share_out(each, matrix)) for n, each in enumerate(pixels)]
    return PicturesFound(
        combed=() if interlaced else combed(fields),
        flashes=general,
        red_flashes=red,
        flashes_judged=is_sdr,
        out_of_range=_out_of_range(shares),
        out_of_range_share=round(max((share for _, share in shares), default=0.0), 4),
        range_judged=is_limited,
        cadence=cadence(_pieces(grids, 3 * CELLS), rate),
        blockiness=_typical(values.get("lavfi.block") for _, values in seen),
        blur=_typical(values.get("lavfi.blur") for _, values in seen),
    )


def _pieces(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while len(piece := file.read(size)) == size:
            yield piece


def _typical(values: Iterable[str | None]) -> float | None:
    """Return the median of figures; a picture without edges, as black, has none."""
    known = [float(value) for value in values if value is not None]
    known = [value for value in known if math.isfinite(value)]
    return round(median(known), 2) if known else None


def _out_of_range(shares: list[tuple[float, float]]) -> tuple[Span, ...]:
    """Return from which sample to which one too many pixels are out of range."""
    found: list[Span] = []
    running = False
    for at_s, share in shares:
        if share > MAX_SHARE_OUT:
            start_s = found.pop().start_s if running else at_s
            found.append(Span(round(start_s, 3), round(at_s, 3)))
        running = share > MAX_SHARE_OUT
    return tuple(found)


def combed(fields: Iterable[tuple[float, dict[str, str]]]) -> tuple[Span, ...]:
    """Return stretches of fields in a source of whole pictures."""
    found: list[Span] = []
    before, start_s, tops, bottoms = (0.0, 0.0, 0.0), 0.0, 0.0, 0.0
    for at_s, values in fields:
        top, bottom, whole = (
            float(values.get(f"lavfi.idet.multiple.{kind}", 0)) - then
            for kind, then in zip(("tff", "bff", "progressive"), before, strict=True)
        )
        if top + bottom >= max(MIN_COMBED_FRAMES, MIN_COMBED_SHARE * (top + bottom + whole)):
            again = bool(found) and found[-1].end_s == start_s
            found.append(Span(found.pop().start_s if again else start_s, at_s))
            tops, bottoms = tops + top, bottoms + bottom
        before = (before[0] + top, before[1] + bottom, before[2] + whole)
        start_s = at_s
    if min(tops, bottoms) > MAX_OTHER_ORDER_SHARE * max(tops, bottoms):
        return ()
    return tuple(Span(round(span.start_s, 3), round(span.end_s, 3)) for span in found)
