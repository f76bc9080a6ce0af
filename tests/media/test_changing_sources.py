"""Pictures that change on the way: all of them are shown, in their place, as they are meant."""

from __future__ import annotations

import pytest

from qc.sources import source_checks
from tests.conftest import MakeContext
from tests.media.changing_sources import FRAMES_A, FRAMES_B, other_matrix, other_pixels, other_size
from tests.media.media_factory import Clips
from tests.media.shown import Run, Shown, disc_box, flashes, seen, shown

# Three frames at each full second of each part, of 2 s and 2.4 s.
FLASHES = [start + n for start in (0, 25, 50, 75, 100) for n in range(3)]
QUIET = (10, 45, 60, 95, 109)  # frames without a flash, in both parts, near their ends, too
RED = (200, 60, 40)


def is_steady(title: Shown) -> bool:
    checks = {check.rule: check.outcome for check in source_checks(title.analysis)}
    return checks["source-steady"] == "pass"


@pytest.mark.parametrize("container", ["mp4", "ts", "mkv"])
def test_another_size_is_fitted_and_moves_no_picture(
    container: str, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    title = shown(step_context, run_command, other_size(clips, container))
    assert len(title.frames) == FRAMES_A + FRAMES_B
    assert flashes(title.frames) == FLASHES
    assert title.frames[0].size == (256, 144)  # the shape that lasts longest, in its largest size
    for n in QUIET:
        left, top, right, bottom = disc_box(title.frames[n])
        # Half as wide as the picture is high, whatever size it had, and in the middle.
        assert (right - left, bottom - top) == pytest.approx((72, 72), abs=2)
        assert (left + right, top + bottom) == pytest.approx((256, 144), abs=2)
        barred = n < FRAMES_A  # 4:3 in 16:9
        assert (max(seen(title.frames[n], 0.05, 0.5)) < 8) is barred
    assert not is_steady(title)


@pytest.mark.parametrize("container", ["ts", "mp4", "mkv"])
def test_a_disc_stays_round_where_pixels_change_their_shape(
    container: str, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    title = shown(step_context, run_command, other_pixels(clips, container))
    assert len(title.frames) == FRAMES_A + FRAMES_B
    assert flashes(title.frames) == FLASHES
    for n in QUIET:
        left, top, right, bottom = disc_box(title.frames[n])
        assert right - left == pytest.approx(bottom - top, abs=2)
    assert not is_steady(title)


@pytest.mark.parametrize("container", ["ts", "mkv"])
def test_another_matrix_means_the_same_colours(
    container: str, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    path = other_matrix(clips, container, "0x{:02x}{:02x}{:02x}".format(*RED))
    title = shown(step_context, run_command, path)
    assert len(title.frames) == FRAMES_A + FRAMES_B
    # By the other matrix it would be (213, 48, 38) or (188, 71, 42). Twice through 8 bits of YUV,
    # of which a step is up to 2 of RGB.
    for n in (1, *QUIET):
        assert seen(title.frames[n], 0.5, 0.5) == pytest.approx(RED, abs=4)
    assert not is_steady(title)
