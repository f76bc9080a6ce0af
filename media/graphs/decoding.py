"""Decoding a rendition for what its decoder says of it alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool

# A line of FFmpeg's own at this level (`level+error`), whose prefixes tell where in memory it was.
_ADDRESS = re.compile(r" @ 0x[0-9a-f]+")
_LEVELS = ("[error]", "[fatal]", "[panic]")


def decode_alone(name: str, label: str, duration_s: Fraction, limits: Limits | None) -> Command:
    """Return the command that decodes the pictures of a file in the scratch directory."""
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *PROGRESS_ARGS,
            *("-protocol_whitelist", "file", "-i", f"file:{name}"),
            *("-map", "0:v:0", "-f", "null", "-"),
        ),
        label=label,
        limits=limits or Limits(),
        reports_progress=True,
        duration_s=duration_s,
    )


def complaints(lines: Iterable[str]) -> list[str]:
    """Return what FFmpeg found wrong, the same in every run."""
    return [
        _ADDRESS.sub("", line).strip() for line in lines if any(level in line for level in _LEVELS)
    ]
