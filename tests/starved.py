"""A title of 14 s that a plain ladder starves in one scene, from 5 s to 8 s."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.ladder_policy import LadderPolicy, PolicyRung

EASY = "testsrc2=size=320x180:rate=24:duration=5"
HARD = (
    "mandelbrot=size=320x180:rate=24:start_scale=0.5:end_scale=0.05,trim=duration=3,"
    "noise=alls=14:allf=t:all_seed=5"
)
STILL = "smptehdbars=size=320x180:rate=24:duration=6"
FROM_S, TO_S, FPS = 5, 8, 24

STARVING = LadderPolicy(
    name="starving",
    preset="veryfast",
    gop_s=1,
    segment_gops=2,
    rungs=(
        PolicyRung(width=160, height=90, max_bps=2_000_000, crf=36),
        PolicyRung(width=320, height=180, max_bps=8_000_000, crf=36),
    ),
)
TOP, LOW = "h264-180p-8000k", "h264-90p-2000k"
# Scored at every frame; the starved scene comes to 50, and to over 70 with four times the bits.
FLOOR = {
    **{"top_harmonic_mean": None, "top_p5": None, "top_p1": 65, "rung_floor": None},
    "subsample": 1,
}


def make_starved(run_command: Callable[[Command, Path], Finished], folder: Path) -> Path:
    """Return the title, made in a folder."""
    graph = f"{EASY}[a];{HARD}[b];{STILL}[c];[a][b][c]concat=n=3"
    args = (*FFMPEG_PREAMBLE, "-filter_complex", graph, "-c:v", "ffv1", "starved.mkv")
    run_command(Command(Tool.FFMPEG, args, "make the title"), folder)
    return folder / "starved.mkv"
