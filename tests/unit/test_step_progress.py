"""The one share that a step has done, whatever it does one after the other."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from farm.command import Command, Tool
from workers.steps.progress import StepProgress


def command(duration_s: int | None) -> Command:
    length = Fraction(duration_s) if duration_s else None
    return Command(Tool.FFMPEG, (), "work", duration_s=length)


@pytest.fixture
def told() -> list[float]:
    return []


@pytest.fixture
def progress(told: list[float]) -> StepProgress:
    return StepProgress(lambda share: told.append(round(share, 3)))


def run(progress: StepProgress, *commands: Command) -> None:
    for each in commands:
        with progress.running(each) as reached:
            for half in (0, 1, 2):
                reached(Fraction(half, 2) * (each.duration_s or 0))


def test_two_commands_share_one_run_from_nothing_to_all(
    progress: StepProgress, told: list[float]
) -> None:
    measure, encode = progress.expect([command(30), command(10)])
    run(progress, measure, encode)
    assert told == [0.375, 0.75, 0.875, 1.0]


def test_commands_that_tell_nothing_count_little_beside_one_that_does(
    progress: StepProgress, told: list[float]
) -> None:
    run(progress, *progress.expect([command(48), command(None), command(None)]))
    assert told == [0.481, 0.962, 0.981, 1.0]


def test_commands_that_all_tell_nothing_count_alike(
    progress: StepProgress, told: list[float]
) -> None:
    run(progress, *progress.expect([command(None), command(None)]))
    assert told == [0.5, 1.0]


def test_a_command_that_nobody_expected_never_takes_progress_back(
    progress: StepProgress, told: list[float]
) -> None:
    run(progress, *progress.expect([command(10)]), command(10), command(None))
    assert told == [0.5, 1.0]


def test_what_a_step_does_in_stretches_adds_up(progress: StepProgress, told: list[float]) -> None:
    with progress.up_to(0.9):
        with progress.up_to(0.5):
            for _ in progress.over(["a", "b"]):
                pass
        run(progress, *progress.expect([command(4)]))
    progress.report(1)
    assert told == [0.225, 0.45, 0.675, 0.9, 1.0]


def test_a_stretch_without_anything_to_do_is_over_at_once(
    progress: StepProgress, told: list[float]
) -> None:
    with progress.up_to(0.3):
        assert list(progress.over([])) == []
    assert told == [0.3]


def test_shares_beyond_all_and_below_nothing_are_cut(
    progress: StepProgress, told: list[float]
) -> None:
    for share in (-1.0, 0.2, 0.1, 7.0):
        progress.report(share)
    assert told == [0.2, 1.0]


def test_a_stretch_that_fails_is_not_reported_as_done(
    progress: StepProgress, told: list[float]
) -> None:
    with pytest.raises(OSError, match="full"), progress.up_to(0.5):
        progress.report(0.5)
        raise OSError("full")
    assert told == [0.25]
    progress.report(0.5)
    assert told == [0.25, 0.5]
    assert all(earlier < later for earlier, later in pairwise(told))
