"""Reading the logs of a scoring run; the text is recorded from libvmaf 3.2 and FFmpeg 9."""

from __future__ import annotations

import json
from array import array
from fractions import Fraction

import pytest

from farm.facts import FrameScore, Scores, Stats
from qc.frames import ScoredFrames
from qc.scores import UnreadableScores, harmonic_mean, percentile, read_scores, stats

VMAF_LOG = """{"version": "86da14d", "fps": 103.46, "frames": [
{"frameNum": 0, "metrics": {"integer_adm2": 1.0, "integer_vif_scale0": 1.0, "psnr_y": 60.0,
  "integer_motion2": 0.0, "integer_motion3": 0.0, "vmaf": 97.428043}},
{"frameNum": 5, "metrics": {"integer_adm2": 0.97789, "integer_vif_scale0": 1.0, "psnr_y": 60.0,
  "integer_motion2": 0.819103, "integer_motion3": 0.819103, "vmaf": 93.746824}},
{"frameNum": 10, "metrics": {"integer_adm2": 0.967783, "integer_vif_scale0": 0.999964,
  "psnr_y": 58.163157, "integer_motion2": 1.250216, "integer_motion3": 1.250216,
  "vmaf": 92.139227}}], "pooled_metrics": {"vmaf": {"min": 92.139227, "max": 97.428043,
  "mean": 94.438031, "harmonic_mean": 94.381694}}, "aggregate_metrics": {}}"""

SSIM_LOG = """n:1 Y:1.000000 U:0.999852 V:0.999852 All:0.999951 (43.071746)
n:2 Y:0.999606 U:0.999077 V:0.999392 All:0.999482 (32.860256)
n:3 Y:0.998970 U:0.999380 V:0.999228 All:0.999081 (30.368524)
""".splitlines(keepends=True)


def read(
    vmaf_log: str = VMAF_LOG, ssim_log: list[str] = SSIM_LOG, frames: int = 14
) -> tuple[Scores, ScoredFrames]:
    return read_scores(
        vmaf_log,
        ssim_log,
        rung="h264-234p",
        size=(640, 360),
        fps=Fraction(24000, 1001),
        frames=frames,
        subsample=5,
        model="vmaf_v0.6.1",
    )


def test_a_recorded_run_becomes_scores_with_times_on_the_renditions_own_timeline() -> None:
    scores, frames = read()
    assert scores == Scores(
        rung="h264-234p",
        width=640,
        height=360,
        subsample=5,
        model="vmaf_v0.6.1",
        vmaf=Stats(mean=94.438, harmonic_mean=94.387, p1=92.139, p5=92.139, min=92.139),
        ssim=0.999525,
        psnr=59.388,
    )
    assert list(frames) == [
        FrameScore(frame=0, time_s=0.0, vmaf=97.428, ssim=1.0, psnr=60.0),
        FrameScore(frame=5, time_s=0.208542, vmaf=93.747, ssim=0.999606, psnr=60.0),
        FrameScore(frame=10, time_s=0.417083, vmaf=92.139, ssim=0.99897, psnr=58.163),
    ]


@pytest.mark.parametrize(
    ("vmaf_log", "ssim_log", "frames", "words"),
    [
        (VMAF_LOG, SSIM_LOG, 16, "3 VMAF and 3 SSIM scores for 16 frames"),
        (VMAF_LOG, SSIM_LOG[:2], 14, "3 VMAF and 2 SSIM scores for 14 frames"),
        (VMAF_LOG[:200], SSIM_LOG, 14, "the VMAF log is damaged"),
        ('{"frames": [{"frameNum": 0, "metrics": {}}]}', SSIM_LOG, 14, "the VMAF log is damaged"),
        (VMAF_LOG, [SSIM_LOG[1]], 14, "the SSIM log is damaged at 'n:2 Y:0.999606"),
        (VMAF_LOG, ["nonsense"], 14, "the SSIM log is damaged at 'nonsense'"),
    ],
)
def test_logs_that_do_not_cover_every_scored_frame_are_refused(
    vmaf_log: str, ssim_log: list[str], frames: int, words: str
) -> None:
    with pytest.raises(UnreadableScores, match=words):
        read(vmaf_log, ssim_log, frames)


def test_of_a_damaged_line_sixty_characters_are_quoted() -> None:
    with pytest.raises(UnreadableScores) as refused:
        read(ssim_log=["x" * 61])
    assert str(refused.value) == f"the SSIM log is damaged at {'x' * 60!r}"


def test_scores_are_kept_with_the_decimals_that_are_told_of_them() -> None:
    _, frames = read()
    assert frames.vmaf == array("f", [97.428, 93.747, 92.139])
    assert frames.psnr == array("f", [60.0, 60.0, 58.163])
    assert frames.time_s == array("d", [0.0, 0.208542, 0.417083])


def test_the_harmonic_mean_is_the_one_libvmaf_writes() -> None:
    values = [frame["metrics"]["vmaf"] for frame in json.loads(VMAF_LOG)["frames"]]
    assert harmonic_mean(values) == pytest.approx(94.387, abs=0.001)
    assert harmonic_mean([0.0, 0.0]) == 0.0


def test_percentiles_are_scores_of_real_frames() -> None:
    ordered = [float(value) for value in range(1, 201)]
    assert [percentile(ordered, percent) for percent in (1, 5, 50, 100)] == [2, 10, 100, 200]
    assert percentile([*ordered, 201.0], 1) == 3  # 2.01 frames: the third is the first beyond
    assert percentile([7.0], 1) == 7.0
    assert percentile(ordered, 0) == 1  # none is lower, though no frame is at rank 0


def test_the_fifth_and_the_first_percentile_are_told_apart() -> None:
    values = [float(value) for value in range(1, 401)]
    assert stats(values) == Stats(
        mean=200.5, harmonic_mean=round(harmonic_mean(values), 3), p1=4.0, p5=20.0, min=1.0
    )


def test_means_have_three_decimals() -> None:
    found = stats([1.0, 1.0, 2.0])
    assert (found.mean, found.harmonic_mean) == (1.333, 1.25)


def test_a_bad_moment_pulls_the_harmonic_mean_below_the_mean() -> None:
    assert stats([90.0] * 9 + [9.0]) == Stats(
        mean=81.9, harmonic_mean=49.276, p1=9.0, p5=9.0, min=9.0
    )
