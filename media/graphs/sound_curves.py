"""How loud a track is over time, from what the filters that measure it write down anyway."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from farm.found import SoundCurve
from media.graphs.analyze_sound import CLIP_WINDOW_SAMPLES, peaks_name
from media.graphs.loudness import (
    ABSOLUTE_GATE_LUFS,
    BLOCK_S,
    SAMPLE_RATE,
    SHORT_TERM_S,
    SUMMARY_BLOCKS,
    summary_name,
)
from media.graphs.metadata import read_frames, read_values

MOST_COLUMNS = 1200  # as many as a wide screen shows apart
FULL_SCALE = 1000
WINDOW_S = CLIP_WINDOW_SAMPLES / SAMPLE_RATE
SUMMARY_S = SUMMARY_BLOCKS * BLOCK_S


def read_sound_curve(folder: Path, stream_index: int, samples: int) -> SoundCurve:
    """Return the curve of a track of `samples` samples at 48 kHz.

    Of long titles a column of peaks keeps the highest, one of loudness the mean of its energies.
    """
    windows = read_values(folder / peaks_name(stream_index))
    each = max(1, math.ceil(len(windows) / MOST_COLUMNS))
    peaks = [_share(max(column)) for column in _columns(windows, each)]
    ends_s = samples / SAMPLE_RATE
    lufs = [
        max(ABSOLUTE_GATE_LUFS, float(values["lavfi.r128.S"]))
        for at_s, values in read_frames(folder / summary_name(stream_index))
        if SHORT_TERM_S <= at_s + BLOCK_S <= ends_s
    ]
    joined = max(1, math.ceil(len(lufs) / MOST_COLUMNS))
    # The first whole three seconds end with the first block behind them that was written down.
    first_s = SHORT_TERM_S + BLOCK_S - SHORT_TERM_S / 2
    return SoundCurve(
        stream_index=stream_index,
        peak_s=round(each * WINDOW_S, 3),
        peaks=tuple(peaks),
        lufs_from_s=round(first_s + (joined - 1) * SUMMARY_S / 2, 3),
        lufs_s=round(joined * SUMMARY_S, 3),
        lufs=tuple(round(_mean(column), 1) for column in _columns(lufs, joined)),
    )


def _columns(values: Sequence[float], each: int) -> list[Sequence[float]]:
    return [values[at : at + each] for at in range(0, len(values), each)]


def _share(peak_db: float) -> int:
    """Return thousandths of full scale; 0 of silence, whose level is minus infinity."""
    return round(FULL_SCALE * 10 ** (peak_db / 20))


def _mean(lufs: Sequence[float]) -> float:
    return 10 * math.log10(math.fsum(10 ** (value / 10) for value in lufs) / len(lufs))
