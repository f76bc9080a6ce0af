"""Thresholds of rungs by size and codec: which class a rung is in, and what is asked of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from farm.checks import is_check, layer_of, severity_of, to_do
from farm.ladder import Rung
from farm.scores import Bounds, Stats
from farm.serial import from_json, to_json
from farm.spec import QcPolicy, class_of
from farm.spec.job import refused
from qc.quality import ScoredRung, quality_checks
from qc.verdict import decide, verdict_on
from tests.unit.reported import LOW, evidence
from tests.unit.test_gate import policy, record

HD = {"name": "hd", "min_lines": 720, "harmonic_mean": 85, "review": {"p5": 80}}
REST = {"name": "rest", "harmonic_mean": 60}


def a_rung(width: int, height: int, vmaf: float, codec: str = "h264") -> ScoredRung:
    stats = Stats(vmaf, vmaf, vmaf - 10, vmaf - 6, vmaf - 20, vmaf - 5)
    return ScoredRung(f"{codec}-{height}p", codec, width, height, stats)


LADDER = (a_rung(320, 180, 55), a_rung(1280, 720, 84), a_rung(1920, 1080, 95))


def checks(under: QcPolicy, *rungs: ScoredRung) -> dict[str, tuple[str, str]]:
    """Return outcome and evidence of the classes' checks."""
    found = quality_checks(under, rungs or LADDER)
    return {
        each.rule: (each.outcome, each.evidence)
        for each in found
        if each.rule.startswith("vmaf-rung-") and each.rule != "vmaf-rung-floor"
    }


def test_each_class_has_a_check_that_names_every_rung_that_is_off() -> None:
    assert checks(policy(rungs=[HD, REST])) == {
        "vmaf-rung-hd": (
            "fail",
            "harmonic mean of h264-720p: 84.00, at least 85 is asked for;"
            " 5th percentile of h264-720p: 78.00, below 80 a person decides",
        ),
        "vmaf-rung-rest": ("fail", "harmonic mean of h264-180p: 55.00, at least 60 is asked for"),
    }
    good = checks(policy(rungs=[{**HD, "harmonic_mean": 80, "review": {}}]))
    assert good == {
        "vmaf-rung-hd": ("pass", "harmonic mean of h264-720p: 84.00, at least 80 is asked for")
    }


def test_a_title_without_rungs_of_a_class_passes_its_check() -> None:
    assert checks(policy(rungs=[{**HD, "codec": ["av1"]}])) == {
        "vmaf-rung-hd": ("pass", "the title has no such rung")
    }


def test_the_first_class_that_fits_counts_and_sizes_go_by_what_they_are_called() -> None:
    classes = policy(rungs=[{**HD, "codec": ["h264", "hevc"]}, {**HD, "name": "any"}, REST]).rungs

    def found(codec: str, width: int, height: int) -> str | None:
        one = class_of(classes, codec, width, height)
        return one.name if one else None

    assert found("hevc", 1280, 720) == "hd"
    assert found("av1", 1280, 720) == "any"
    assert found("h264", 1280, 534) == "hd"  # as wide as 720p
    assert found("h264", 720, 1280) == "hd"  # upright
    assert found("h264", 1024, 576) == "rest"
    exact = policy(rungs=[{"min_lines": 576, "p5": 50}]).rungs
    assert class_of(exact, "h264", 1024, 576) is not None
    assert class_of(exact, "h264", 960, 540) is None


def test_without_a_name_a_class_goes_by_what_it_fits() -> None:
    asked = [
        {"codec": ["av1", "hevc"], "min_lines": 1080, "p1": 70},
        {"codec": ["av1"], "p1": 60},
        {"min_lines": 480, "p1": 50},
        {"worst_window": 20},
    ]
    assert list(checks(policy(rungs=asked))) == [
        *("vmaf-rung-av1-hevc-1080p", "vmaf-rung-av1", "vmaf-rung-480p", "vmaf-rung-all")
    ]


def test_what_may_be_on_either_side_a_person_decides() -> None:
    vmaf = LADDER[1].vmaf
    assert vmaf is not None
    bounds = Bounds(replace(vmaf, harmonic_mean=83.0), replace(vmaf, harmonic_mean=86.0))
    rungs = (replace(LADDER[1], bounds=bounds), LADDER[2])
    asks = policy(rungs=[{**HD, "review": {}}])
    assert checks(asks, *rungs)["vmaf-rung-hd"] == (
        "review",
        "harmonic mean of h264-720p: 84.00 (83.00 to 86.00), at least 85 is asked for",
    )
    weighed = policy(rungs=[HD], checks={"vmaf-rung-hd": "warn"})
    assert severity_of("vmaf-rung-hd", weighed.checks) == "warn"


def test_the_worst_window_of_the_best_rung_can_be_asked_for() -> None:
    found = {each.rule: each for each in quality_checks(policy(top_worst_window=91), LADDER)}
    check = found["vmaf-top-worst-window"]
    assert (check.outcome, check.evidence) == (
        *("fail", "h264-1080p: 90.00, at least 91 is asked for"),
    )
    asked = policy(review={"top_worst_window": 91})
    found = {each.rule: each for each in quality_checks(asked, LADDER)}
    assert found["vmaf-top-worst-window"].outcome == "review"
    assert "vmaf-top-worst-window" not in {e.rule for e in quality_checks(policy(), LADDER)}


