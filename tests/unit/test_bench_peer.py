"""Who is behind whom in `bench.peer`, and how shaka-streamer is told the same sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.peer_runs import Contender, configuration
from bench.peer_table import opposite, standing, table
from ladders.bjontegaard import RateScore

THEIRS = RateScore(1e6, 80.0)
SIZES = ((640, 360), (1280, 720))
OTHER = Contender("theirs", SIZES, (RateScore(1e6, 60.0), RateScore(2e6, 80.0)), 10.0, 10.0)


@pytest.mark.parametrize(
    ("bps", "vmaf", "found"),
    [
        (1.019e6, 79.71, "even"),
        (0.981e6, 80.29, "even"),
        (1.021e6, 80.29, "behind"),
        (0.981e6, 79.69, "behind"),
        (1.03e6, 79.6, "behind"),
        (0.979e6, 79.71, "ahead"),
        (1.019e6, 80.31, "ahead"),
        (0.97e6, 80.4, "ahead"),
        (1.021e6, 80.31, "traded"),
        (0.979e6, 79.69, "traded"),
    ],
)
def test_bits_and_vmaf_beyond_the_noise_decide(bps: float, vmaf: float, found: str) -> None:
    assert standing(RateScore(bps, vmaf), THEIRS) == found


def test_rungs_of_equal_sizes_stand_beside_one_another() -> None:
    ours = Contender("ours", SIZES, (RateScore(5e5, 58.0), RateScore(3e6, 85.0)), 0, 0)
    assert [opposite(ours, OTHER, number) for number in (0, 1)] == list(ours.rungs)


def test_sizes_of_its_own_are_asked_what_they_take_for_the_same_vmaf() -> None:
    ours = Contender("ours", ((960, 540), (1920, 1080)), (THEIRS, RateScore(4e6, 90.0)), 0, 0)
    # At 80 it is the rung itself; 60 is below what is offered, and beside it stands the nearest.
    assert [opposite(ours, OTHER, number) for number in (1, 0)] == [
        RateScore(pytest.approx(1e6), 80.0),  # type: ignore[arg-type]
        THEIRS,
    ]


def test_a_ladder_that_is_ahead_of_every_rung_keeps_the_table() -> None:
    ours = Contender("ours", SIZES, (RateScore(8e5, 60.1), RateScore(1.6e6, 80.1)), 9.0, 20.0)
    lines, kept = table([ours], [OTHER])
    assert (lines, kept) == (
        [
            "ours, beside theirs",
            "               kbit/s    VMAF    theirs    VMAF     bits",
            "640x360           800   60.10      1000   60.00   -20.0%  ahead",
            "1280x720         1600   80.10      2000   80.00   -20.0%  ahead",
            "all rungs, bits at equal VMAF: -20.3 %, <= +1 %: kept",
            "",
            "CPU s                     encode and package      all",
            "ours                                     9.0     20.0",
            "theirs                                  10.0     10.0",
            "all: with analysis, thumbnails, QC and publishing, which the others do not do",
        ],
        True,
    )


def test_one_rung_that_is_behind_misses() -> None:
    ours = Contender("ours", SIZES, (RateScore(5e5, 60.0), RateScore(2.1e6, 80.0)), 0, 0)
    lines, kept = table([ours], [OTHER])
    assert (lines[3], kept) == (
        "1280x720         2100   80.00      2000   80.00    +5.0%  behind",
        False,
    )


def test_trades_that_are_dear_on_the_whole_miss() -> None:
    # Fewer bits and less VMAF on each rung, and yet a third more bits at equal VMAF.
    ours = Contender("ours", SIZES, (RateScore(9e5, 50.0), RateScore(1.9e6, 75.0)), 0, 0)
    lines, kept = table([ours], [OTHER])
    assert ([line.split()[-1] for line in lines[2:5]], kept) == (
        ["traded", "traded", "MISSED"],
        False,
    )


def test_shaka_streamer_is_given_the_sizes_and_the_caps() -> None:
    rung = {"name": "h264-240p-242k", "width": 426, "height": 240, "target": {"max_bps": 242000}}
    assert configuration(Path("/clips/bunny.mp4"), [rung]) == {
        "input.yaml": {"inputs": [{"name": "/clips/bunny.mp4", "media_type": "video"}]},
        "pipeline.yaml": {
            "streaming_mode": "vod",
            "resolutions": ["r240x242000"],
            "video_codecs": ["h264"],
            "segment_per_file": False,
            "quiet": True,
        },
        "rates.yaml": {
            "video_resolutions": {
                "r240x242000": {
                    "max_width": 426,
                    "max_height": 240,
                    "bitrates": {"h264": "242000"},
                }
            }
        },
    }
