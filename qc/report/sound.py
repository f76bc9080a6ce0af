"""Sound over time as a drawing: the waveform and short-term loudness of each track of the source.

One drawing serves paper, pages without scripts, and those with: there `sound.js` moves and zooms
what is in the groups with the chart above, whose margins these are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from farm.found import SoundCurve
from farm.mediainfo import AudioStream
from qc.report.axes import Axis, Tick, time_ticks
from qc.report.data import ReportData
from qc.report.words import clock
from qc.sound import TARGETS, LoudnessTarget

WIDTH_PX, LEFT_PX, RIGHT_PX = 1200, 84, 28  # as of quality over time
WAVE_TOP_PX, WAVE_PX, GAP_PX, LOUDNESS_PX, FOOT_PX = 4, 56, 12, 96, 24
FULL = 100  # what full scale is in the path of a waveform: a pixel is three of them
UNHEARD_LUFS = -70.0
STEP_LU = 10
LEAST_RANGE_LU = 20
FLOOR_LUFS = -60  # what is below is not drawn
FULL_SCALE = 1000  # of the peaks of a curve


@dataclass(frozen=True, slots=True)
class Stretched:
    """Path data in columns of time: `per_s` columns are a second, `wide` all of the title.

    `scale` makes pixels of its values, which count from `zero_px` down.
    """

    path: str
    per_s: float
    wide: float
    zero_px: int
    scale: float

    @property
    def at(self) -> str:
        """Return where it is, in the terms of SVG, while all of the title is shown."""
        across = (WIDTH_PX - RIGHT_PX - LEFT_PX) / self.wide
        return f"translate({LEFT_PX} {self.zero_px}) scale({across:.5f} {self.scale:g})"


@dataclass(frozen=True, slots=True)
class SoundDrawing:
    """A track in pixels from the upper left corner."""

    stream_index: int
    name: str
    words: str  # all that is seen, for whoever does not see
    wave: Stretched
    loudness: Stretched | None  # of less than three seconds there is none
    levels: Sequence[Tick]
    targets: Sequence[int]  # between which the policy wants the track to be
    target_words: str
    times: Sequence[Tick]
    width_px: int = WIDTH_PX
    left_px: int = LEFT_PX
    right_px: int = WIDTH_PX - RIGHT_PX
    top_px: int = WAVE_TOP_PX
    middle_px: int = WAVE_TOP_PX + WAVE_PX // 2
    loudness_px: int = WAVE_TOP_PX + WAVE_PX + GAP_PX
    bottom_px: int = WAVE_TOP_PX + WAVE_PX + GAP_PX + LOUDNESS_PX
    height_px: int = WAVE_TOP_PX + WAVE_PX + GAP_PX + LOUDNESS_PX + FOOT_PX


def draw_sounds(report: ReportData) -> list[SoundDrawing]:
    """Return a drawing of each track whose sound was kept; older analyses have none."""
    streams = {stream.index: stream for stream in report.source.media.audio}
    return [
        _draw(report, curve, streams.get(curve.stream_index))
        for curve in report.analysis.sound_curves
        if curve.peaks
    ]


def _draw(report: ReportData, curve: SoundCurve, stream: AudioStream | None) -> SoundDrawing:
    duration_s = float(report.duration_s)
    wanted = report.policy.loudness_target
    target = TARGETS[wanted] if wanted else None
    bottom_px = WAVE_TOP_PX + WAVE_PX + GAP_PX + LOUDNESS_PX
    y = Axis(*_levels(curve.lufs, target), bottom_px, bottom_px - LOUDNESS_PX)
    ends = (target.lufs - target.tolerance_lu, target.lufs + target.tolerance_lu) if target else ()
    name = _name(curve.stream_index, stream)
    return SoundDrawing(
        stream_index=curve.stream_index,
        name=name,
        words=f"{name}: {_words(curve)}",
        wave=Stretched(
            _envelope(curve.peaks),
            1 / curve.peak_s,
            duration_s / curve.peak_s,
            WAVE_TOP_PX + WAVE_PX // 2,
            WAVE_PX / 2 / FULL,
        ),
        loudness=Stretched(_loudness(curve, y), 1 / curve.lufs_s, duration_s / curve.lufs_s, 0, 1)
        if curve.lufs
        else None,
        levels=[
            Tick(y.at(at), f"{at} LUFS" if at == y.high else str(at))
            for at in range(int(y.low), int(y.high) + 1, STEP_LU)
        ],
        targets=[y.at(lufs) for lufs in ends],
        target_words=f"target {ends[0]:g} to {ends[1]:g} LUFS" if ends else "",
        times=time_ticks(Axis(0, duration_s, LEFT_PX, WIDTH_PX - RIGHT_PX)),
    )


def _name(index: int, stream: AudioStream | None) -> str:
    said = (stream.language, stream.title, stream.layout) if stream else ()
    return ", ".join([f"Stream {index}", *(each for each in said if each)])


def _words(curve: SoundCurve) -> str:
    peak = max(curve.peaks)
    if not peak:
        return "silence"
    loudest_s = curve.peaks.index(peak) * curve.peak_s
    level = f"peaks up to {20 * math.log10(peak / FULL_SCALE):.1f} dBFS at {clock(loudest_s)}"
    heard = [lufs for lufs in curve.lufs if lufs > UNHEARD_LUFS]
    if not heard:
        return level
    at_s = curve.lufs_from_s + curve.lufs.index(max(heard)) * curve.lufs_s
    return (
        f"short-term loudness from {min(heard):.1f} to {max(heard):.1f} LUFS, loudest around"
        f" {clock(at_s)}; {level}"
    )


def _levels(lufs: Sequence[float], target: LoudnessTarget | None) -> tuple[float, float]:
    """Return the ends of the axis: in tens, around what is heard and what is asked for."""
    seen = [each for each in lufs if each > FLOOR_LUFS] + ([target.lufs] if target else [])
    if not seen:
        return FLOOR_LUFS, 0
    high = min(0, math.ceil((max(seen) + 1) / STEP_LU) * STEP_LU)
    low = max(FLOOR_LUFS, math.floor((min(seen) - 1) / STEP_LU) * STEP_LU)
    return min(low, high - LEAST_RANGE_LU), high


def _envelope(peaks: Sequence[int]) -> str:
    """Return the upper half of a waveform in columns; the lower one mirrors it."""
    heights = [-(-peak * FULL // FULL_SCALE) for peak in peaks]  # the least sound is seen
    steps = ((height, len(list(run))) for height, run in groupby(heights))
    return "M0 0" + "".join(f"V{-height}h{wide}" for height, wide in steps) + "V0z"


def _loudness(curve: SoundCurve, y: Axis) -> str:
    """Return a line in columns through what is heard; where that is nothing, there is none."""
    paths: list[str] = []
    begin = 0
    for is_heard, run in groupby(curve.lufs, lambda lufs: lufs >= y.low):
        heights = [y.at(lufs) for lufs in run]
        steps = " ".join(f"1 {after - before}" for before, after in pairwise(heights))
        if is_heard:
            at = begin + curve.lufs_from_s / curve.lufs_s
            paths.append(f"M{at:g} {heights[0]}" + (f"l{steps}" if steps else "h.5"))
        begin += len(heights)
    return "".join(paths)
