"""Ladders of titles whose curves are known: what is asked, what comes of it, and why."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from farm.ladder import Ladder
from farm.ladder_policy import AdaptiveRules
from ladders.per_title.candidates import candidate, shape_of
from ladders.per_title.curves import CurvePoint, monotone
from ladders.per_title.decide import Tried, decide
from ladders.per_title.evidence import TrialEvidence
from ladders.per_title.hull import hull
from ladders.per_title.reasons import why_rejected
from ladders.per_title.tuning import vmaf_per_crf
from tests.unit.pretended_title import SIZES, PretendedTitle, offered

RULES = AdaptiveRules()


def told(ladder: Ladder) -> list[tuple[int, float, int, int]]:
    """Return height, CRF, rate in kbit/s and score of each rung."""
    assert ladder.trials is not None
    return [
        (rung.height, rung.crf, round(found.bps / 1000), round(found.vmaf_v1))
        for rung, found in zip(ladder.rungs, ladder.trials.predictions, strict=True)
    ]


def test_a_ladder_climbs_its_titles_hull() -> None:
    ladder = PretendedTitle().ladder(offered(), RULES)
    assert told(ladder) == [
        (360, 35.0, 146, 70),
        (360, 31.5, 237, 75),
        (540, 31.75, 420, 81),
        (720, 30.5, 770, 86),
        (720, 25.75, 1487, 90),
        (1080, 25.5, 2828, 93),
        (1080, 20.75, 5464, 95),
    ]


@pytest.mark.parametrize("hardness", [-2.0, 0.0, 1.5])
@pytest.mark.parametrize("detail", [1.0, 6.0])
def test_no_other_size_would_be_better_at_the_rate_of_a_rung(
    hardness: float, detail: float
) -> None:
    title = PretendedTitle(hardness=hardness, detail=detail)
    ladder = title.ladder(offered(), RULES)
    assert ladder.trials is not None
    for found in ladder.trials.predictions:
        best = max(title.best_at(rung, found.bps) for rung in offered().rungs)
        assert best - found.vmaf_v1 < 0.25


def test_a_hard_title_gets_smaller_pictures_at_the_same_rates() -> None:
    plain = told(PretendedTitle().ladder(offered(), RULES))
    hard = told(PretendedTitle(hardness=1.5).ladder(offered(), RULES))

    def height_at(rungs: list[tuple[int, float, int, int]], kbps: int) -> int:
        return min(rungs, key=lambda rung: abs(rung[2] - kbps))[0]

    assert [height_at(plain, kbps) for kbps in (400, 1200, 2400)] == [540, 720, 1080]
    assert [height_at(hard, kbps) for kbps in (400, 1200, 2400)] == [360, 540, 720]


def test_an_easy_title_has_fewer_rungs_and_ends_where_bits_stop_showing() -> None:
    ladder = PretendedTitle(hardness=-2).ladder(offered(), RULES)
    assert len(ladder.rungs) < len(PretendedTitle().ladder(offered(), RULES).rungs)
    assert told(ladder)[-1][3] == 95
    assert ladder.rungs[-1].reason.startswith("the top: 95, above which more bits do not show;")


@pytest.mark.parametrize("hardness", [-3, -1, 0, 1, 2])
@pytest.mark.parametrize("detail", [1.0, 6.0, 14.0])
def test_whatever_the_title_rungs_keep_the_rules(hardness: float, detail: float) -> None:
    title = PretendedTitle(hardness=hardness, detail=detail)
    ladder = title.ladder(offered(), RULES)
    assert ladder.trials is not None
    rates = [found.bps for found in ladder.trials.predictions]
    scores = [found.vmaf_v1 for found in ladder.trials.predictions]
    assert 1 <= len(ladder.rungs) <= RULES.max_rungs
    assert all(high >= 1.25 * low for low, high in pairwise(rates))
    assert scores == sorted(scores)
    assert [rung.height for rung in ladder.rungs] == sorted(rung.height for rung in ladder.rungs)
    assert len({rung.name for rung in ladder.rungs}) == len(ladder.rungs)
    assert all(rung.crf % 0.25 == 0 for rung in ladder.rungs)
    assert all(rung.preset == "medium" for rung in ladder.rungs)
    assert all(rung.max_bps <= 10_000_000 for rung in ladder.rungs)


def test_every_size_that_no_rung_has_says_why() -> None:
    ladder = PretendedTitle(detail=1.0).ladder(offered(), RULES)
    used = {rung.height for rung in ladder.rungs}
    reasons = {each.height: each.reason for each in ladder.rejected}
    assert used | reasons.keys() == {height for _, height in SIZES}
    assert used.isdisjoint(reasons)
    assert reasons[540] == "best only from 1.94 Mbit/s to 2.63 Mbit/s, where no rung was needed"


def test_a_size_that_another_always_beats_says_which_and_by_how_much() -> None:
    small, large = (shape_of(rung) for rung in offered().rungs[:2])
    curve = monotone([CurvePoint(20, 2e6, 90.0), CurvePoint(36, 2e5, 60.0)])
    worse = monotone([CurvePoint(20, 2e6, 88.0), CurvePoint(36, 2e5, 58.0)])
    of_both = hull({small: curve, large: worse}, {small: 1e7, large: 1e7})
    assert why_rejected(large, of_both).startswith("best at no rate: nearest at ")
    assert why_rejected(large, of_both).endswith(", where 234p is 1.3 better")


def test_a_size_that_leads_at_the_end_of_its_curve_alone_does_not_keep_the_lead() -> None:
    small, large = (shape_of(rung) for rung in offered().rungs[1:4:2])
    noisy = {  # 360p and 720p of a noisy trailer: the larger one's bits fall off at a knee
        small: monotone(
            [CurvePoint(20, 2.2e6, 78), CurvePoint(28, 2.4e5, 63), CurvePoint(36, 7e4, 35)]
        ),
        large: monotone(
            [CurvePoint(20, 3.5e7, 91), CurvePoint(28, 1.8e6, 79), CurvePoint(36, 2e5, 59)]
        ),
    }
    found = hull(noisy, {small: 1e7, large: 1e7})
    assert noisy[large].at(39).quality > found.at(noisy[large].at(39).bps).quality
    assert [found.at(bps).shape for bps in (150_000, 300_000, 3_000_000)] == [small, small, large]


def test_what_is_tried_first_are_all_sizes_with_a_fast_preset_and_one_score() -> None:
    title = PretendedTitle()
    title.ladder(offered(), RULES)
    first, *others = title.asked
    fast = [rung for rung in first.candidates if rung.preset == "veryfast"]
    assert [(r.height, r.crf) for r in fast] == [
        (height, crf) for _, height in SIZES for crf in (20, 28, 36)
    ]
    assert (first.metrics, first.final) == (("vmaf_v1",), False)
    assert all(each.final for each in others)
    assert {each.metrics for each in others} == {("vmaf_v1", "vmaf_v0.6.1")}


def test_nothing_is_asked_twice() -> None:
    title = PretendedTitle(hardness=1.5)
    title.ladder(offered(), RULES)
    names = [rung.name for asked in title.asked for rung in asked.candidates]
    assert len(names) == len(set(names))


def test_another_codec_asks_nothing_more_of_the_first() -> None:
    both = Ladder(
        "both",
        (*offered().rungs, *offered("av1").rungs),
        (),
        offered().segment_s,
    )
    known = [PretendedTitle().result(r) for r in PretendedTitle().ladder(offered(), RULES).rungs]
    assert known
    title = PretendedTitle()
    ladder = title.ladder(both, RULES)
    assert {rung.codec for rung in ladder.rungs} == {"h264", "av1"}
    alone = PretendedTitle().ladder(offered(), RULES)
    assert [rung for rung in ladder.rungs if rung.codec == "h264"] == list(alone.rungs)


def test_rungs_are_as_few_and_as_far_apart_as_the_rules_say() -> None:
    few = PretendedTitle().ladder(offered(), AdaptiveRules(max_rungs=3))
    one = PretendedTitle().ladder(offered(), AdaptiveRules(max_rungs=1))
    coarse = PretendedTitle().ladder(
        offered(), AdaptiveRules(step_quality=15, max_ratio=4, min_ratio=2)
    )
    assert [len(ladder.rungs) for ladder in (few, one, coarse)] == [3, 1, 4]
    assert told(one) == told(few)[-1:]


def test_a_cap_is_twice_what_is_expected_and_no_more_than_is_allowed() -> None:
    ladder = PretendedTitle().ladder(offered(), RULES)
    assert ladder.trials is not None
    caps = [rung.max_bps for rung in ladder.rungs]
    twice = [round(2 * found.bps / 1000) * 1000 for found in ladder.trials.predictions]
    assert caps == [min(10_000_000, cap) for cap in twice]
    assert [rung.buffer_bits for rung in ladder.rungs] == [cap * 3 // 2 for cap in caps]


def test_a_candidate_that_was_tried_in_no_window_is_asked_for() -> None:
    answer = decide(offered(), RULES, Tried())
    assert not isinstance(answer, Ladder)
    assert len(answer.candidates) == 16


def test_rungs_under_one_cap_have_names_of_their_own() -> None:
    least = AdaptiveRules(cap_ratio=5)
    ladder = PretendedTitle().ladder(offered(), least)
    capped = [rung.name for rung in ladder.rungs if rung.max_bps == 10_000_000]
    assert capped == ["h264-1080p-10000k", "h264-1080p-10000k-2"]


def test_a_prediction_knows_what_a_step_of_crf_costs() -> None:
    title = PretendedTitle()
    ladder = title.ladder(offered(), RULES)
    assert ladder.trials is not None
    for rung, found in zip(ladder.rungs, ladder.trials.predictions, strict=True):
        more, less = (title.quality(replace(rung, crf=rung.crf + step)) for step in (0.5, -0.5))
        assert found.vmaf_per_crf == pytest.approx(less - more, rel=0.45)


def test_it_is_learnt_from_what_was_tried_with_the_final_preset_where_something_was() -> None:
    title = PretendedTitle()
    rung = replace(offered().rungs[2], crf=30.0)
    flat = monotone([CurvePoint(20, 2e6, 90.2), CurvePoint(36, 2e5, 89.4)])

    def learnt(*crfs: float) -> float:
        tried = [candidate(rung, crf, rung.preset) for crf in crfs]
        evidence = TrialEvidence([title.result(each) for each in tried], "vmaf_v1")
        return vmaf_per_crf(tried[0], flat, 2.0, evidence)

    true = title.quality(replace(rung, crf=29)) - title.quality(rung)
    assert learnt(30.0, 29.0, 24.0) == pytest.approx(true)
    assert learnt(30.0) == learnt(30.0, 30.25) == pytest.approx(0.05)
