"""Who decides: what policies make of checks, and the verdict that a record gives years later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from farm.checks import (
    CONTENT,
    DELIVERY,
    EBU_ITEMS,
    LAYERS,
    OF_DELIVERY,
    OF_RUNGS,
    OF_TRACKS,
    QUALITY,
    TO_DO,
    ebu_items_of,
    is_check,
    layer_of,
    severity_of,
    to_do,
)
from farm.errors import InvalidSpec
from farm.facts import Check
from farm.found import Span
from farm.scores import Bounds
from farm.serial import from_json, to_json
from farm.spec import QcPolicy
from farm.spec.job import refused
from qc.conformance.lint import RULES
from qc.verdict import Evidence, decide, verdict_on
from tests.unit.reported import LADDER, SCORES, TOP, evidence, scores


def policy(**fields: Any) -> QcPolicy:
    return QcPolicy.model_validate(fields)


def record(known: Evidence, under: QcPolicy) -> dict[str, Any]:
    """Return what a job record has of a title that was judged."""
    scored = {each.rung: each for each in known.scores}
    return {
        "id": "a" * 32,
        "state": "PUBLISHED",
        "renditions": [
            {
                "name": rung.name,
                "codec": rung.codec,
                "width": rung.width,
                "height": rung.height,
                "vmaf": to_json(scored[rung.name].vmaf) if rung.name in scored else None,
                "measured": {"bounds": to_json(scored[rung.name].bounds)}
                if rung.name in scored
                else None,
            }
            for rung in known.ladder.rungs
        ],
        "qc": to_json(decide(under, known)),
    }


def checked(known: Evidence, under: QcPolicy) -> dict[str, tuple[str, str | None]]:
    """Return the outcomes of what does not pass, with what each came to by itself."""
    found = decide(under, known).checks
    return {each.rule: (each.outcome, each.found) for each in found if each.outcome != "pass"}


DARK = replace(
    evidence(), analysis=replace(evidence().analysis, black=(Span(2.0, 14.5), Span(20.0, 31.0)))
)


def test_below_the_line_of_a_review_a_person_decides() -> None:
    asked = policy(review={"top_p5": 100})
    found = decide(asked, evidence())
    assert found.verdict == "review"
    [to_decide] = [each for each in found.checks if each.outcome == "review"]
    assert to_decide.rule == "vmaf-top-p5"
    assert to_decide.evidence.endswith("at least 70 is asked for, below 100 a person decides")


def test_what_is_below_both_lines_is_rejected() -> None:
    dull = evidence(scores=(SCORES[0], scores(TOP, lambda _: 65.0)))
    assert decide(policy(review={"top_p5": 90}), dull).verdict == "rejected"
    only_asked = policy(
        top_p5=None, top_harmonic_mean=None, top_p1=None, review={"top_p5": 90, "top_p1": 60}
    )
    assert checked(dull, only_asked) == {"vmaf-top-p5": ("review", None)}


def estimated(p5: float, off: float) -> Evidence:
    """Return a title whose best rung has this p5, by samples, which may be off by so much."""
    top = scores(TOP, lambda _: 95.0)
    low, high = replace(top.vmaf, p5=p5 - off), replace(top.vmaf, p5=p5 + off)
    told = replace(top, vmaf=replace(top.vmaf, p5=p5), bounds=Bounds(low, high))
    return evidence(scores=(SCORES[0], told))


@pytest.mark.parametrize(
    ("p5", "off", "outcome"),
    [
        (75.0, 4.0, "pass"),
        (74.0, 4.0, "pass"),  # at the threshold is enough
        (73.0, 4.0, "review"),
        (68.0, 4.0, "review"),
        (65.0, 4.0, "fail"),
        (70.0, 0.0, "pass"),
    ],
)
def test_what_samples_cannot_tell_from_the_threshold_a_person_decides(
    p5: float, off: float, outcome: str
) -> None:
    known = estimated(p5, off)
    found = {check.rule: check for check in decide(policy(), known).checks}["vmaf-top-p5"]
    assert found.outcome == outcome
    if off:
        assert f"{TOP}: {p5:.2f} ({p5 - off:.2f} to {p5 + off:.2f})" in found.evidence
    assert verdict_on(record(known, policy()), policy()) == decide(policy(), known)


def test_a_policy_says_what_a_check_weighs() -> None:
    assert checked(DARK, policy()) == {"black": ("warn", None)}
    assert checked(DARK, policy(checks={"black": "review"})) == {"black": ("review", "warn")}
    assert decide(policy(checks={"black": "review"}), DARK).verdict == "review"
    assert decide(policy(checks={"black": "fail"}), DARK).verdict == "rejected"
    # One that passes has no weight.
    assert checked(DARK, policy(checks={"freeze": "fail"})) == {"black": ("warn", None)}


def test_a_failing_check_may_be_a_note_only() -> None:
    dull = evidence(scores=(SCORES[0], scores(TOP, lambda _: 65.0)))
    lenient = policy(checks={"vmaf-top-*": "warn"})
    assert decide(lenient, dull).verdict == "pass"
    assert checked(dull, lenient) == {
        "vmaf-top-harmonic-mean": ("warn", "fail"),
        "vmaf-top-p5": ("warn", "fail"),
    }


def test_the_longest_name_that_speaks_of_a_check_counts() -> None:
    asked: dict[str, Any] = {"text-*": "fail", "text-de*": "review", "text-de": "warn"}
    assert severity_of("text-en", asked) == "fail"
    assert severity_of("text-de-forced", asked) == "review"
    assert severity_of("text-de", asked) == "warn"
    assert severity_of("black", asked) is None


def test_under_review_always_a_person_sees_what_passes_too() -> None:
    assert decide(policy(publish="review-always"), evidence()).verdict == "review"


@pytest.mark.parametrize(
    "under",
    [
        policy(),
        policy(checks={"black": "review", "vmaf-*": "warn"}, review={"top_p1": 99}),
        policy(publish="review-always", top_p5=99.9),
    ],
)
@pytest.mark.parametrize("then", [policy(), policy(checks={"black": "fail"})])
@pytest.mark.parametrize("known", [evidence(), DARK])
def test_a_record_gives_the_verdict_that_the_title_would_get(
    known: Evidence, under: QcPolicy, then: QcPolicy
) -> None:
    kept = record(known, under)
    assert verdict_on(kept, under) == decide(under, known)
    assert verdict_on(kept, then) == decide(then, known)


def test_records_of_before_have_the_outcome_alone() -> None:
    kept = record(DARK, policy())
    for each in kept["qc"]["checks"]:
        del each["found"]
    assert verdict_on(kept, policy(checks={"black": "fail"})).verdict == "rejected"


def test_a_rendition_without_scores_fails_in_a_record_too() -> None:
    known = evidence(scores=SCORES[:1])
    assert verdict_on(record(known, policy()), policy()) == decide(policy(), known)
    assert decide(policy(), known).verdict == "rejected"


def test_a_record_without_qc_is_named() -> None:
    with pytest.raises(InvalidSpec, match=r"has no QC: its title was not verified \(it is FAILED"):
        verdict_on({"id": "b" * 32, "state": "FAILED", "qc": None}, policy())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda kept: kept.pop("renditions"),
        lambda kept: kept["renditions"][0].pop("codec"),
        lambda kept: kept.update(renditions=[7]),
        lambda kept: kept["renditions"][0].update(vmaf={"mean": "high"}),
        lambda kept: kept["qc"].update(checks=[{"rule": "black"}]),
        lambda kept: kept.update(qc="pass"),
    ],
)
def test_what_is_no_record_is_refused_with_what_to_give(spoil: Callable[[Any], Any]) -> None:
    kept = record(evidence(), policy())
    spoil(kept)
    with pytest.raises(InvalidSpec, match=r"this is no job record .*: give what reelfarm run"):
        verdict_on(kept, policy())


def test_every_check_says_what_to_do_about_it() -> None:
    assert set(TO_DO) == {*QUALITY, *CONTENT, *OF_TRACKS, OF_RUNGS}
    assert to_do("text-de-forced") == TO_DO["text-*"]
    assert to_do("loudness-audio-0-stereo") == TO_DO["loudness-*"]
    assert to_do("apple-7.4") == OF_DELIVERY
    said = [*TO_DO.values(), OF_DELIVERY]
    assert all(words.endswith(".") and "  " not in words for words in said)


def test_every_check_of_lint_and_verdict_has_its_id_in_the_list() -> None:
    assert tuple(rule.rule_id for rule in RULES) == DELIVERY
    known = {each.rule for each in decide(policy(), evidence()).checks}
    assert {rule for rule in known if not is_check(rule)} == set()
    assert len({*QUALITY, *CONTENT, *DELIVERY}) == len(QUALITY) + len(CONTENT) + len(DELIVERY)


def test_every_check_looks_at_one_layer() -> None:
    looked_at = sorted(rule for rules in LAYERS.values() for rule in rules)
    assert looked_at == sorted((*QUALITY, *CONTENT, *DELIVERY, *OF_TRACKS, OF_RUNGS))
    assert [layer_of(rule) for rule in ("frames", "text-en", "timing-text-en", "black")] == [
        *("bitstream", "wrapper", "wrapper", "baseband")
    ]
    assert layer_of("a rule of long ago") == "wrapper"


def test_items_of_ebu_qc_are_named_beside_the_checks_that_are_like_them() -> None:
    assert ebu_items_of("black") == ("0016B",)
    assert ebu_items_of("loudness-audio-0") == ("0010B",)
    assert ebu_items_of("vmaf-top-p5") == ()
    assert all(is_check(name) for name in EBU_ITEMS)
    guide = (Path(__file__).parents[2] / "docs" / "qc.md").read_text("utf-8")
    for name, items in EBU_ITEMS.items():
        assert f"| `{name.replace('*', '<track>')}` | {', '.join(items)} |" in guide


@pytest.mark.parametrize("name", ["black", "apple-*", "text-en", "vmaf-top-p5", *OF_TRACKS])
def test_policies_speak_of_checks_that_there_are(name: str) -> None:
    assert policy(checks={name: "review"}).checks == {name: "review"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"checks": {"blakc": "fail"}}, "'blakc' is no check: docs/qc.md lists them"),
        ({"checks": {"nothing-*": "fail"}}, "'nothing-*' is no check"),
        ({"checks": {"black": "deny"}}, "'warn', 'review' or 'fail'"),
        ({"publish": "never"}, "'gated', 'review-always' or 'ungated'"),
        ({"review": {"top_p5": 60}}, "review.top_p5 60 is below top_p5 70"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(fields: dict[str, Any], said: str) -> None:
    from pydantic import ValidationError

    with pytest.raises(ValidationError) as error:
        policy(**fields)
    assert said in refused(error.value, QcPolicy).message


def test_a_check_that_the_policy_left_alone_is_as_it_was() -> None:
    for each in decide(policy(checks={"black": "warn"}), DARK).checks:
        assert from_json(Check, to_json(each)) == each
        assert each.found is None
    assert LADDER.rungs


def test_the_guide_says_the_same_of_every_check() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "qc.md").read_text("utf-8")
    for name, words in TO_DO.items():
        what = "<class>" if name == OF_RUNGS else "<track>"
        assert f"| `{name.replace('*', what)}` | {words} |" in guide
