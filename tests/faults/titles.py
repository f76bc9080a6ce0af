"""Titles made in seconds: their requests, and sources that no farm has an output for yet."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farm.command import FFMPEG_PREAMBLE
from farm.settings import Settings
from farm.spec import JobSpec
from tests.conftest import a_spec
from workers.programs.tools import find_tools


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip to make titles of: a test picture and a tone of `duration_s`."""

    name: str
    duration_s: int
    hertz: int


CLIPS = (Clip("short", 6, 440), Clip("long", 9, 880))


class Shelf:
    """Makes sources in a folder; those of one clip differ in bytes, and in nothing one sees."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ffmpeg = str(find_tools(Settings(state_dir=folder)).ffmpeg)
        self._copies = 0
        folder.mkdir(parents=True)

    def copy(self, clip: Clip) -> Path:
        """Return a new source of a clip, which no farm has an output for."""
        self._copies += 1
        target = f"{clip.name}-{self._copies}.mp4"
        mark = ("-map", "0", "-c", "copy", "-metadata", f"comment={self._copies}")
        self._run("-i", str(self._original(clip)), *mark, target)
        return self._folder / target

    def _original(self, clip: Clip) -> Path:
        path = self._folder / f"{clip.name}.mp4"
        if not path.exists():
            size = f"testsrc2=size=320x180:rate=25:duration={clip.duration_s}"
            tone = f"sine=frequency={clip.hertz}:sample_rate=48000:duration={clip.duration_s}"
            codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
            self._run(
                *("-f", "lavfi", "-i", size, "-f", "lavfi", "-i", tone),
                *(*codecs, "-c:a", "aac", "-ac", "2", path.name),
            )
        return path

    def _run(self, *arguments: str) -> None:
        argv = [self._ffmpeg, *FFMPEG_PREAMBLE, *arguments]
        subprocess.run(argv, cwd=self._folder, check=True, stdin=subprocess.DEVNULL)


def quick_spec(source: Path, origin: str, **changes: Any) -> JobSpec:
    """Return the request of a title that is made in seconds, in chunks all the same."""
    spec = a_spec(source, Path("origin"), **changes)
    ladder = spec.ladder.model_copy(update={"gop_s": 1.0, "segment_gops": 1})
    return spec.model_copy(update={"origin": origin, "ladder": ladder})
