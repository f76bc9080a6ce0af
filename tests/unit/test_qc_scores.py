"""Reading the logs of a scoring run; the text is recorded from libvmaf 3.2 and FFmpeg 9."""

from __future__ import annotations

import json
from array import array
from fractions import Fraction

import pytest

from farm.scores import FrameScore, Stats
from qc.frames import in_columns
from qc.scores import (
    ScoreLogs,
    UnreadableScores,
    harmonic_mean,
    percentile,
    read_sampled,
    read_whole,
    stats,
)

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


FPS = Fraction(24000, 1001)


def test_a_recorded_run_becomes_scores_with_times_on_the_renditions_own_timeline() -> None:
    log = VMAF_LOG.replace('"frameNum": 5', '"frameNum": 1').replace('": 10', '": 2')
    assert read_whole(ScoreLogs(log, SSIM_LOG), range(7, 10), FPS) == {
        7: FrameScore(frame=7, time_s=0.291958, vmaf=97.428, ssim=1.0, psnr=60.0),
        8: FrameScore(frame=8, time_s=0.333667, vmaf=93.747, ssim=0.999606, psnr=60.0),
        9: FrameScore(frame=9, time_s=0.375375, vmaf=92.139, ssim=0.99897, psnr=58.163),
    }


def test_samples_are_every_third_frame_of_their_log_behind_a_dummy() -> None:
    log = VMAF_LOG.replace('"frameNum": 5', '"frameNum": 3').replace('": 10', '": 6')
    assert read_sampled(ScoreLogs(log, SSIM_LOG[:2]), range(4, 15, 9), FPS) == {
        4: FrameScore(frame=4, time_s=0.166833, vmaf=93.747, ssim=1.0, psnr=60.0),
        13: FrameScore(frame=13, time_s=0.542208, vmaf=92.139, ssim=0.999606, psnr=58.163),
    }


WHOLE_LOG = VMAF_LOG.replace('"frameNum": 5', '"frameNum": 1').replace('": 10', '": 2')


@pytest.mark.parametrize(
    ("vmaf_log", "ssim_log", "frames", "words"),
    [
        (WHOLE_LOG, SSIM_LOG, 4, "3 VMAF and 3 SSIM scores, where 4 and 4 were asked for"),
        (WHOLE_LOG, SSIM_LOG[:2], 3, "3 VMAF and 2 SSIM scores, where 3 and 3 were asked for"),
        (VMAF_LOG, SSIM_LOG, 3, "3 VMAF and 3 SSIM scores"),
        (VMAF_LOG[:200], SSIM_LOG, 3, "the VMAF log is damaged"),
        ('{"frames": [{"frameNum": 0, "metrics": {}}]}', SSIM_LOG, 3, "the VMAF log is damaged"),
        (WHOLE_LOG, [SSIM_LOG[1]], 3, "the SSIM log is damaged at 'n:2 Y:0.999606"),
        (WHOLE_LOG, ["nonsense"], 3, "the SSIM log is damaged at 'nonsense'"),
    ],
)
def test_logs_that_do_not_cover_every_scored_frame_are_refused(
    vmaf_log: str, ssim_log: list[str], frames: int, words: str
) -> None:
    with pytest.raises(UnreadableScores, match=words):
        read_whole(ScoreLogs(vmaf_log, ssim_log), range(frames), FPS)


def test_of_a_damaged_line_sixty_characters_are_quoted() -> None:
    with pytest.raises(UnreadableScores) as refused:
        read_whole(ScoreLogs(WHOLE_LOG, ["x" * 61]), range(3), FPS)
    assert str(refused.value) == f"the SSIM log is damaged at {'x' * 60!r}"


def test_scores_are_kept_with_the_decimals_that_are_told_of_them() -> None:
    frames = in_columns(read_whole(ScoreLogs(WHOLE_LOG, SSIM_LOG), range(3), FPS).values())
    assert frames.vmaf == array("f", [97.428, 93.747, 92.139])
    assert frames.psnr == array("f", [60.0, 60.0, 58.163])
    assert frames.time_s == array("d", [0.0, 0.041708, 0.083417])


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
