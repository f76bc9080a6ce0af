"""What the decode that analyzes a source writes down of its sound, beside how loud it is.

Clipping is judged in 16 bits: what a lossy codec made of flat tops lies above full scale in parts,
and is flat again where that is cut off. Phase is judged by the power of the sum of left and right
against that of their difference, as a mixdown to mono hears them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ffmpeg

from farm.found import SoundFound, Span
from media.graphs.loudness import SAMPLE_RATE
from media.graphs.metadata import read_frames

CLIP_WINDOW_SAMPLES = SAMPLE_RATE // 10
PHASE_WINDOW_SAMPLES = SAMPLE_RATE // 4
FULL_SCALE_DBFS = -0.01  # the peak of a window worth writing down
FULL_SCALE = 32767  # of 16 bits
# How many samples lie at full scale in a window, and how long their runs are (`astats`' flat
# factor: 20 log10 of the mean run, each weighed by its length). One sample or two are a peak that
# just fits.
MIN_CLIPPED_SAMPLES = 6
MIN_FLAT_DB = 20 * math.log10(3)
MIN_CLIPPED_S = 0.25  # less is a click, as loud masters have them
MAX_CLIP_GAP_S = 1.0  # between words

# Correlation of left and right, 2LR / (LL + RR), from which on they are mostly opposite. Wide
# stereo of films came down to -0.28 over two seconds.
OPPOSITE = -0.5
MIN_OPPOSITE_S = 1.5
MAX_OPPOSITE_GAP_S = 1.0
AUDIBLE_DBFS = -50.0  # of the sum and difference together: what is quieter has no sides

_PREFIX = "lavfi.astats."


def clipping_name(stream_index: int) -> str:
    return f"clipping-{stream_index}.txt"


def peaks_name(stream_index: int) -> str:
    return f"peaks-{stream_index}.txt"


def phase_name(stream_index: int) -> str:
    return f"phase-{stream_index}.txt"


def fault_outputs(stream: Any, stream_index: int, channels: int) -> list[Any]:
    """Return the outputs that look for clipping, and for opposite sides where there are two."""
    if channels != 2:
        return [_clipping(stream, stream_index)]
    split = stream.filter_multi_output("asplit", 2)
    return [_clipping(split[0], stream_index), _phase(split[1], stream_index)]


def _clipping(stream: Any, stream_index: int) -> Any:
    stream = stream.filter("asetnsamples", n=CLIP_WINDOW_SAMPLES, p=0)
    stream = stream.filter("aformat", sample_fmts="s16").filter(
        "astats",
        metadata=1,
        reset=1,
        measure_perchannel="Max_level+Min_level+Peak_count+Flat_factor",
        measure_overall="Peak_level",
    )
    # What the picture of the sound is drawn from: `media.graphs.sound_curves`.
    peak, name = f"{_PREFIX}Overall.Peak_level", peaks_name(stream_index)
    stream = stream.filter("ametadata", "print", key=peak, file=name)
    stream = stream.filter(
        "ametadata",
        "select",
        key=peak,
        function="greater",
        value=FULL_SCALE_DBFS,
    )
    return _written(stream, clipping_name(stream_index))


def _phase(stream: Any, stream_index: int) -> Any:
    stream = stream.filter("pan", args="stereo|c0=c0+c1|c1=c0-c1")
    stream = stream.filter("asetnsamples", n=PHASE_WINDOW_SAMPLES, p=0).filter(
        "astats",
        metadata=1,
        reset=1,
        measure_perchannel="RMS_level",
        measure_overall="none",
    )
    return _written(stream, phase_name(stream_index))


def _written(stream: Any, name: str) -> Any:
    # FFmpeg takes an output without any sound for a failure.
    written = stream.filter("ametadata", "print", file=name).filter("apad", pad_len=1)
    return ffmpeg.output(written, "-", format="null")


def read_faults(folder: Path, stream_index: int, end_s: float) -> SoundFound:
    """Return what was found in a track that ends at `end_s`."""
    clipped = spans(
        _clipped(folder / clipping_name(stream_index)),
        CLIP_WINDOW_SAMPLES / SAMPLE_RATE,
        MAX_CLIP_GAP_S,
        MIN_CLIPPED_S,
    )
    phase = folder / phase_name(stream_index)
    opposite = spans(
        _opposite(phase) if phase.exists() else iter(()),
        PHASE_WINDOW_SAMPLES / SAMPLE_RATE,
        MAX_OPPOSITE_GAP_S,
        MIN_OPPOSITE_S,
    )
    return SoundFound(stream_index, round(end_s, 3), clipped, opposite)


def _clipped(path: Path) -> Iterator[float]:
    """Yield when windows begin in which some channel is flat at full scale."""
    for at_s, values in read_frames(path):
        channels = {key.split(".")[2] for key in values} - {"Overall"}
        if any(_is_flat(values, channel) for channel in channels):
            yield at_s


def _is_flat(values: dict[str, str], channel: str) -> bool:
    highest, lowest, count, flat = (
        float(values.get(f"{_PREFIX}{channel}.{key}", 0))
        for key in ("Max_level", "Min_level", "Peak_count", "Flat_factor")
    )
    at_full_scale = highest >= FULL_SCALE or lowest <= -FULL_SCALE
    return at_full_scale and count >= MIN_CLIPPED_SAMPLES and flat >= MIN_FLAT_DB


def _opposite(path: Path) -> Iterator[float]:
    """Yield when windows begin in which left and right are mostly opposite."""
    least = 2 * 10 ** (AUDIBLE_DBFS / 10)
    for at_s, values in read_frames(path):
        together, apart = (_power(values.get(f"{_PREFIX}{n}.RMS_level", "-inf")) for n in (1, 2))
        both = together + apart
        if both > least and (together - apart) / both <= OPPOSITE:
            yield at_s


def _power(level_db: str) -> float:
    value = float(level_db)
    return 10 ** (value / 10) if math.isfinite(value) else 0.0


def spans(
    starts_s: Iterator[float], window_s: float, max_gap_s: float, min_found_s: float
) -> tuple[Span, ...]:
    """Return stretches of windows no further apart than `max_gap_s`.

    In sum the windows of a stretch last at least `min_found_s`, and half of it.
    """
    found: list[tuple[float, float, int]] = []
    for start_s in starts_s:
        end_s = start_s + window_s
        if found and start_s - found[-1][1] <= max_gap_s:
            found[-1] = (found[-1][0], end_s, found[-1][2] + 1)
        else:
            found.append((start_s, end_s, 1))
    return tuple(
        Span(round(start_s, 3), round(end_s, 3))
        for start_s, end_s, count in found
        if count * window_s >= max(min_found_s, (end_s - start_s) / 2)
    )
