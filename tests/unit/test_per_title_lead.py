"""How far the final preset is ahead: by one candidate of each codec, tried with the first ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from farm.ladder import CodecName, Ladder, Rung
from farm.ladder_policy import AdaptiveRules
from ladders.per_title.candidates import FAST_PRESETS, first_candidates
from ladders.per_title.evidence import TrialEvidence
from ladders.per_title.lead import MOST_LEAD, lead_probes, leads
from tests.unit.pretended_title import PretendedTitle, offered

BOTH = Ladder("both", (*offered().rungs, *offered("av1").rungs), (), offered().segment_s)


def learnt(title: PretendedTitle, offers: Ladder = BOTH) -> dict[CodecName, float]:
    first = first_candidates(offers)
    tried = [title.result(rung) for rung in (*first, *lead_probes(offers))]
    evidence = TrialEvidence(tried, "vmaf_v1")
    return leads(offers, evidence.curves(first), evidence)


def test_each_codec_tries_one_size_in_the_middle_with_the_final_preset() -> None:
    told = [(rung.codec, rung.height, rung.crf, rung.preset) for rung in lead_probes(BOTH)]
    assert told == [("h264", 540, 28, "medium"), ("av1", 540, 40, "medium")]


def test_what_a_rung_is_tried_with_is_never_taken_for_a_probe() -> None:
    names = {rung.name for rung in lead_probes(BOTH)}
    assert names == {"h264-960x540-24-medium-crf28-lead", "av1-960x540-24-medium-crf40-lead"}


@pytest.mark.parametrize("ahead", [0.0, 1.5, 4.0])
def test_the_lead_is_that_of_the_title(ahead: float) -> None:
    assert learnt(PretendedTitle(ahead=ahead)) == {
        "h264": pytest.approx(ahead, abs=0.5),
        "av1": pytest.approx(ahead, abs=0.5),
    }


def test_a_slower_preset_is_never_behind_nor_ahead_without_end() -> None:
    assert learnt(PretendedTitle(ahead=-3)) == {"h264": 0.0, "av1": 0.0}
    assert learnt(PretendedTitle(ahead=20))["av1"] == MOST_LEAD


def test_a_ladder_of_the_fast_preset_has_nothing_to_learn() -> None:
    def fast(rung: Rung) -> Rung:
        return replace(rung, preset=FAST_PRESETS[rung.codec])

    offers = replace(BOTH, rungs=tuple(fast(rung) for rung in BOTH.rungs))
    assert lead_probes(offers) == ()
    assert learnt(PretendedTitle(), offers) == {"h264": 0.0, "av1": 0.0}


@pytest.mark.parametrize("ahead", [0.5, 3.0, 6.0])
def test_with_it_one_round_with_the_final_preset_is_enough(ahead: float) -> None:
    title = PretendedTitle(ahead=ahead)
    ladder = title.ladder(offered(), AdaptiveRules())
    assert ladder.trials is not None
    assert [asked.final for asked in title.asked] == [False, True]
