"""A movie of 8 s that passes QC with any ladder: as gentle as films are."""

from __future__ import annotations

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from tests.drifting import drifting


def gentle_movie() -> Command:
    """Return the command that makes it, as movie.mp4."""
    picture = ("-f", "lavfi", "-i", drifting("640x360", 8))
    tone = ("-f", "lavfi", "-i", "sine=duration=8")
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    make = (*FFMPEG_PREAMBLE, *picture, *tone, *codecs, "movie.mp4")
    return Command(Tool.FFMPEG, make, "make the movie")
