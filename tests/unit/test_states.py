"""The transition tables."""

import pytest

from farm.states import (
    ENDED_JOB,
    JOB_MOVES,
    STEP_MOVES,
    IllegalMove,
    JobState,
    StepState,
    check_move,
)


def test_every_state_has_a_row_in_its_table() -> None:
    assert set(JOB_MOVES) == set(JobState)
    assert set(STEP_MOVES) == set(StepState)


def test_a_job_ends_in_exactly_six_ways() -> None:
    assert {
        JobState.PUBLISHED,
        JobState.REJECTED,
        JobState.FAILED,
        JobState.CANCELLED,
        JobState.SUPERSEDED,
        JobState.PLANNED,
    } == ENDED_JOB


def test_a_running_step_may_be_queued_again() -> None:
    assert check_move(STEP_MOVES, StepState.RUNNING, StepState.QUEUED) is StepState.QUEUED


def test_a_done_step_is_done_or_waits_to_be_done_again() -> None:
    with pytest.raises(IllegalMove, match="StepState cannot go from DONE to RUNNING"):
        check_move(STEP_MOVES, StepState.DONE, StepState.RUNNING)
    assert check_move(STEP_MOVES, StepState.DONE, StepState.BLOCKED) is StepState.BLOCKED
