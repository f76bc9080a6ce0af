"""What passes, what a reviewer should look at, and what is rejected."""

from __future__ import annotations

from dataclasses import replace

import pytest

from farm.facts import ChapterList, Check, Loudness
from farm.found import Span
from farm.ladder import Ladder
from farm.spec import QcPolicy
from qc.verdict import Evidence, decide
from tests.unit import titles
from tests.unit.reported import (
    AUDIO,
    CONFORMING,
    LADDER,
    LOW,
    SCORES,
    TEXT,
    TOP,
    evidence,
    scores,
    wave,
)


def outcomes(known: Evidence, policy: QcPolicy | None = None) -> dict[str, str]:
    """Return rule and outcome of every check."""
    return {check.rule: check.outcome for check in decide(policy or QcPolicy(), known).checks}


def check(rule: str, known: Evidence, policy: QcPolicy | None = None) -> Check:
    return next(c for c in decide(policy or QcPolicy(), known).checks if c.rule == rule)


def test_a_sound_title_passes_every_check() -> None:
    verdict = decide(QcPolicy(), evidence())
    assert verdict.verdict == "pass"
    assert {check.rule: check.outcome for check in verdict.checks} == dict.fromkeys(
        [
            *("vmaf-complete", "vmaf-top-harmonic-mean", "vmaf-top-p5", "vmaf-top-p1"),
            *("vmaf-rung-floor", "vmaf-ladder-order", "source-complete", "source-steady"),
            *("source-pictures", "black", "freeze", "silence", "av-sync", "av-drift", "geometry"),
            *("text-en", "chapters", "apple-8.2"),
        ],
        "pass",
    )


def test_the_best_rung_below_a_threshold_rejects_with_the_figures() -> None:
    dull = evidence(scores=(SCORES[0], scores(TOP, lambda _: 79.96)))
    assert decide(QcPolicy(), dull).verdict == "rejected"
    assert check("vmaf-top-harmonic-mean", dull) == Check(
        "vmaf-top-harmonic-mean",
        "VMAF of the best rung, harmonic mean",
        "fail",
        f"{TOP}: 79.96, at least 80 is asked for",
        "QC policy standard",
    )


def test_one_bad_stretch_fails_the_percentiles_though_the_mean_is_fine() -> None:
    dip = evidence(scores=(SCORES[0], scores(TOP, lambda n: 40.0 if n < 3 else 95.0)))
    assert outcomes(dip)["vmaf-top-harmonic-mean"] == "pass"
    assert outcomes(dip)["vmaf-top-p5"] == "pass"
    assert outcomes(dip)["vmaf-top-p1"] == "fail"


def test_thresholds_that_are_none_are_not_checked() -> None:
    lenient = QcPolicy(top_harmonic_mean=None, top_p5=None, top_p1=None, rung_floor=None)
    assert [rule for rule in outcomes(evidence(), lenient) if rule.startswith("vmaf")] == [
        "vmaf-complete",
        "vmaf-ladder-order",
    ]


def test_a_low_rung_only_warns() -> None:
    low = evidence(scores=(scores(LOW, wave(8)), SCORES[1]))
    assert decide(QcPolicy(), low).verdict == "pass"
    assert check("vmaf-rung-floor", low).outcome == "warn"
    assert check("vmaf-rung-floor", low).evidence.startswith(f"{LOW}: 7.")


def test_a_rung_that_is_worse_than_the_one_below_warns() -> None:
    upside_down = evidence(scores=(scores(LOW, lambda _: 94.0), scores(TOP, lambda _: 92.0)))
    seen = check("vmaf-ladder-order", upside_down)
    assert (seen.outcome, seen.evidence) == (
        "warn",
        f"{TOP} (92.0) is worse than {LOW} (94.0)",
    )


def test_a_rung_without_scores_rejects_and_nothing_is_said_about_quality() -> None:
    partial = evidence(scores=SCORES[:1])
    quality = {r: o for r, o in outcomes(partial).items() if r.startswith("vmaf")}
    assert quality == {"vmaf-complete": "fail"}


def test_a_broken_delivery_rule_rejects() -> None:
    broken = replace(CONFORMING, outcome="fail")
    assert decide(QcPolicy(), evidence(conformance=(broken,))).verdict == "rejected"


def test_audio_only_titles_have_no_quality_and_no_picture_checks() -> None:
    known = evidence(
        ladder=Ladder("apple", (), (), LADDER.segment_s),
        scores=(),
        analysis=titles.analysis(timeline=None),
        seen=(),
    )
    assert decide(QcPolicy(), known).verdict == "pass"
    assert list(outcomes(known)) == [
        *("source-complete", "silence", "av-sync", "av-drift", "text-en", "chapters", "apple-8.2")
    ]


@pytest.mark.parametrize("kind", ["black", "freeze", "silence"])
def test_only_long_stretches_of_nothing_warn(kind: str) -> None:
    short = evidence(analysis=titles.analysis(**{kind: (Span(0, 10), Span(20, 21))}))
    told = "none so long: 0.0 s to 10.0 s, 20.0 s to 21.0 s"
    assert (check(kind, short).outcome, check(kind, short).evidence) == ("pass", told)
    long = evidence(analysis=titles.analysis(**{kind: (Span(0, 1), Span(5, 15.1))}))
    assert (check(kind, long).outcome, check(kind, long).evidence) == ("warn", "5.0 s to 15.1 s")


def test_a_source_that_lost_its_end_warns() -> None:
    seen = check("source-complete", evidence(analysis=titles.analysis(missing_s=12.34)))
    assert (seen.outcome, seen.evidence) == ("warn", "12.3 s of the source are missing")


@pytest.mark.parametrize(
    ("lufs", "peak", "outcome"),
    [
        (-23.0, -1.0, "pass"),
        (-24.0, -6.0, "pass"),
        (-22.0, -6.0, "pass"),
        (-24.1, -6.0, "warn"),
        (-21.9, -6.0, "warn"),
        (-23.0, -0.9, "warn"),
    ],
)
def test_normalised_loudness_is_held_against_ebu_r128(
    lufs: float, peak: float, outcome: str
) -> None:
    heard = {AUDIO.name: Loudness(1, lufs, 5.0, peak, -33.0)}
    measured = (replace(AUDIO, measured_lufs=-31.4),)
    seen = check("loudness-audio-1-stereo", evidence(audios=measured, delivered=heard))
    assert seen.outcome == outcome
    assert seen.evidence == (
        f"audio-1-stereo: {lufs:.1f} LUFS, range 5.0 LU, {peak:.1f} dBTP, -31.4 in the source"
    )


def test_dropped_and_mended_text_warns_with_what_happened() -> None:
    dropped = replace(TEXT, cues=0, dropped="no cues are left", issues=("3 cues were late",))
    seen = check("text-en", evidence(texts=(dropped,)))
    assert (seen.outcome, seen.evidence) == ("warn", "dropped: no cues are left; 3 cues were late")
    mended = replace(TEXT, issues=("2 overlaps were cut",))
    assert check("text-en", evidence(texts=(mended,))).evidence == "42 cues; 2 overlaps were cut"


def test_mended_chapters_warn() -> None:
    seen = check("chapters", evidence(chapters=ChapterList((), ("2 chapters after the end",))))
    assert (seen.outcome, seen.evidence) == ("warn", "0 chapters; 2 chapters after the end")
