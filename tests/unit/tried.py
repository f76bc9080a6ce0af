"""A ladder that trials decided, for tests of what is shown of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from farm.ladder import CodecName, Ladder, Rejected, Rung
from farm.trials import Prediction, TrialPoint, Trials

FPS = Fraction(24)
LOW, TOP, HEVC = "h264-360p-400k", "h264-720p-3000k", "hevc-720p-2000k"


def a_trial(height: int, crf: float, bps: float, vmaf_v1: float, *, hull: bool) -> TrialPoint:
    """Return a fast trial, which has no score of v0.6.1."""
    size = (height * 16 // 9, height)
    return TrialPoint("h264", *size, FPS, "veryfast", crf, bps, None, vmaf_v1, hull, final=False)


def a_final(codec: str, height: int, crf: float, bps: float, vmaf_v1: float) -> TrialPoint:
    """Return a trial with the preset of the title, a little worse by v0.6.1."""
    size = (height * 16 // 9, height)
    return TrialPoint(
        codec, *size, FPS, "medium", crf, bps, vmaf_v1 - 1, vmaf_v1, on_hull=False, final=True
    )


def a_rung(name: str, height: int, crf: float, reason: str) -> Rung:
    codec: CodecName = "hevc" if name.startswith("hevc") else "h264"
    size = (height * 16 // 9, height)
    return Rung(name, codec, *size, FPS, 48, "medium", crf, 3_000_000, 4_500_000, reason=reason)


POINTS = (
    a_trial(360, 36, 200_000, 60.0, hull=True),
    a_trial(360, 20, 1_600_000, 84.0, hull=False),
    a_trial(540, 28, 600_000, 70.0, hull=False),
    a_trial(540, 20, 1_800_000, 86.0, hull=False),
    a_trial(720, 36, 800_000, 78.0, hull=True),
    a_trial(720, 20, 4_000_000, 96.0, hull=True),
    a_final("h264", 360, 30.5, 390_000, 71.0),
    a_final("h264", 720, 25, 1_700_000, 88.0),
    a_final("h264", 720, 22.25, 2_400_000, 94.0),
    a_final("hevc", 720, 24, 1_500_000, 93.0),
)
LADDER = Ladder(
    policy="per-title",
    rungs=(
        a_rung(LOW, 360, 30.5, "the bottom"),
        a_rung(HEVC, 720, 24, "the top of hevc"),
        a_rung(TOP, 720, 22.25, "the top"),
    ),
    rejected=(
        Rejected("h264-1080p", "h264", 1920, 1080, 8_000_000, "larger than the source"),
        Rejected("h264-540p", "h264", 960, 540, 3_000_000, "best at no rate"),
    ),
    segment_s=Fraction(6),
    trials=Trials(
        metric="vmaf_v1",
        windows_s=(2.0, 14.0),
        window_s=2.0,
        points=POINTS,
        predictions=(
            Prediction(LOW, 390_000, 70.0, 71.0),
            Prediction(HEVC, 1_500_000, 92.0, 93.0),
            Prediction(TOP, 2_400_000, 93.0, 94.0),
        ),
    ),
)
UNTRIED = replace(LADDER, trials=None)
