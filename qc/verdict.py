"""One verdict per title: the policy's thresholds, what analysis saw, and delivery rules. Pure.

A check that fails rejects the title; of one to be reviewed a person decides before anything is
published; one that warns is there to be read. The verdict follows from checks, scores and policy
alone, so that a job's record gives the same one years later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from farm.checks import CheckOutcome, is_quality, severity_of
from farm.errors import InvalidSpec
from farm.facts import (
    Analysis,
    AudioTrack,
    ChapterList,
    Check,
    Loudness,
    TextTrack,
    Verdict,
    VerdictWord,
)
from farm.found import Span
from farm.ladder import Ladder
from farm.remarks import Remark, RemarkKind
from farm.scores import Bounds, Scores, Stats
from farm.serial import from_json
from farm.spec import QcPolicy
from qc.banding import banding_checks
from qc.blanks import blank_checks
from qc.decoding import decoding_checks
from qc.drift import drift_checks
from qc.geometry import Seen, geometry_checks
from qc.pictures import picture_checks
from qc.quality import ScoredRung, quality_checks
from qc.reading import reading_checks
from qc.sound import loudness_checks, sound_checks
from qc.sources import source_checks
from qc.strays import stray_checks
from qc.sync import Heard, sync_checks
from qc.tints import Tint, tint_checks

SOURCE_DESCRIPTION = "description of the source"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All a verdict rests on. `delivered` is loudness by track name, where it is judged."""

    ladder: Ladder
    scores: Sequence[Scores]
    analysis: Analysis
    audios: Sequence[AudioTrack]
    texts: Sequence[TextTrack]
    chapters: ChapterList
    delivered: Mapping[str, Loudness]
    sync: Sequence[Heard]  # of the default track
    exact_seeks: bool  # in the source's sound
    seen: Sequence[Seen]  # of the best rung
    conformance: Sequence[Check]
    tints: Sequence[Tint] = ()  # of the best rung
    combed: Sequence[Span] | None = None  # of the best rung; None: nobody looked


def decide(policy: QcPolicy, evidence: Evidence) -> Verdict:
    """Return the verdict with every check, quality first. Titles without video have no scores."""
    scored = {scores.rung: scores for scores in evidence.scores}
    rungs = [
        ScoredRung(
            rung.name,
            rung.codec,
            rung.width,
            rung.height,
            scored[rung.name].vmaf if rung.name in scored else None,
            scored[rung.name].bounds if rung.name in scored else None,
        )
        for rung in evidence.ladder.rungs
    ]
    others = (
        *stray_checks(evidence.scores),
        *decoding_checks(evidence.scores),
        *banding_checks(policy, evidence.scores),
        *source_checks(evidence.analysis),
        *blank_checks(evidence.analysis, policy, has_audio=bool(evidence.audios)),
        *picture_checks(evidence.analysis, policy, evidence.combed),
        *sound_checks(evidence.analysis),
        *loudness_checks(policy, evidence.audios, evidence.delivered),
        *sync_checks(evidence.sync, exact=evidence.exact_seeks),
        *drift_checks(evidence.sync, exact=evidence.exact_seeks),
        *geometry_checks(evidence.seen),
        *tint_checks(evidence.tints),
        *_sound(evidence.audios),
        *_remarks(evidence.ladder.remarks),
        *_text(evidence.texts, evidence.chapters),
        *reading_checks(evidence.texts),
        *evidence.conformance,
    )
    return _judge(policy, rungs, others)


def verdict_on(record: Mapping[str, Any], policy: QcPolicy) -> Verdict:
    """Return the verdict that a policy gives on a title, from its job record alone.

    Raises InvalidSpec for a record whose title was not verified, and for what is no record.
    """
    if not record.get("qc"):
        raise InvalidSpec(
            f"{record.get('id', 'the record')} has no QC: its title was not verified (it is"
            f" {record.get('state', 'no job record')})"
        )
    try:
        rungs = [
            ScoredRung(
                rendition["name"],
                rendition["codec"],
                rendition["width"],
                rendition["height"],
                from_json(Stats, rendition["vmaf"]) if rendition["vmaf"] else None,
                _bounds(rendition.get("measured")),
            )
            for rendition in record["renditions"]
        ]
        checks = [from_json(Check, check) for check in record["qc"]["checks"]]
    except (KeyError, TypeError, ValueError) as error:  # ValueError: pydantic's, too
        raise InvalidSpec(
            f"this is no job record ({type(error).__name__}: {' '.join(str(error).split())[:120]}):"
            " give what reelfarm run --json prints, or GET /v1/jobs/ID"
        ) from error
    found = [
        replace(check, outcome=check.found or check.outcome, found=None)
        for check in checks
        if not is_quality(check.rule)
    ]
    return _judge(policy, rungs, found)


def _bounds(measured: Mapping[str, Any] | None) -> Bounds | None:
    """Return the bounds that a record tells of; older ones tell of none."""
    bounds = measured["bounds"] if measured else None
    return from_json(Bounds, bounds) if bounds else None


def _judge(policy: QcPolicy, rungs: Sequence[ScoredRung], others: Iterable[Check]) -> Verdict:
    checks = tuple(_weighed(policy, check) for check in (*quality_checks(policy, rungs), *others))
    outcomes = {check.outcome for check in checks}
    word: VerdictWord = "pass"
    if "fail" in outcomes:
        word = "rejected"
    elif "review" in outcomes or policy.publish == "review-always":
        word = "review"
    return Verdict(word, checks)


def _weighed(policy: QcPolicy, check: Check) -> Check:
    """Return a check as the policy wants it weighed, with what it came to by itself."""
    severity = severity_of(check.rule, policy.checks)
    if check.outcome == "pass" or severity is None or severity == check.outcome:
        return check
    return replace(check, outcome=severity, found=check.outcome)


def _sound(audios: Sequence[AudioTrack]) -> Iterable[Check]:
    for audio in audios:
        if audio.issues:
            yield Check(
                audio.name,
                "The audio track is as it was asked for",
                "warn",
                "; ".join(audio.issues),
                "audio preparation",
            )


def _remarks(remarks: Sequence[Remark]) -> Iterable[Check]:
    """Yield a check for what is left out of the title, and one for what is there by a guess."""
    asked: tuple[tuple[RemarkKind, str, str], ...] = (
        ("dropped", "source-dropped", "All of the source is in the title"),
        ("assumed", "source-assumed", "The source says all that has to be known of it"),
    )
    for kind, rule, title in asked:
        told = [f"{remark.item}: {remark.reason}" for remark in remarks if remark.kind == kind]
        if told:
            yield Check(rule, title, "warn", "; ".join(told), SOURCE_DESCRIPTION)


def _text(texts: Sequence[TextTrack], chapters: ChapterList) -> Iterable[Check]:
    for text in texts:
        outcome: CheckOutcome = "warn" if text.dropped or text.issues else "pass"
        said = [f"dropped: {text.dropped}"] if text.dropped else [f"{text.cues} cues"]
        yield Check(
            text.name,
            "The text track is as it was delivered",
            outcome,
            "; ".join([*said, *text.issues]),
            "text preparation",
        )
    if chapters.chapters or chapters.issues:
        yield Check(
            "chapters",
            "The chapters are as they were delivered",
            "warn" if chapters.issues else "pass",
            "; ".join([f"{len(chapters.chapters)} chapters", *chapters.issues]),
            "chapter preparation",
        )
