"""Clips with captions inside their pictures: SEI messages written into an H.264 stream by hand.

FFmpeg writes no captions of its own, but its encoders keep those of the pictures they get: other
codecs and containers are made of the first clip by FFmpeg.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from tests.line21 import NTSC, sei

RunCommand = Callable[[Command, Path], Finished]

DELIMITER = b"\0\0\0\1\x09"  # an access unit delimiter, behind which SEI belongs


def with_captions(
    run: RunCommand,
    folder: Path,
    pictures: Sequence[Sequence[bytes]],
    rate: Fraction = NTSC,
    name: str = "captioned.mp4",
) -> Path:
    """Make a clip of a picture for each entry of `pictures`, carrying these threes."""
    pattern = f"testsrc2=size=192x108:rate={rate}"
    made = ("-frames:v", f"{len(pictures)}", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "0")
    one_slice = ("-x264-params", "aud=1:slices=1:threads=1")
    _ffmpeg(run, folder, "-f", "lavfi", "-i", pattern, *made, *one_slice, "plain.h264")
    units = (folder / "plain.h264").read_bytes().split(DELIMITER)[1:]
    captioned = (
        DELIMITER + unit[:1] + sei(threes) + unit[1:]
        for unit, threes in zip(units, pictures, strict=True)
    )
    (folder / "captioned.h264").write_bytes(b"".join(captioned))
    _ffmpeg(run, folder, "-framerate", f"{rate}", "-i", "captioned.h264", "-c", "copy", name)
    return folder / name


def made_of(run: RunCommand, clip: Path, name: str, *options: str) -> Path:
    """Make another file of a clip, which keeps its captions."""
    _ffmpeg(run, clip.parent, "-i", clip.name, *options, name)
    return clip.parent / name


def track_of(run: RunCommand, clip: Path, name: str) -> Path:
    """Make a QuickTime file with the captions of field 1 in a track of their own, none in it."""
    captions = ("-f", "lavfi", "-i", f"movie={clip.name}[out0+subcc]")
    _ffmpeg(run, clip.parent, *captions, "-map", "0:s", "-c:s", "copy", "track.mov")
    plain = ("-i", clip.name, "-i", "track.mov", "-map", "0:v", "-map", "1:s", "-c:s", "copy")
    _ffmpeg(run, clip.parent, *plain, "-c:v", "mpeg4", name)
    return clip.parent / name


def _ffmpeg(run: RunCommand, folder: Path, *args: str) -> None:
    run(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), "make test media"), folder)
