"""Verdicts at the edges: thresholds just met, and how much is quoted."""

from __future__ import annotations

from typing import Any

from farm.facts import ChapterList, TextTrack
from farm.found import Span
from qc.verdict import decide
from tests.unit import titles
from tests.unit.reported import AUDIO, LOW, POLICY, SCORES, TOP, evidence, scores


def said(rule: str, **changes: Any) -> tuple[str, str]:
    """Return outcome and evidence of a rule."""
    checks = decide(POLICY, evidence(**changes)).checks
    return next((check.outcome, check.evidence) for check in checks if check.rule == rule)


def test_three_long_stretches_are_quoted_and_the_rest_counted() -> None:
    spans = tuple(Span(20.0 * n, 20.0 * n + 11) for n in range(5))
    three = "0.0 s to 11.0 s, 20.0 s to 31.0 s, 40.0 s to 51.0 s"
    assert said("black", analysis=titles.analysis(black=spans[:3])) == ("warn", three)
    four = f"{three} and 1 more"
    assert said("black", analysis=titles.analysis(black=spans[:4])) == ("warn", four)
    assert said("black", analysis=titles.analysis(black=spans)) == ("warn", f"{three} and 2 more")
    assert said("black", analysis=titles.analysis(black=())) == ("pass", "none")
    assert said("black", analysis=titles.analysis(black=(Span(1, 2),))) == (
        "pass",
        "none so long: 1.0 s to 2.0 s",
    )


def test_a_rung_may_be_a_point_worse_than_the_one_below() -> None:
    def ladder(top: float) -> tuple[str, str]:
        return said(
            "vmaf-ladder-order", scores=(scores(LOW, lambda _: 90.0), scores(TOP, lambda _: top))
        )

    assert ladder(89.0) == ("pass", "2 rungs in order")
    assert ladder(88.9) == ("warn", f"{TOP} (88.9) is worse than {LOW} (90.0)")


def test_a_threshold_that_is_just_met_is_met() -> None:
    exact = (SCORES[0], scores(TOP, lambda _: 80.0))
    assert said("vmaf-top-harmonic-mean", scores=exact) == (
        "pass",
        f"{TOP}: 80.00, at least 80 is asked for",
    )
    floor = (scores(LOW, lambda _: 10.0), SCORES[1])
    assert said("vmaf-rung-floor", scores=floor) == (
        "pass",
        f"{LOW}: 10.00, at least 10 is asked for",
    )


def test_what_is_normalised_is_heard_and_no_other_track() -> None:
    rules = [check.rule for check in decide(POLICY, evidence(audios=(AUDIO,))).checks]
    assert [rule for rule in rules if rule.startswith("loudness")] == []


def test_titles_without_text_or_chapters_say_nothing_of_them() -> None:
    text = TextTrack("text-en", "en", "", False, False, 0, "it is empty", ())
    bare = decide(POLICY, evidence(texts=(), chapters=ChapterList((), ())))
    assert not {"text-en", "chapters"} & {check.rule for check in bare.checks}
    assert said("text-en", texts=(text,)) == ("warn", "dropped: it is empty")