@pytest.mark.parametrize(("least", "outcome"), [(70, "pass"), (90, "review"), (96, "fail")])
def test_of_a_record_without_worst_windows_what_is_known_decides(
    least: float, outcome: str
) -> None:
    told = LADDER[2].vmaf
    assert told is not None
    older = replace(LADDER[2], vmaf=replace(told, worst_window=None))
    found = quality_checks(policy(top_worst_window=least), [older])
    [check] = [each for each in found if each.rule == "vmaf-top-worst-window"]
    assert (check.outcome, check.evidence) == (
        outcome,
        "h264-1080p: not measured, from 75.00 (lowest) to 95.00 (mean),"
        f" at least {least} is asked for",
    )


def test_a_record_alone_gives_the_same_verdict_older_ones_too() -> None:
    asks = policy(rungs=[{**REST, "worst_window": 40, "review": {"p1": 99}}])
    known = evidence()
    assert verdict_on(record(known, policy()), asks) == decide(asks, known)
    assert verdict_on(record(known, asks), policy()) == decide(policy(), known)
    older = record(known, policy())
    for rendition in older["renditions"]:
        del rendition["vmaf"]["worst_window"]
    found = {each.rule: each for each in verdict_on(older, asks).checks}["vmaf-rung-rest"]
    assert f"worst 2 s of {LOW}: not measured" not in found.evidence  # no lower than its lowest
    assert found.outcome == "review"


def test_figures_of_rungs_with_thresholds_are_those_that_are_sampled_further() -> None:
    asks = policy(top_worst_window=75, rungs=[HD, {"worst_window": 30, "review": {"p5": 40}}])

    def limits(width: int, height: int, *, is_top: bool = False) -> dict[str, tuple[float, ...]]:
        rung = Rung("r", "h264", width, height, Fraction(25), 50, "medium", 24, 1, 1, "fits")
        return asks.limits(rung, is_top=is_top)

    assert limits(1280, 720) == {"harmonic_mean": (85,), "p5": (80,)}
    assert limits(320, 180) == {"worst_window": (30,), "p5": (40,)}
    assert limits(320, 180, is_top=True) == {
        "harmonic_mean": (80,),
        "p5": (40, 70),
        "p1": (60,),
        "worst_window": (30, 75),
    }
    assert (
        policy().limits(
            Rung("r", "h264", 320, 180, Fraction(25), 50, "medium", 24, 1, 1, "fits"), is_top=False
        )
        == {}
    )


def test_checks_of_classes_are_known_by_their_family() -> None:
    assert is_check("vmaf-rung-hd")
    assert layer_of("vmaf-rung-hd") == "cross-check"
    assert to_do("vmaf-rung-hd").startswith("Look at the rungs named")
    assert policy(rungs=[HD], checks={"vmaf-rung-hd": "warn", "vmaf-rung-*": "fail"}).checks
    assert from_json(QcPolicy, to_json(policy(rungs=[HD, REST]))) == policy(rungs=[HD, REST])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rungs": [{"name": "hd"}]}, "hd asks for nothing: give one of harmonic_mean, p5, p1"),
        (
            {"rungs": [{**HD, "review": {"harmonic_mean": 84}}]},
            "review.harmonic_mean 84 is below harmonic_mean 85, where titles are rejected",
        ),
        ({"rungs": [HD, {**REST, "name": "hd"}]}, "two classes are called hd"),
        ({"rungs": [{"p5": 3}, {"p1": 2}]}, "two classes are called all"),
        (
            {"rungs": [REST, HD]},
            "no rung is left for class hd: classes before it have all that it fits",
        ),
        (
            {
                "rungs": [
                    {**REST, "codec": ["h264", "hevc"], "name": "a"},
                    {**REST, "codec": ["av1"], "min_lines": 360, "name": "b"},
                    {**REST, "min_lines": 480, "name": "c"},
                ]
            },
            "no rung is left for class c",
        ),
        ({"rungs": [{**REST, "name": "floor"}]}, "vmaf-rung-floor is another check"),
        ({"rungs": [{**REST, "name": "H D"}]}, "match pattern"),
        ({"rungs": [{**REST, "codec": []}]}, "give 1 to 3"),
        ({"rungs": [{**REST, "codec": ["vp9"]}]}, "'h264', 'hevc' or 'av1'"),
        ({"rungs": [{**REST, "min_lines": 0}]}, "give 1 to 4320"),
        ({"rungs": [{**REST, "p10": 50}]}, "rungs.0.p10"),
        ({"rungs": [REST], "checks": {"vmaf-rung-hd": "warn"}}, "no class of `rungs` is called so"),
        ({"top_worst_window": 101}, "give 0 to 100"),
        (
            {"top_worst_window": 70, "review": {"top_worst_window": 60}},
            "review.top_worst_window 60 is below top_worst_window 70",
        ),
    ],
)
def test_classes_that_cannot_be_meant_are_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as error:
        policy(**fields)
    assert said in refused(error.value, QcPolicy).message


def test_the_best_rung_is_one_of_its_class_too() -> None:
    found = checks(policy(rungs=[{"min_lines": 1080, "p5": 90}]))
    assert found["vmaf-rung-1080p"][0] == "fail"
