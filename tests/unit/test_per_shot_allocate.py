"""A ladder decided by trials whose rungs get a CRF for each shot, or keep the one they have."""

from __future__ import annotations

import math
from dataclasses import replace

from farm.ladder import Ladder, Rung
from farm.ladder_policy import AdaptiveRules
from farm.trial_result import TrialResult
from ladders.per_shot.allocate import ShotTitle, by_shot
from ladders.per_shot.shots import ShotFrames
from ladders.per_title.decide import Tried, decide
from ladders.per_title.evidence import TrialEvidence
from tests.unit.pretended_title import WINDOW_FRAMES, PretendedTitle, offered

RULES = AdaptiveRules()
OFFERS = offered(sizes=((640, 360), (1280, 720)))
SHOTS = tuple(ShotFrames(n * WINDOW_FRAMES, WINDOW_FRAMES, 10.0 + 2 * n) for n in range(4))
TITLE = ShotTitle(SHOTS, tuple(shot.start_frame for shot in SHOTS), (10.0, 12.0, 14.0, 16.0))


def decided(scenes: list[PretendedTitle]) -> tuple[Ladder, TrialEvidence]:
    """Return the ladder of a title with one window in each of its scenes."""
    results: list[TrialResult] = []
    while True:
        tried = Tried(tuple(results), tuple(2.0 * n for n in range(len(scenes))), 2.0)
        answer = decide(OFFERS, RULES, tried)
        if isinstance(answer, Ladder):
            return answer, TrialEvidence(results, RULES.metric)
        results += [scene.result(rung) for rung in answer.candidates for scene in scenes]


class Saturated(PretendedTitle):
    """A scene that is as good at hardly any bits."""

    def quality(self, rung: Rung) -> float:
        return max(0.0, 96 - 0.1 * math.pow(2, (rung.crf - 23) / 6))


def test_shots_alike_keep_one_crf_and_say_so() -> None:
    ladder, evidence = decided([PretendedTitle() for _ in SHOTS])
    made = by_shot(ladder, OFFERS, evidence, TITLE)
    assert made.shots == ()
    assert [r.crf for r in made.rungs] == [r.crf for r in ladder.rungs]
    assert all(r.reason.endswith("; one CRF for all shots") for r in made.rungs)
    assert made.trials == ladder.trials


def test_bits_leave_shots_that_have_no_use_for_them() -> None:
    scenes = [PretendedTitle(), PretendedTitle(), Saturated(hardness=1), Saturated(hardness=1)]
    ladder, evidence = decided(scenes)
    made = by_shot(ladder, OFFERS, evidence, TITLE)
    moved = {name for shot in made.shots for name in shot.more_crf}
    assert moved
    for name in moved:
        more = [shot.more_crf.get(name, 0.0) for shot in made.shots]
        assert max(more[:2]) < min(more[2:])
        (rung,) = (r for r in made.rungs if r.name == name)
        assert "; from shot to shot CRF " in rung.reason
        assert rung.reason.endswith(" at equal bits")
    assert [(s.start_frame, s.frames) for s in made.shots] == [(n * 48, 48) for n in range(4)]
    assert [replace(r, reason="") for r in made.rungs] == [
        replace(r, reason="") for r in ladder.rungs
    ]


def test_predictions_tell_what_the_moves_make_of_a_rung() -> None:
    scenes = [PretendedTitle(), PretendedTitle(), Saturated(hardness=1), Saturated(hardness=1)]
    ladder, evidence = decided(scenes)
    made = by_shot(ladder, OFFERS, evidence, TITLE)
    assert ladder.trials is not None
    assert made.trials is not None
    moved = {name for shot in made.shots for name in shot.more_crf}
    for before, after in zip(ladder.trials.predictions, made.trials.predictions, strict=True):
        assert (after != before) == (before.rung in moved)
        if before.rung in moved:
            assert after.vmaf_v1 - before.vmaf_v1 == after.vmaf - before.vmaf


def test_a_title_of_one_shot_and_a_rung_that_was_not_tried_stay_as_they_are() -> None:
    scenes = [PretendedTitle(), PretendedTitle(), Saturated(hardness=1), Saturated(hardness=1)]
    ladder, evidence = decided(scenes)
    whole = (ShotFrames(0, 4 * WINDOW_FRAMES, 13.0),)
    assert by_shot(ladder, OFFERS, evidence, replace(TITLE, shots=whole)).shots == ()
    other = replace(ladder, rungs=tuple(replace(r, crf=r.crf + 0.1) for r in ladder.rungs))
    assert by_shot(other, OFFERS, evidence, TITLE).shots == ()
