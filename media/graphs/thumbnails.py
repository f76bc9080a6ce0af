"""Pictures for seek bars and shelves: sprite sheets with their WebVTT index, and a poster."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool
from farm.ladder import Timeline, Treatment
from media.graphs.clock import clock_options, on_title_clock
from media.graphs.conversion import as_declared
from media.graphs.picture import compiled, copies, head, source_video

POSTER_NAME = "poster.jpg"
INDEX_NAME = "thumbnails.vtt"
LUMA_NAME = "luma.txt"
TIMES_NAME = "times.txt"

COLUMNS = ROWS = 5
TILE_BOX = (284, 160)  # 16:9; a sheet of 25 stays near 100 kB
POSTER_BOX = (1280, 720)
MIN_INTERVAL_S, MAX_INTERVAL_S = 2, 10
WANTED_TILES = 150  # enough for a seek bar; more only where 10 s would become too coarse
SHEET_QUALITY, POSTER_QUALITY = 5, 3  # of MJPEG: 2 is best, 31 worst

# What decoders may leave out, the most first: of 30 s in 1080p these took 0.2, 3 and 4 CPU
# seconds. At a tile's size, pictures without deblocking look the same (SSIM 0.997); those without
# the B pictures they refer to do not.
Effort = Literal["key frames", "references", "all"]
EFFORTS: dict[Effort, tuple[str, ...]] = {
    "key frames": ("-skip_frame", "nokey", "-skip_loop_filter", "all"),
    "references": ("-skip_frame", "noref", "-skip_loop_filter", "all"),
    "all": ("-skip_loop_filter", "all"),
}

POSTER_SHARE = Fraction(1, 10)  # past logos and titles, before anything is given away
# 8-bit limited range, where black is 16: what is darker or flatter makes no poster.
MIN_LUMA, MIN_CONTRAST = 40.0, 24.0


@dataclass(frozen=True, slots=True)
class Sheets:
    """How a title is spread over sprite sheets; tile n shows [n, n + 1) x `interval_s`."""

    interval_s: Fraction
    count: int
    tile_width: int
    tile_height: int

    @property
    def sheets(self) -> int:
        return math.ceil(self.count / (COLUMNS * ROWS))


@dataclass(frozen=True, slots=True)
class Tile:
    """How bright a tile is, and how far its dark and bright parts are apart."""

    luma: float
    contrast: float


def plan_sheets(treatment: Treatment, timeline: Timeline) -> Sheets:
    """Return sheets that cover the whole title, however long or short."""
    duration_s = timeline.duration_s
    interval_s = min(MAX_INTERVAL_S, max(MIN_INTERVAL_S, math.ceil(duration_s / WANTED_TILES)))
    width, height = _fit(treatment, TILE_BOX)
    return Sheets(Fraction(interval_s), math.ceil(duration_s / interval_s), width, height)


def sheet_name(index: int) -> str:
    return f"sprite-{index:02}.jpg"


def make_sheets(
    treatment: Treatment, timeline: Timeline, sheets: Sheets, effort: Effort, limits: Limits
) -> Command:
    """Return the command that draws the sheets and notes the brightness of each tile.

    The times of the pictures it decodes are written, too, so that `close_enough` can tell
    whether the effort sufficed.
    """
    small = replace(
        treatment,
        fps=1 / sheets.interval_s,
        picture_width=sheets.tile_width,
        picture_height=sheets.tile_height,
        # These need neighbours, and at this size no comb is left to see; a field is a tile, too.
        deinterlace=False,
        film=False,
        woven=None,
        start_s=None,  # the clock is set here already
    )
    source = as_declared(on_title_clock(source_video(treatment), treatment.start_s), treatment)
    pictures, times = copies(source, 2)
    timed = pictures.filter("fps", fps=f"{timeline.fps}", start_time=0)
    # The fps filter rounds: a tile shows the middle of its interval, if the title lasts so long.
    timed = timed.filter("tpad", stop_mode="clone", stop_duration=float(sheets.interval_s))
    tiles = head(timed, small).filter("trim", end_frame=sheets.count).filter("signalstats")
    tiles = _jpeg(tiles.filter("metadata", "print", file=LUMA_NAME))
    tiles = tiles.filter("tile", f"{COLUMNS}x{ROWS}")
    drawn = {"format": "image2", "start_number": 0, "q:v": SHEET_QUALITY, "fps_mode": "passthrough"}
    noted = {"format": "mkvtimestamp_v2", "fps_mode": "passthrough", "codec:v": "wrapped_avframe"}
    outputs = ffmpeg.merge_outputs(
        ffmpeg.output(tiles, "sprite-%02d.jpg", **drawn),
        ffmpeg.output(times.filter("scale", 16, 16, flags="neighbor"), TIMES_NAME, **noted),
    )
    stored = ("-noautorotate",) if treatment.upright else ()
    clock = clock_options(treatment.start_s)
    args = compiled(outputs, None, *clock, *stored, *EFFORTS[effort])
    return _command(args, "draw sprite sheets", limits, timeline.duration_s)


def close_enough(times_ms: Sequence[int], timeline: Timeline, sheets: Sheets) -> bool:
    """Return whether pictures at these times give every interval one of its own."""
    edges = [0, *sorted(times_ms), round(timeline.duration_s * 1000)]
    widest_ms = max(later - earlier for earlier, later in pairwise(edges))
    return bool(times_ms) and widest_ms <= sheets.interval_s * 1000


def poster_frame(tiles: Sequence[Tile], sheets: Sheets, timeline: Timeline) -> int:
    """Return the frame of the timeline that makes the poster.

    A tenth into the title or as near as something can be seen, else the brightest there is.
    """
    wanted = timeline.duration_s * POSTER_SHARE / sheets.interval_s
    seen = [n for n, t in enumerate(tiles) if t.luma >= MIN_LUMA and t.contrast >= MIN_CONTRAST]
    if seen:
        best = min(seen, key=lambda n: abs(n + Fraction(1, 2) - wanted))
    else:
        best = max(range(len(tiles)), key=lambda n: tiles[n].luma, default=0)
    middle_s = (best + Fraction(1, 2)) * sheets.interval_s
    return min(int(middle_s * timeline.fps), timeline.frames - 1)


def make_poster(treatment: Treatment, frame: int, limits: Limits) -> Command:
    """Return the command that writes one frame of the timeline as POSTER_NAME."""
    width, height = _fit(treatment, POSTER_BOX)
    shown = replace(treatment, picture_width=width, picture_height=height)
    picture = _jpeg(head(source_video(shown), shown, start_frame=frame))
    drawn = {"format": "image2", "update": 1, "frames:v": 1, "q:v": POSTER_QUALITY}
    args = compiled(ffmpeg.output(picture, POSTER_NAME, **drawn), shown, start_frame=frame)
    return _command(args, "draw the poster", limits, None)


def webvtt_index(sheets: Sheets, duration_s: Fraction) -> str:
    """Return the WebVTT that leads from a time to a tile (#xywh=, W3C Media Fragments 1.0)."""
    return "WEBVTT\n\n" + "\n".join(_cues(sheets, duration_s))


def _cues(sheets: Sheets, duration_s: Fraction) -> Iterable[str]:
    for tile in range(sheets.count):
        sheet, place = divmod(tile, COLUMNS * ROWS)
        row, column = divmod(place, COLUMNS)
        start_s = tile * sheets.interval_s
        end_s = min(start_s + sheets.interval_s, duration_s)
        x, y = column * sheets.tile_width, row * sheets.tile_height
        area = f"{x},{y},{sheets.tile_width},{sheets.tile_height}"
        yield f"{_clock(start_s)} --> {_clock(end_s)}\n{sheet_name(sheet)}#xywh={area}\n"


def _clock(time_s: Fraction) -> str:
    total_ms = round(time_s * 1000)
    minutes, ms = divmod(total_ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // 1000:02}.{ms % 1000:03}"


def _fit(treatment: Treatment, box: tuple[int, int]) -> tuple[int, int]:
    """Return the even size of the picture in a box (or a turned one), never above its own."""
    width, height = treatment.display_width, treatment.display_height
    across, down = box if width >= height else (box[1], box[0])
    scale = min(Fraction(1), Fraction(across, width), Fraction(down, height))
    return max(2, width * scale // 2 * 2), max(2, height * scale // 2 * 2)


def _jpeg(stream: Any) -> Any:
    """Return the frames in full range BT.601, which is what JFIF means by YCbCr."""
    stream = stream.filter("scale", out_range="pc", out_color_matrix="bt601")
    return stream.filter("format", "yuvj420p")


def _command(
    args: Sequence[str], label: str, limits: Limits, duration_s: Fraction | None
) -> Command:
    return Command(
        Tool.FFMPEG,
        (*FFMPEG_PREAMBLE, *PROGRESS_ARGS, *args),
        label,
        limits,
        reports_progress=True,
        duration_s=duration_s,
    )
