"""Loudness by EBU R128: the filters that measure it, and what they wrote.

FFmpeg's ebur128 tells the momentary loudness of every 100 ms; the gates of ITU-R BS.1770-5 are
applied to it here, since the filter keeps its threshold to itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from farm.facts import Loudness
from media.graphs.metadata import read_frames, read_values

SAMPLE_RATE = 48_000
MAX_TRUE_PEAK_DBTP = -1.0  # EBU R 128, permitted maximum in production
BLOCK_SAMPLES = SAMPLE_RATE // 10
SUMMARY_BLOCKS = 10  # the running figures are written once a second
# Silence after the end brings the last second's figures out; the gates keep it out of them.
PAD_SAMPLES = SAMPLE_RATE
ABSOLUTE_GATE_LUFS = -70.0  # BS.1770-5, annex 1; also what complete silence is given
RELATIVE_GATE_LU = -10.0
RANGE_GATE_LU = -20.0
WINDOW_BLOCKS = 4  # 400 ms
BLOCK_S = 0.1
SHORT_TERM_S = 3
FLOOR_DBTP = -120.0  # of silence: minus infinity is no number in JSON


def momentary_name(stream_index: int) -> str:
    return f"momentary-{stream_index}.txt"


def summary_name(stream_index: int) -> str:
    return f"loudness-{stream_index}.txt"


def with_loudness(stream: Any, stream_index: int) -> Any:
    """Return 48 kHz audio `PAD_SAMPLES` longer, its loudness written as it passes."""
    stream = stream.filter("apad", pad_len=PAD_SAMPLES)
    stream = stream.filter("ebur128", metadata=1, peak="true", framelog="quiet")
    key, name = "lavfi.r128.M", momentary_name(stream_index)
    stream = stream.filter("ametadata", "print", key=key, file=name)
    now_and_then = f"not(mod(n,{SUMMARY_BLOCKS}))"
    summary = summary_name(stream_index)
    return stream.filter("ametadata", "print", file=summary, enable=now_and_then)


def read_loudness(folder: Path, stream_index: int, samples: int) -> Loudness:
    """Return the loudness of a track of `samples` samples from what `with_loudness` wrote."""
    momentary = read_values(folder / momentary_name(stream_index))
    integrated, threshold = gated(momentary[: samples // BLOCK_SAMPLES])
    short_term, peak = [], 0.0
    for at_s, values in read_frames(folder / summary_name(stream_index)):
        if SHORT_TERM_S <= at_s + BLOCK_S <= samples / SAMPLE_RATE:
            short_term.append(float(values["lavfi.r128.S"]))
        peak = float(values["lavfi.r128.true_peak"])  # the highest so far
    return Loudness(
        stream_index=stream_index,
        integrated_lufs=round(integrated, 2),
        range_lu=round(loudness_range(short_term), 2),
        true_peak_dbtp=round(_decibels(peak), 2),
        threshold_lufs=round(threshold, 2),
    )


def gated(momentary_lufs: Sequence[float]) -> tuple[float, float]:
    """Return integrated loudness and relative threshold of a series every 100 ms, in LUFS."""
    # The first windows hang over the start: no whole 400 ms were heard yet.
    audible = [m for m in momentary_lufs[WINDOW_BLOCKS - 1 :] if m > ABSOLUTE_GATE_LUFS]
    if not audible:
        return ABSOLUTE_GATE_LUFS, ABSOLUTE_GATE_LUFS
    threshold = max(ABSOLUTE_GATE_LUFS, _mean(audible) + RELATIVE_GATE_LU)
    return _mean([m for m in audible if m > threshold]), threshold


def loudness_range(short_term_lufs: Sequence[float]) -> float:
    """Return the range of a series once a second, in LU (EBU Tech 3342, 2023)."""
    audible = [s for s in short_term_lufs if s > ABSOLUTE_GATE_LUFS]
    if not audible:
        return 0.0
    threshold = _mean(audible) + RANGE_GATE_LU
    counted = sorted(s for s in audible if s > threshold)
    low, high = (counted[round(share * (len(counted) - 1))] for share in (0.10, 0.95))
    return high - low


def _mean(lufs: Sequence[float]) -> float:
    return 10 * math.log10(math.fsum(10 ** (value / 10) for value in lufs) / len(lufs))


def _decibels(amplitude: float) -> float:
    return max(FLOOR_DBTP, 20 * math.log10(amplitude)) if amplitude > 0 else FLOOR_DBTP
