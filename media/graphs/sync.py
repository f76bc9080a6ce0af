"""Short stretches of sound, of the source and as delivered, at the same times of the title.

Each stretch of the source is sought by its own timestamps, so that what adds up over a title, or
is lost at a hole, shows as an offset between the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from farm.command import FFMPEG_PREAMBLE, Command, Limits, Tool, source_input
from media.graphs.clock import clock_options
from media.graphs.relay import NOWHERE

SAMPLE_RATE = 8000
PLACES = (Fraction(1, 10), Fraction(3, 10), Fraction(1, 2), Fraction(7, 10), Fraction(9, 10))
STRETCH_S = Fraction(4)
AROUND_S = Fraction(2)  # of the source before and after a stretch, for sound that is far off


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where sound is compared, and the files it is written to (s16le, mono, SAMPLE_RATE)."""

    start_s: Fraction
    lead_s: Fraction  # how much earlier the source's file begins
    source_name: str
    delivered_name: str


def stretches(duration_s: Fraction) -> tuple[Stretch, ...]:
    """Return five places over a title, one for a title that is hardly longer than a stretch."""
    if duration_s < 2 * STRETCH_S:
        return (_stretch(0, Fraction(0)),)
    starts_s = (min(duration_s * place, duration_s - STRETCH_S) for place in PLACES)
    return tuple(_stretch(number, start_s) for number, start_s in enumerate(starts_s))


def take_stretches(
    duration_s: Fraction,
    stream_index: int,
    start_s: Fraction | None,
    delivered_name: str,
    limits: Limits,
    channels: Sequence[int] = (),
) -> Command:
    """Return the command that writes every stretch of a source's stream and of a delivered track.

    `start_s` is that of the clock, see `clock.explicit_start`. `channels` are those of the stream
    that the track was made of; empty for all.
    """
    places = stretches(duration_s)
    inputs: list[str] = []
    outputs: list[str] = []
    clock = clock_options(start_s)
    for number, stretch in enumerate(places):
        first_s = stretch.start_s - stretch.lead_s
        inputs += source_input(*clock, *_seek(first_s, stretch.lead_s + STRETCH_S + AROUND_S))
        seek = _seek(stretch.start_s, STRETCH_S)
        inputs += ("-protocol_whitelist", "file", *seek, "-i", f"file:{delivered_name}")
        zero_s = None if start_s is None else start_s + first_s
        outputs += _steady(f"{2 * number}:{stream_index}", zero_s, channels)
    for number in range(len(places)):
        outputs += ("-dec", f"{number}:0")
    for number, stretch in enumerate(places):
        wide_s = stretch.lead_s + STRETCH_S + AROUND_S
        outputs += _output(f"dec:{number}", stretch.source_name, wide_s)
        outputs += _output(f"{2 * number + 1}:a:0", stretch.delivered_name, STRETCH_S)
    return Command(
        Tool.FFMPEG,
        (*FFMPEG_PREAMBLE, *inputs, *outputs),
        f"compare {delivered_name} with the source's sound",
        limits,
    )


def _stretch(number: int, start_s: Fraction) -> Stretch:
    lead_s = min(start_s, AROUND_S)
    return Stretch(start_s, lead_s, f"sync-{number}-source.raw", f"sync-{number}-delivered.raw")


def _seek(start_s: Fraction, length_s: Fraction) -> tuple[str, ...]:
    return ("-ss", _seconds(start_s), "-t", _seconds(length_s + 1))


def _steady(stream: str, zero_s: Fraction | None, channels: Sequence[int]) -> tuple[str, ...]:
    """Return the output that makes PCM of one kind of a stream, for a loopback decoder to take.

    What counts must not see a change of layout or rate: see `relay`.
    """
    moved = "" if zero_s is None else f"asetpts=PTS-({zero_s.numerator}/{zero_s.denominator})/TB,"
    picked = f"pan=mono|c0={'+'.join(f'c{n}' for n in channels)}," if channels else ""
    graph = f"{moved}{picked}aresample={SAMPLE_RATE}:out_chlayout=mono"
    return ("-map", stream, "-af", graph, "-c:a", "pcm_f32le", "-f", "framecrc", NOWHERE)


def _output(stream: str, name: str, length_s: Fraction) -> tuple[str, ...]:
    # Silence where there is nothing.
    held = "async=1:min_hard_comp=0.001:first_pts=0"
    label = f"[{name}]"
    graph = f"[{stream}]aresample={SAMPLE_RATE}:{held}:out_chlayout=mono{label}"
    form = ("-t", _seconds(length_s), "-f", "s16le", "-c:a", "pcm_s16le")
    return ("-filter_complex", graph, "-map", label, *form, f"file:{name}")


def _seconds(time_s: Fraction) -> str:
    return f"{float(time_s):.6f}"
