"""Listening to an audio track as it will be delivered."""

from __future__ import annotations

from fractions import Fraction

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool
from media.graphs.loudness import SAMPLE_RATE, with_loudness


def hear_track(
    name: str, place: int, duration_s: Fraction, limits: Limits | None = None
) -> Command:
    """Return the command that measures the loudness of file `name`.

    `loudness.read_loudness` reads what it wrote, by `place` and 48,000 samples a second.
    """
    opened = ffmpeg.input(f"file:{name}", protocol_whitelist="file")["a:0"]
    heard = with_loudness(opened.filter("aresample", SAMPLE_RATE), place)
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *PROGRESS_ARGS,
            *ffmpeg.get_args(ffmpeg.output(heard, "-", format="null")),
        ),
        label=f"listen to {name}",
        limits=limits or Limits(),
        reports_progress=True,
        duration_s=duration_s,
    )
