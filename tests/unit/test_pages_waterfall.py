"""The waterfall: where the time of a title went, and what decided its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.pages.drawings.critical import critical_path
from api.pages.drawings.waterfall import BarPart, draw_waterfall
from services.titles import ToldEvent, with_planner
from tests.unit.timed import START, at, step


def test_a_step_waits_from_its_turn_on_and_then_runs() -> None:
    drawn = draw_waterfall([step("ingest", 0, 2, 10)], {}, (), START, at(10))
    [row] = drawn.rows
    assert row.segments == (
        BarPart("waited", 0.0, 20.0, "waited 2.0 s"),
        BarPart("ran", 20.0, 80.0, "ran 8.0 s"),
    )
    assert (row.waited_s, row.ran_s, row.said) == (2.0, 8.0, "waited 2.0 s; ran 8.0 s")
    assert (drawn.total_s, drawn.undrawn_wait_s) == (10.0, 0.0)


def test_what_runs_reaches_to_now_and_what_waits_has_no_end_yet() -> None:
    steps = [
        step("ingest", 0, 0, 5),
        step("analyze", 5, 5, None, state="RUNNING"),
        step("audio", 5, None, None, state="QUEUED", attempts=0),
        step("package", None, None, None, state="BLOCKED", attempts=0),
    ]
    drawn = draw_waterfall(steps, {}, (), START, at(20))
    kinds = [[(part.kind, part.x, part.width) for part in row.segments] for row in drawn.rows]
    assert kinds == [
        [("ran", 0.0, 25.0)],
        [("running", 25.0, 75.0)],
        [("waited", 25.0, 75.0)],
        [],
    ]
    assert [row.state.word for row in drawn.rows] == ["done", "running", "waiting", "waiting"]
    assert drawn.rows[3].said == "waiting"


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"reused": True}, "reused", "reused in 4.0 s"),
        ({"state": "FAILED"}, "failed", "failed after 4.0 s"),
        ({"state": "QUARANTINED"}, "failed", "failed after 4.0 s"),
        ({"state": "CANCELLED"}, "stopped", "was stopped after 4.0 s"),
    ],
)
def test_how_a_step_ended_is_seen(changes: dict[str, object], kind: str, words: str) -> None:
    one = replace(step("encode", 0, 0, 4), **changes)  # type: ignore[arg-type]
    [row] = draw_waterfall([one], {}, (), START, at(4)).rows
    assert [(part.kind, part.words) for part in row.segments] == [(kind, words)]


def test_earlier_attempts_are_told_by_events_and_the_last_one_by_the_step() -> None:
    told = [
        ToldEvent("step.started", at(0), {"step": "encode", "attempt": 1}),
        ToldEvent("step.ended", at(3), {"step": "encode", "outcome": "retrying"}),
        ToldEvent("step.started", at(4), {"step": "encode", "attempt": 2}),
        ToldEvent("step.started", at(6), {"step": "encode", "attempt": 3}),
        ToldEvent("step.ended", at(10), {"step": "encode", "outcome": "done"}),
    ]
    [row] = draw_waterfall([step("encode", 6, 6, 10, attempts=3)], {}, told, START, at(10)).rows
    assert [(part.kind, part.words) for part in row.segments] == [
        ("again", "attempt 1 failed, to be tried again after 3.0 s"),
        ("again", "attempt 2 was lost after 2.0 s"),
        ("ran", "ran 4.0 s"),
    ]


def test_a_step_that_waits_to_be_tried_again_is_not_drawn_as_running() -> None:
    one = step("encode", 5, 1, None, state="QUEUED", attempts=1)
    [row] = draw_waterfall([one], {}, (), START, at(10)).rows
    assert row.state.word == "retrying"
    assert [part.kind for part in row.segments] == ["waited"]


def test_a_long_wait_for_the_first_turn_is_said_and_not_drawn() -> None:
    drawn = draw_waterfall([step("ingest", 0, 3600, 3610)], {}, (), START, at(3610))
    assert (drawn.undrawn_wait_s, drawn.total_s) == (3600.0, 10.0)
    assert [part.kind for part in drawn.rows[0].segments] == ["waited", "ran"]
    assert drawn.rows[0].segments[1].width == 100.0


def test_what_took_no_time_is_still_seen_and_stays_inside() -> None:
    steps = [step("ingest", 0, 0, 1000), step("publish", 1000, 1000, 1000)]
    last = draw_waterfall(steps, {}, (), START, at(1000)).rows[1].segments[-1]
    assert last.width > 0
    assert last.x + last.width <= 100


def test_ticks_are_round_and_few() -> None:
    labels = {
        seconds: [
            tick.label
            for tick in draw_waterfall([step("a", 0, 0, seconds)], {}, (), START, at(seconds)).ticks
        ]
        for seconds in (4, 56, 400, 100_000)
    }
    assert labels[4] == ["0", "1 s", "2 s", "3 s", "4 s"]
    assert labels[56] == ["0", "10 s", "20 s", "30 s", "40 s", "50 s"]
    assert labels[400] == ["0", "1 min", "2 min", "3 min", "4 min", "5 min", "6 min"]
    assert labels[100_000] == ["0", "4 h", "8 h", "12 h", "16 h", "20 h", "1 d"]


def test_many_steps_of_one_kind_are_folded() -> None:
    steps = [step(f"encode:{n}", 0, 0, 1, kind="encode") for n in range(9)]
    [group] = draw_waterfall(steps, {}, (), START, at(1)).groups
    assert (group.is_folded, group.done) == (True, 9)
    [group] = draw_waterfall(steps[:8], {}, (), START, at(1)).groups
    assert not group.is_folded


def test_the_critical_path_goes_back_by_what_ended_last() -> None:
    steps = [
        step("ingest", 0, 0, 2),
        step("audio", 2, 2, 3),
        step("encode", 2, 2, 9),
        step("package", 9, 9, 10),
        step("thumbnails", 2, 2, 4),
    ]
    needs = {"audio": ("ingest",), "encode": ("ingest",), "package": ("audio", "encode")}
    assert critical_path(steps, needs) == {"ingest", "encode", "package"}
    assert critical_path([step("ingest", 0, None, None, state="QUEUED")], {}) == frozenset()


def test_whatever_the_ladder_added_waited_for_the_ladder() -> None:
    steps = [step("ingest", 0, 0, 1), step("ladder", 1, 1, 2), step("encode", 2, 2, 3)]
    assert with_planner(steps, {"ladder": ("ingest",), "encode": ("ingest",)}) == {
        "ingest": (),
        "ladder": ("ingest",),
        "encode": ("ingest", "ladder"),
    }


def test_a_job_without_a_begun_step_has_a_scale_all_the_same() -> None:
    drawn = draw_waterfall(
        [step("ingest", None, None, None, state="BLOCKED", attempts=0)], {}, (), START, at(5)
    )
    assert [tick.label for tick in drawn.ticks] == ["0"]
    assert datetime.now(UTC) - timedelta(days=365 * 50) < START
