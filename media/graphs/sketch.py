"""A sketch of a title: small and quickly encoded, so that its bits tell where pictures are hard.

Encoders' bits go with the bits of a sketch far better than with the detail and motion of pictures
(docs/ladders.md has the figures). FFmpeg's own MPEG-4 encoder makes it, which every build has.
"""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

SKETCH_NAME = "sketch.txt"  # a line of framecrc for each picture
SAMPLE_S = 1  # of a key frame and what follows it: long enough that both count
MAX_SAMPLES = 8000
LEAST_BITS = 64.0  # of a picture, so that black has a logarithm
NEVER = 10**9


def sketch_output(pictures: Any, rate: Fraction, duration_s: Fraction) -> Any:
    """Return the output that writes down the bits of each of `pictures`, small and of 8 bits."""
    # MPEG-4's clock cannot tell every rate; nobody looks at the times.
    numbered = pictures.filter("settb", "1/25").filter("setpts", "N")
    return ffmpeg.output(
        numbered,
        SKETCH_NAME,
        format="framecrc",
        fps_mode="passthrough",
        **{
            "enc_time_base": "1/25",
            "c:v": "mpeg4",
            "q:v": 3,
            "g": sample_frames(rate, duration_s),
            "bf": 0,
            "sc_threshold": NEVER,  # key frames at fixed distances, as titles have them
            "threads:v": 1,  # the same bits on every machine
        },
    )


def sample_frames(rate: Fraction, duration_s: Fraction) -> int:
    """Return how many pictures a sample has: those of a second, more of the longest titles."""
    return max(1, math.ceil(rate * max(Fraction(SAMPLE_S), duration_s / MAX_SAMPLES)))


def read_sketch(folder: Path, rate: Fraction, duration_s: Fraction) -> tuple[float, ...]:
    """Return the mean bits of a picture, in octaves, of every sample of the title."""
    with (folder / SKETCH_NAME).open(encoding="ascii") as lines:
        bits = [8 * int(line.split(",")[4]) for line in lines if not line.startswith("#")]
    step = sample_frames(rate, duration_s)
    samples = [bits[first : first + step] for first in range(0, len(bits), step)]
    return tuple(round(math.log2(max(LEAST_BITS, sum(s) / len(s))), 2) for s in samples)
