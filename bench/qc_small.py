"""What small grey pictures of a content tell of every frame, far below the price of a score."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.bdrate_clips import BenchClip
from bench.chunked import Clip
from bench.clips import BUILD
from bench.kept import kept
from bench.scoring import tools
from farm.command import FFMPEG_PREAMBLE, SOURCE_NAME, Command, Tool
from media.graphs.measure import rendition_name
from media.graphs.watching import WATCHED_SIZE
from workers.programs.runner import run

WIDTH, HEIGHT = WATCHED_SIZE
_SMALL = f"scale={WIDTH}:{HEIGHT}:flags=area,format=gray"
_ERROR = re.compile(r"mse_avg:([\d.]+)")


@dataclass(frozen=True, slots=True)
class SmallSource:
    """Of every frame of a source: how it changes from the one before, and its detail."""

    change: tuple[float, ...]
    detail: tuple[float, ...]


def small_source(clip: BenchClip, look: Clip) -> SmallSource:
    """Return what a content's own small pictures tell."""
    return kept([clip.identity, "small pictures"], SmallSource, lambda: _look(look))


def small_error(folder: Path, fps: Fraction) -> tuple[float, ...]:
    """Return the error of every small picture of the rendition in a folder against the source's."""
    graph = (
        f"[0:v:0]{_numbered(fps)},{_SMALL}[encode];[1:v:0]{_numbered(fps)},{_SMALL}[source];"
        "[encode][source]psnr=stats_file=error.log[error]"
    )
    (error,) = _errors(folder, (rendition_name(0), SOURCE_NAME), graph, ("error",))
    return error


def _look(look: Clip) -> SmallSource:
    numbered = _numbered(look.timeline.fps)
    rest = f"crop={WIDTH - 1}:{HEIGHT - 1}"
    graph = (
        f"[0:v:0]{numbered},{_SMALL},split=5[now][late][a][b][c];"
        f"[late]trim=start_frame=1,{numbered}[next];"
        "[next][now]psnr=stats_file=change.log:shortest=1[change];"
        f"[a]{rest}:0:0,split=2[one][same];[b]{rest}:1:0[beside];[c]{rest}:0:1[under];"
        "[beside][one]psnr=stats_file=right.log[right];"
        "[under][same]psnr=stats_file=below.log[below]"
    )
    with TemporaryDirectory(dir=BUILD) as name:
        (Path(name) / SOURCE_NAME).symlink_to(look.path)
        names = ("change", "right", "below")
        change, right, below = _errors(Path(name), (SOURCE_NAME,), graph, names)
    detail = tuple(a + b for a, b in zip(right, below, strict=True))
    return SmallSource((0.0, *change), detail)


def _numbered(fps: Fraction) -> str:
    return f"settb={fps.denominator}/{fps.numerator},setpts=N"


def _errors(
    folder: Path, inputs: Sequence[str], graph: str, names: Sequence[str]
) -> list[tuple[float, ...]]:
    """Run a graph whose outputs `names` write logs of those names; return their errors."""
    files = (word for each in inputs for word in ("-i", f"file:{each}"))
    nowhere = ("-fps_mode", "passthrough", "-f", "null", "-")
    mapped = (word for name in names for word in ("-map", f"[{name}]", *nowhere))
    args = (*FFMPEG_PREAMBLE, *files, "-filter_complex", graph, *mapped)
    run(Command(Tool.FFMPEG, args, "small pictures"), tools=tools(), cwd=folder)
    logs = ((folder / f"{name}.log").read_text("ascii") for name in names)
    return [tuple(map(float, _ERROR.findall(log))) for log in logs]
