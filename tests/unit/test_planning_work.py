"""How much there is to do in a step: in proportion to pixels, seconds and bytes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from farm.ladder import Timeline
from farm.plan import StepPlan
from farm.spec import QcPolicy
from planning.first import first_steps
from planning.title import audio_rates
from planning.work import MOMENT, REPORT_S, STEP_S, analyze_work, ingest_work, step_work, with_work
from tests.unit.titles import FPS, analysis, media, plan, spec, steps


def works(**changes: Any) -> dict[str, float]:
    """Return the work of each step of a title, without what such a step costs at least."""
    least = {"verify": REPORT_S}
    return {
        step.key: (step.work or 0.0) - least.get(step.kind, STEP_S)
        for step in plan(**changes).steps
    }


def test_every_step_of_a_title_has_its_work() -> None:
    assert all(step.work is not None and step.work > 0 for step in plan().steps)


def test_what_only_running_tells_has_none_yet() -> None:
    known = {step.key: step.work for step in first_steps(spec())}
    assert known == {"ingest": None, "analyze": None, "cut": MOMENT, "ladder": MOMENT}


@pytest.mark.parametrize("kind", ["encode", "thumbnails", "verify", "package"])
def test_twice_as_long_is_twice_as_much(kind: str) -> None:
    once = works(seen=analysis(timeline=Timeline(FPS, 1500), duration_s=Fraction(60)))
    twice = works(seen=analysis(timeline=Timeline(FPS, 3000), duration_s=Fraction(120)))
    sums = [
        sum(work for key, work in each.items() if key.partition(":")[0] == kind)
        for each in (once, twice)
    ]
    assert sums[1] == pytest.approx(2 * sums[0], rel=0.01)
    assert sums[0] > 0


def test_scores_take_as_long_however_long_the_title_and_watching_does_not() -> None:
    minute = analysis(timeline=Timeline(FPS, 1500), duration_s=Fraction(60))
    two = analysis(timeline=Timeline(FPS, 3000), duration_s=Fraction(120))
    everything = spec(qc=QcPolicy(sampling="full"))
    once, twice, full = (
        works(seen=seen, wish=wish)["measure:0"]
        for seen, wish in ((minute, spec()), (two, spec()), (minute, everything))
    )
    assert once < twice < 1.9 * once
    assert full > 3 * once


def test_a_slower_preset_is_more_work() -> None:
    encode = steps(plan())["encode:0"]
    rungs = [dict(rung) for rung in encode.params["rungs"]]
    found: list[float] = []
    for preset in ("superfast", "medium", "slower"):
        params = {**encode.params, "rungs": [{**rung, "preset": preset} for rung in rungs]}
        found.append(step_work("encode", params) or 0.0)
    assert found == sorted(found)
    assert found[2] > 2 * found[1]


@pytest.mark.parametrize(
    ("motion", "times"), [(None, 1.0), (20.0, 1.0), (60.0, 1.0), (130.0, 2.0), (250.0, 2.3)]
)
def test_pictures_that_change_all_over_are_more_work_to_encode(
    motion: float | None, times: float
) -> None:
    seen = steps(plan(seen=analysis(temporal_information=motion)))
    still = steps(plan())
    found = {key: (step.work or 0.0) / (still[key].work or 1.0) for key, step in seen.items()}
    assert found.pop("encode:0") == pytest.approx(times)
    assert set(found.values()) == {1.0}


def test_publishing_is_as_much_as_the_title_is_large() -> None:
    planned = steps(plan())
    assert planned["publish"].work == planned["package"].work
    alone = with_work([StepPlan("publish", "publish")])
    assert [step.work for step in alone] == [STEP_S]
    assert step_work("noop", {}) is None


def test_sources_are_as_much_as_they_declare_to_be() -> None:
    long = replace(media(), duration_s=media().duration_s * 3)
    assert analyze_work(long) - STEP_S == pytest.approx(3 * (analyze_work(media()) - STEP_S))
    assert analyze_work(media(video=())) < analyze_work(media())
    assert ingest_work(200_000_000) == STEP_S + 1.0


def test_the_rates_of_audio_tracks_are_those_of_their_steps() -> None:
    assert audio_rates(plan().steps) == (160_000,)
