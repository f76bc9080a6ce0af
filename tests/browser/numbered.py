"""Clips whose frames carry their number, for eyes that are programs: blocks, black or white."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg

BITS, BLOCK = 16, 40
WIDTH, HEIGHT = BITS * BLOCK, 360
BAND = range(120, 240)  # the rows that hold the number
# Reads the number back from what a canvas shows, in the middle of each block.
READ = """id => {
  const canvas = document.getElementById(id), { width, height } = canvas;
  const row = new OffscreenCanvas(width, 1).getContext("2d", { willReadFrequently: true });
  row.drawImage(canvas, 0, Math.floor(height / 2), width, 1, 0, 0, width, 1);
  const { data } = row.getImageData(0, 0, width, 1);
  const bits = [...Array(16).keys()].map((bit) => data[4 * Math.floor((bit + 0.5) * width / 16)]);
  return bits.reduce((number, light) => 2 * number + (light > 127 ? 1 : 0), 0);
}"""
WHITE = (218, 128, 128)  # how a block that is set is coded: 235 of 255, in limited range


@dataclass(frozen=True, slots=True)
class NumberedClip:
    """Source and encode of a window of a title, and how the API tells of it."""

    told: dict[str, Any]
    first: int
    last: int


def make_clip(folder: Path, name: str, fps: str, first: int, frames: int) -> NumberedClip:
    """Make both files in `folder`; the encode's begins 12 frames earlier, as at a key frame."""
    early = 12
    _encode(folder / f"{name}-source.mp4", fps, range(first, first + frames), "scale=640:360", 12)
    _encode(
        folder / f"{name}-encode.mp4",
        fps,
        range(first - early, first + frames),
        "scale=320:180:flags=bicubic",
        30,
    )
    rate, _, base = fps.partition("/")
    told = {
        **{"name": name, "rung": "h264-180p-400k", "fps": fps},
        **{"at_s": (first + 5) * int(base) / int(rate), "worst_frame": first + 5, "score": 41.2},
        **{"first_frame": first, "frames": frames, "source_skip": 0, "encode_skip": early},
        **{"source": f"/clips/{name}-source.mp4", "encode": f"/clips/{name}-encode.mp4"},
    }
    return NumberedClip(told, first, first + frames - 1)


def _encode(target: Path, fps: str, numbers: range, scaled: str, crf: int) -> None:
    """Encode frames with B-frames between, so that their order in the file is another."""
    argv = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"),
        *("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", fps, "-i", "-"),
        *("-vf", f"{scaled},format=yuv420p", "-c:v", "libx264", "-preset", "veryfast"),
        *("-crf", str(crf), "-g", "24", "-bf", "3", str(target)),
    ]
    raw = b"".join(_frames(numbers))
    subprocess.run(argv, input=raw, check=True, timeout=120)


def _frames(numbers: range) -> Iterator[bytes]:
    for number in numbers:
        ground = bytes((x * 200 // WIDTH + number * 3) % 200 + 20 for x in range(WIDTH))
        bits = (number >> bit & 1 for bit in reversed(range(BITS)))
        band = b"".join((b"\xeb" if bit else b"\x10") * BLOCK for bit in bits)
        yield b"".join(band if row in BAND else ground for row in range(HEIGHT))
