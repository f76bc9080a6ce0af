"""Short clips of all sizes, lengths and contents: by FFmpeg's generators, and of real ones."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

PICTURES = (
    "testsrc2=size={size}:rate={fps}",
    "mandelbrot=size={size}:rate={fps}",
    "life=size={size}:rate={fps}:seed=1:mold=10:ratio=0.3:death_color=#205080:life_color=#ffd060",
    "gradients=size={size}:rate={fps}:n=2:c0=#103050:c1=#e0a040:x0=0:y0=0:x1=160:y1=90:speed=0.02"
    ",noise=alls=6:allf=t",
)
SIZES = ("320x180", "426x240", "512x288", "640x360")
RATES = (24, 25, 30)
LENGTHS_S = (2, 3, 4, 6, 8)
REAL = ("bottle-360p.mp4", "bbb-480p-30s.mp4")


def clips_of_all_kinds(
    ffmpeg: Path, folder: Path, real: Path, count: int, chance: random.Random
) -> list[Path]:
    """Return so many clips in a mixed order, a quarter of them of real ones where those are."""
    there = [real / name for name in REAL if (real / name).is_file()]
    makes = [
        _excerpt(ffmpeg, folder, number, there[number % len(there)], chance)
        if there and number < count // 4
        else _generated(ffmpeg, folder, number, chance)
        for number in range(count)
    ]
    chance.shuffle(makes)
    return makes


def _excerpt(ffmpeg: Path, folder: Path, number: int, clip: Path, chance: random.Random) -> Path:
    length_s = chance.choice(LENGTHS_S)
    path = folder / f"{number:02}-{clip.stem.partition('-')[0]}-{length_s}s.mp4"
    begin = ("-ss", f"{2 * number}")  # each another: what is known already takes no time
    _run(ffmpeg, *begin, "-i", str(clip), "-t", f"{length_s}", "-c", "copy", str(path))
    return path


def _generated(ffmpeg: Path, folder: Path, number: int, chance: random.Random) -> Path:
    size, fps = chance.choice(SIZES), chance.choice(RATES)
    length_s = chance.choice(LENGTHS_S)
    picture = chance.choice(PICTURES).format(size=size, fps=fps)
    path = folder / f"{number:02}-{picture.partition('=')[0]}-{size}-{length_s}s.mp4"
    sound = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000")
    quick = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    heard = sound if chance.random() < 0.7 else ()
    _run(ffmpeg, "-f", "lavfi", "-i", picture, *heard, "-t", f"{length_s}", *quick, str(path))
    return path


def _run(ffmpeg: Path, *arguments: str) -> None:
    quiet = ("-hide_banner", "-nostdin", "-loglevel", "error", "-y")
    subprocess.run([str(ffmpeg), *quiet, *arguments], check=True)
