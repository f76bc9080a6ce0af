"""Titles for `bench.qc`: scenes of other kinds, one after another; three minutes of them to judge.

Real ones come from packages and `shared/media`; what is made of them, or drawn by FFmpeg, makes up
what those do not have: pages that scroll, grain, darkness, a still camera, fades, black.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.bdrate_clips import MADE, MEZZANINE, PAGES, shared
from bench.clips import (
    bikes,
    bunny_1080p,
    bunny_1080p60,
    bunny_trailer,
    carphone,
    opencv_megamind,
    opencv_tree,
)

FPS = 24


@dataclass(frozen=True, slots=True)
class Scene:
    """`frames` pictures of a clip from `begin_s` on, None for what FFmpeg draws; then `filters`."""

    open: Callable[[], Path | None] | None
    begin_s: float
    frames: int
    filters: str = "null"
    drawn: str = ""  # by FFmpeg, where there is no clip


# Over a page half as large again, with stops.
_PAN = (
    "setpts=N/(24*TB),scale=2880:-2,"
    "crop=1920:1080:'min(iw-1920,40*t)':'min(ih-1080,200*(floor(t/2)+max(0,mod(t,2)-1)))'"
)
_FADES = "fade=in:0:24,fade=out:216:24"

SCENES = (
    Scene(bunny_1080p, 18, 288),
    Scene(bikes, 0, 240),
    Scene(bunny_trailer, 28, 408),
    Scene(lambda: PAGES / "title.png", 0, 288, _PAN),
    Scene(shared("bottle-360p.mp4"), 18, 312),
    Scene(bunny_1080p60, 18, 288, "fps=24"),
    Scene(None, 0, 240, drawn="mandelbrot=s=1280x720:r=24:start_scale=0.02:end_scale=0.0004"),
    Scene(bunny_1080p, 22, 192, "noise=alls=14:allf=t"),
    Scene(bunny_trailer, 36, 312, "eq=gamma=0.55:saturation=0.8,noise=c0s=3:c0f=t"),
    Scene(None, 0, 72, drawn="color=black:s=1280x720:r=24"),
    Scene(bunny_trailer, 44, 240, _FADES),
    Scene(
        bunny_1080p,
        26,
        192,
        "trim=end_frame=1,loop=240:1:0,setpts=N/(24*TB),noise=c0s=2:c0f=t",
    ),
    Scene(bikes, 4, 120, "hflip,negate=components=y,eq=contrast=0.6"),
    Scene(bunny_1080p60, 19, 552, "setpts=N/(24*TB)"),  # in slow motion
    Scene(lambda: PAGES / "farm.png", 0, 216, _PAN),
    Scene(None, 0, 168, drawn="life=s=480x270:r=24:mold=10:ratio=0.1:death_color=#202040:seed=7"),
    Scene(shared("bottle-360p.mp4"), 22, 192, "setpts=PTS/2,fps=24"),
)

CHOOSING_SCENES = (
    Scene(shared("bottle-360p.mp4"), 0, 312),
    Scene(bunny_trailer, 0, 624),
    Scene(opencv_tree, 0, 240),
    Scene(opencv_megamind, 0, 264),
    Scene(None, 0, 96, drawn="color=black:s=640x360:r=24"),
    Scene(carphone, 0, 96),
    Scene(bunny_trailer, 4, 312, "eq=gamma=0.5:saturation=0.7,noise=c0s=3:c0f=t"),
    Scene(None, 0, 192, drawn="life=s=320x180:r=24:mold=10:ratio=0.1:death_color=#202040:seed=3"),
    Scene(bunny_1080p, 4, 200, "noise=alls=14:allf=t"),
    Scene(None, 0, 192, drawn="mandelbrot=s=640x360:r=24:start_scale=0.3:end_scale=0.002"),
)


@dataclass(frozen=True, slots=True)
class JoinedTitle:
    """Scenes one after another, as one content."""

    name: str
    kind: str
    scenes: Sequence[Scene]


TITLE = JoinedTitle("title", "scenes, 180 s", SCENES)
CHOOSING_TITLE = JoinedTitle("choosing-title", "scenes, 105 s", CHOOSING_SCENES)


def make_title(ffmpeg: Path, title: JoinedTitle, lines: int) -> Path:
    """Return a title, made once; scenes whose clips this machine has not are left out."""
    path = MADE / f"{title.name}-{lines}p{FPS}.mp4"
    if path.exists():
        return path
    opened = [(scene, scene.open() if scene.open else None) for scene in title.scenes]
    there = [(scene, clip) for scene, clip in opened if clip or not scene.open]
    MADE.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"partial-{path.name}")
    quiet = ("-hide_banner", "-nostdin", "-loglevel", "error", "-y")
    subprocess.run([str(ffmpeg), *quiet, *_arguments(there, lines), str(partial)], check=True)
    return partial.replace(path)


def _arguments(scenes: Sequence[tuple[Scene, Path | None]], lines: int) -> list[str]:
    size = f"{lines * 16 // 9}:{lines}"
    inputs, chains = [], []
    for number, (scene, clip) in enumerate(scenes):
        inputs += _input(scene, clip)
        chains.append(
            f"[{number}:v:0]settb=1/90000,{scene.filters},"
            f"scale={size}:force_original_aspect_ratio=increase:flags=bicubic,"
            f"crop={size},setsar=1,format=yuv420p,"
            f"trim=end_frame={scene.frames},settb=1/{FPS},setpts=N,fps={FPS}[s{number}]"
        )
    joined = "".join(f"[s{number}]" for number in range(len(scenes)))
    graph = ";".join([*chains, f"{joined}concat=n={len(scenes)}[out]"])
    return [*inputs, "-filter_complex", graph, "-map", "[out]", *MEZZANINE, "-crf", "12"]


def _input(scene: Scene, clip: Path | None) -> list[str]:
    if clip is None:
        return ["-f", "lavfi", "-i", scene.drawn]
    if clip.suffix == ".png":
        return ["-loop", "1", "-framerate", str(FPS), "-i", str(clip)]
    return ["-ss", f"{scene.begin_s}", "-i", str(clip)]
