"""The hull that trying everything finds: a clip encoded whole at every size and CRF, and scored.

What a ladder can do at most with one encoder at one preset: the upper convex hull of all points
over the log of the rate. A probing policy is to come near it at a fraction of its cost.
"""

from __future__ import annotations

import math
import subprocess
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.clips import BUILD
from bench.kept import kept
from bench.scoring import score_all, tools
from ladders.bjontegaard import RateScore, frontier
from media.graphs.picture import DOWNSCALER

CRFS = range(17, 46, 4)
PRESET = "medium"
LINES = (180, 234, 270, 360, 432, 480, 540, 720, 900, 1080)

Sizes = Sequence[tuple[int, int]]


def sizes_of(top: tuple[int, int]) -> set[tuple[int, int]]:
    """Return the even sizes of `LINES` in the shape of `top`, up to `top` itself."""
    width, height = top
    return {(2 * round(width * lines / height / 2), lines) for lines in LINES if lines < height} | {
        top
    }


def grid(clip: Path, sizes: Sizes, scored_at: tuple[int, int], gop_frames: int) -> list[RateScore]:
    """Return what x264 makes of the clip at every size and every one of `CRFS`.

    `scored_at` is the size that all are scored at.
    """
    points: list[RateScore] = []
    for crf in CRFS:
        asked = [clip.name, clip.stat().st_size, PRESET, sizes, crf, scored_at, gop_frames]
        encode_all = partial(_at, clip, sizes, crf, scored_at, gop_frames)
        points += kept(asked, tuple[RateScore, ...], encode_all)
    return points


def _at(
    clip: Path, sizes: Sizes, crf: int, scored_at: tuple[int, int], gop_frames: int
) -> tuple[RateScore, ...]:
    with TemporaryDirectory(dir=BUILD, prefix="hull-") as name:
        folder = Path(name)
        subprocess.run(command(clip, sizes, crf, gop_frames), cwd=folder, check=True)
        return tuple(score_all([folder / _name(size) for size in sizes], clip, scored_at))


def command(clip: Path, sizes: Sizes, crf: int, gop_frames: int) -> list[str]:
    """Return the argv that encodes all sizes at one CRF from one decode, without a cap."""
    branches = "".join(f"[s{number}]" for number in range(len(sizes)))
    scaled = (
        f"[s{number}]scale={width}:{height}:flags={DOWNSCALER},setsar=1[v{number}]"
        for number, (width, height) in enumerate(sizes)
    )
    gop = str(gop_frames)
    coded = (
        *("-c:v", "libx264", "-preset", PRESET, "-profile:v", "high", "-pix_fmt", "yuv420p"),
        *("-crf", str(crf), "-g", gop, "-keyint_min", gop, "-sc_threshold", "0"),
        *("-x264-params", "open-gop=0"),
    )
    return [
        *(str(tools().ffmpeg), "-v", "error", "-nostdin", "-y", "-i", str(clip.absolute())),
        *("-filter_complex", ";".join([f"[0:v:0]split={len(sizes)}{branches}", *scaled])),
        *(
            word
            for number, size in enumerate(sizes)
            for word in ("-map", f"[v{number}]", *coded, _name(size))
        ),
    ]


def hull(points: Iterable[RateScore]) -> list[RateScore]:
    """Return the upper convex hull over the log of the rate, cheapest first."""
    kept: list[RateScore] = []
    for point in frontier(points):
        while len(kept) > 1 and _slope(kept[-1], point) >= _slope(kept[-2], kept[-1]):
            kept.pop()
        kept.append(point)
    return kept


def _slope(low: RateScore, high: RateScore) -> float:
    return (high.vmaf - low.vmaf) / math.log(high.bps / low.bps)


def _name(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}.mp4"
