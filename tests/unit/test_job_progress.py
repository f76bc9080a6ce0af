"""What is shown of a job from its first moment to its last."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from rich.console import Console

from cli.progress import ProgressView
from farm.plan import StepPlan
from farm.progress import STAGES, Stage, stages, whole_share
from farm.snapshots import JobSnapshot, StepSnapshot
from planning.first import first_steps
from tests.unit.titles import media, plan, spec
from workers.steps.registry import KINDS

AT = datetime(2026, 1, 1, tzinfo=UTC)


def job(steps: Iterable[StepSnapshot]) -> JobSnapshot:
    return JobSnapshot(
        id="id",
        tenant="default",
        asset="title",
        external_id=None,
        catalog=None,
        state="RUNNING",
        priority=0,
        error=None,
        spec={},
        created_at=AT,
        finished_at=None,
        steps=tuple(steps),
    )


def snapshot(step: StepPlan, state: str = "BLOCKED", progress: float = 0.0) -> StepSnapshot:
    begun = AT if progress else None
    nothing = (None, None, None, None, None)
    return StepSnapshot(step.key, step.kind, state, None, 1, False, progress, begun, *nothing)


def life(planned: Iterable[StepPlan]) -> Iterable[JobSnapshot]:
    """Yield a job as it runs, one step after the other, each seen three times."""
    first, later = first_steps(spec()), list(planned)
    rows = {step.key: snapshot(step) for step in first}
    yield job(rows.values())
    for step in [*first, *later]:
        for state, progress in (("RUNNING", 0.0), ("RUNNING", 0.5), ("DONE", 1.0)):
            if step.key == "ladder" and state == "DONE":
                rows |= {new.key: snapshot(new) for new in later}
            rows[step.key] = snapshot(step, state, progress)
            yield job(rows.values())


def test_every_stage_is_there_from_the_first_moment() -> None:
    found = stages(next(iter(life(()))).steps)
    assert [(stage.name, stage.share, len(stage.steps)) for stage in found] == [
        ("ingest", 0.0, 1),
        ("analyze", 0.0, 3),
        *((name, 0.0, 0) for name in ("encode", "audio", "text", "package", "thumbnails")),
        *((name, 0.0, 0) for name in ("quality", "verify", "publish")),
    ]
    assert whole_share(found) == 0.0


def test_every_kind_belongs_to_one_stage() -> None:
    assert sorted(kind for stage in STAGES for kind in stage.kinds) == sorted(KINDS)
    assert sum(stage.weight for stage in STAGES) == 100


def test_a_stage_weighs_what_it_takes_of_a_usual_title() -> None:
    # Per cent of the processor time of a 480p title; where steps wait, of the wall time.
    assert {stage.name: stage.weight for stage in STAGES} == {
        **{"ingest": 1, "analyze": 4, "encode": 58, "audio": 2, "text": 1},
        **{"package": 2, "thumbnails": 2, "quality": 24, "verify": 3, "publish": 3},
    }


def test_the_whole_is_the_shares_of_its_stages_by_their_weights() -> None:
    assert whole_share((Stage("a", 0.5, 1.0, ()), Stage("b", 1.0, 3.0, ()))) == 0.875


def test_a_quick_step_moves_the_bar_little() -> None:
    seen = job(
        snapshot(each, "RUNNING", float(each.kind == "analyze")) for each in first_steps(spec())
    )
    analyze = next(stage for stage in stages(seen.steps) if stage.name == "analyze")
    assert analyze.share == pytest.approx(1 / 1.1)


@pytest.mark.parametrize("video", [True, False])
def test_the_whole_never_goes_back_and_ends_at_all(video: bool) -> None:
    planned = plan(found=media() if video else media(video=()))
    shares = [whole_share(stages(seen.steps)) for seen in life(planned.steps)]
    assert all(later >= earlier for earlier, later in pairwise(shares))
    assert (shares[0], round(shares[-1], 9)) == (0.0, 1.0)


def test_a_title_without_picture_has_no_stages_of_pictures() -> None:
    *_, last = life(plan(found=media(video=())).steps)
    assert [stage.name for stage in stages(last.steps)] == [
        *("ingest", "analyze", "audio", "text", "package", "verify", "publish"),
    ]


def shown(jobs: Iterable[JobSnapshot], *, terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
    with ProgressView("title", console) as view:
        for seen in jobs:
            view.show(seen.steps)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def last_screen(jobs: Iterable[JobSnapshot]) -> list[str]:
    """Return the bars as they stand in the end, the whole's first."""
    *_, bars = shown(jobs, terminal=True).split("title      ")
    return [line for line in f"title {bars}".splitlines() if "ETA" in line]


def test_a_person_sees_pending_stages_at_once() -> None:
    bars = last_screen([next(iter(life(())))])
    assert len(bars) == 1 + len(STAGES)
    assert all(stage.name in bar for stage, bar in zip(STAGES, bars[1:], strict=True))
    assert sum("pending" in bar for bar in bars) == 8


def test_a_step_tried_again_does_not_take_the_whole_back() -> None:
    *_, last = life(plan().steps)
    again = replace(last, steps=(*last.steps[:-1], replace(last.steps[-1], progress=0.0)))
    assert whole_share(stages(again.steps)) < 1
    whole, *_, publish = last_screen([last, again])
    assert "100 %" in whole
    assert "  0 %" in publish


def test_a_log_gets_a_line_for_each_finished_stage() -> None:
    lines = shown(life(plan().steps), terminal=False).splitlines()
    assert lines == [
        "ingest: 1 steps, 0.0 s",
        "analyze: 3 steps, 0.0 s",
        "audio: 1 steps, 0.0 s",
        "text: 1 steps, 0.0 s",
        "encode: 3 steps, 0.0 s",
        "package: 1 steps, 0.0 s",
        "thumbnails: 1 steps, 0.0 s",
        "quality: 1 steps, 0.0 s",
        "verify: 1 steps, 0.0 s",
        "publish: 1 steps, 0.0 s",
    ]


def test_a_plan_is_done_when_it_is_planned() -> None:
    asked = first_steps(spec().model_copy(update={"plan": True}))
    assert [step.key for step in asked] == ["ingest", "analyze", "cut", "plan"]
    seen = stages(job(snapshot(step, "DONE", 1.0) for step in asked).steps)
    assert [stage.name for stage in seen] == ["ingest", "analyze"]
    assert whole_share(seen) == pytest.approx(1.0)
