"""Short stretches of a rendition, looked at for two fields shown at once.

`idet` counts what it sees of every picture; a short title is looked at as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from farm.command import FFMPEG_PREAMBLE, Command, Limits, Tool
from farm.found import Span
from media.graphs.analyze_fields import UNDER_GRAIN
from media.graphs.analyze_pictures import combed
from media.graphs.metadata import read_frames

WHOLE_S = Fraction(30)
STRETCH_S = Fraction(2)
PLACES = (Fraction(1, 10), Fraction(3, 10), Fraction(1, 2), Fraction(7, 10), Fraction(9, 10))
SAMPLE_S = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class CombedStretch:
    """Where a rendition is looked at, for how long, and the file of the counts."""

    start_s: Fraction
    length_s: Fraction
    name: str


def comb_stretches(duration_s: Fraction) -> tuple[CombedStretch, ...]:
    """Return five stretches over a title, one for a short title."""
    if duration_s <= WHOLE_S:
        return (CombedStretch(Fraction(0), duration_s, "combed-0.txt"),)
    return tuple(
        CombedStretch(duration_s * place - STRETCH_S / 2, STRETCH_S, f"combed-{number}.txt")
        for number, place in enumerate(PLACES)
    )


def look_for_combs(
    duration_s: Fraction, fps: Fraction, rendition_name: str, limits: Limits
) -> Command:
    """Return the command that writes the counts of every stretch of a rendition."""
    every = max(1, round(fps * SAMPLE_S))
    args: list[str] = []
    stretches = comb_stretches(duration_s)
    for stretch in stretches:
        seek = ("-ss", f"{float(stretch.start_s):.6f}", "-t", f"{float(stretch.length_s):.6f}")
        args += ("-protocol_whitelist", "file", *seek, "-i", f"file:{rendition_name}")
    for number, stretch in enumerate(stretches):
        sampled = rf"enable=not(mod(n+1\,{every}))"
        noted = f"metadata=print:file={stretch.name}:{sampled}"
        graph = f"[{number}:v:0]{UNDER_GRAIN},idet,{noted}[c{number}]"
        args += ("-filter_complex", graph, "-map", f"[c{number}]", "-f", "null", "-")
    return Command(
        Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), f"look for fields in {rendition_name}", limits
    )


def read_combs(folder: Path, duration_s: Fraction) -> tuple[Span, ...]:
    """Return where two fields are shown at once."""
    return tuple(_moved(folder, duration_s))


def _moved(folder: Path, duration_s: Fraction) -> Iterator[Span]:
    for stretch in comb_stretches(duration_s):
        start_s = float(stretch.start_s)
        for span in combed(read_frames(folder / stretch.name)):
            yield Span(round(start_s + span.start_s, 3), round(start_s + span.end_s, 3))
