"""The clips that ladders are held against: kinds of pictures that compress in different ways.

Real ones where packages or `shared/media` have them; the rest is made of real ones, and says so.
None is part of the project.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.clips import BUILD, bikes, bunny_1080p, bunny_trailer

ROOT = BUILD.parent
PAGES = ROOT / "docs" / "pictures"
MADE = BUILD / "bdrate"
REAL, OF_REAL = "real", "of real"
QUICK = ("live-action", "static")  # small pictures: minutes, not an hour

# Nobody can see the difference, and it decodes faster than a lossless file: what a mezzanine is.
MEZZANINE = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "8", "-pix_fmt", "yuv420p", "-an")


@dataclass(frozen=True, slots=True)
class ClipSource:
    """A kind of picture: where it comes from, and what is done to it.

    `open` returns the real thing, None where this machine has none; `cut` is where it begins and
    how long it goes on, in seconds; `filters` is what makes it its kind, empty for a real one.
    """

    name: str
    kind: str
    open: Callable[[], Path | None]
    cut: tuple[float, float]
    filters: str = ""
    loop: bool = False  # a still picture
    fps: int = 0  # it is played at this rate, so that every frame lies on the grid; 0: at its own

    @property
    def origin(self) -> str:
        return OF_REAL if self.filters else REAL


@dataclass(frozen=True, slots=True)
class BenchClip:
    """A clip that is there: its name, its kind, whether it is real, and its file."""

    name: str
    kind: str
    origin: str
    path: Path

    @property
    def identity(self) -> str:
        """Return what tells it from another clip, or from one of another length."""
        return f"{self.path.name} {self.path.stat().st_size}"


def shared(name: str) -> Callable[[], Path | None]:
    """Return what looks for a clip in `shared/media`."""

    def there() -> Path | None:
        root = Path(os.environ.get("REELFARM_SHARED") or ROOT.parent / "shared")
        path = root / "media" / name
        return path if path.is_file() else None

    return there


# Slow pans over the project's own pages, with stops: 280 pixels every other second.
_SCROLL = "scale=1280:-2,crop=1280:720:0:'min(ih-720,280*(floor(t/2)+max(0,mod(t,2)-1)))'"

SOURCES = (
    ClipSource("animation", "animation, 1080p24", bunny_1080p, (8, 10)),
    ClipSource("cuts", "animation with cuts, 720p24", bunny_trailer, (36, 10)),
    ClipSource("small", "animation, 480p24", shared("bbb-480p-30s.mp4"), (16, 10)),
    ClipSource("live-action", "live action, 272p25", bikes, (0, 10)),
    ClipSource("static", "static camera, 360p30", shared("bottle-360p.mp4"), (0, 10), fps=30),
    ClipSource(
        "still",
        "static camera, 720p24",  # one picture, and a sensor's noise
        bunny_1080p,
        (20, 10),
        "trim=end_frame=1,loop=240:1:0,setpts=N/(24*TB),scale=1280:-2,noise=c0s=2:c0f=t",
    ),
    ClipSource(
        "screen", "screen content, 720p30", lambda: PAGES / "title.png", (0, 10), _SCROLL, loop=True
    ),
    ClipSource("noisy", "noisy, 720p24", bunny_trailer, (24, 10), "noise=alls=14:allf=t"),
    ClipSource(
        "dark",
        "dark, 720p24",
        bunny_trailer,
        (13, 10),
        "eq=gamma=0.55:saturation=0.8,noise=c0s=3:c0f=t",
    ),
)


def chosen(names: Sequence[str]) -> list[ClipSource]:
    """Return the sources of those names; for none all, the made still only in want of a real one.

    Raises KeyError for a name that nothing goes by.
    """
    by_name = {source.name: source for source in SOURCES}
    if names:
        return [by_name[name] for name in names]
    spare = "still" if by_name["static"].open() else None
    return [source for source in SOURCES if source.name != spare]


def make(ffmpeg: Path, source: ClipSource, length_s: float | None = None) -> BenchClip | None:
    """Return the clip, cut and changed as its row says; None where what it is made of is missing.

    `length_s` shortens it.
    """
    original = source.open()
    if original is None:
        return None
    begin_s, whole_s = source.cut
    taken_s = min(whole_s, length_s or whole_s)
    MADE.mkdir(parents=True, exist_ok=True)
    path = MADE / f"{source.name}-{taken_s:g}s.mp4"
    if not path.exists():
        partial = path.with_name(f"partial-{path.name}")
        _run(ffmpeg, _arguments(source, original, begin_s, taken_s, partial))
        partial.replace(path)
    return BenchClip(source.name, source.kind, source.origin, path)


def _arguments(
    source: ClipSource, original: Path, begin_s: float, taken_s: float, path: Path
) -> list[str]:
    opened = ("-loop", "1", "-framerate", "30") if source.loop else ("-ss", f"{begin_s}")
    stacked = sorted(PAGES.glob("*.png")) if source.loop else [original]
    inputs = [word for each in stacked for word in (*opened, "-i", str(each))]
    picture = "".join(f"[{number}:v:0]" for number in range(len(stacked)))
    chain = [f"vstack=inputs={len(stacked)}"] if source.loop else []
    chain += [f"setpts=N/({source.fps}*TB),fps={source.fps}"] if source.fps else []
    chain += [source.filters] if source.filters else ["null"]
    return [
        *inputs,
        *("-filter_complex", f"{picture}{','.join(chain)}[out]", "-map", "[out]"),
        *("-t", f"{taken_s}", *MEZZANINE, str(path)),
    ]


def _run(ffmpeg: Path, arguments: Sequence[str]) -> None:
    quiet = ("-hide_banner", "-nostdin", "-loglevel", "error", "-y")
    subprocess.run([str(ffmpeg), *quiet, *arguments], check=True)
