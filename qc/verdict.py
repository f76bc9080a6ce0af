"""One verdict per title: the policy's thresholds, what analysis saw, and delivery rules. Pure.

A check that fails rejects the title; one that warns is for a reviewer to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from farm.facts import (
    Analysis,
    AudioTrack,
    ChapterList,
    Check,
    CheckOutcome,
    Loudness,
    Scores,
    Span,
    Stats,
    TextTrack,
    Verdict,
)
from farm.ladder import Ladder
from farm.remarks import Remark, RemarkKind
from farm.spec import QcPolicy
from media.graphs.measure import MIN_SCORED_SIDE, is_scorable
from qc.geometry import Seen, geometry_checks
from qc.sources import ANALYSIS_SOURCE, source_checks
from qc.sync import Heard, sync_checks

LONG_S = 10.0  # black, frozen or silent for longer is worth a look; openings and pauses are not
# EBU R 128 s. 3: -23 LUFS, and 1 LU to either side where a target cannot be met exactly.
LOUDNESS_LUFS = (-24.0, -22.0)
TRUE_PEAK_DBTP = -1.0
# Higher rungs may score a little less where a source has nothing more to give.
ORDER_TOLERANCE = 1.0

POLICY_SOURCE = "QC policy"
SOURCE_DESCRIPTION = "description of the source"
EBU_R128 = "EBU R 128"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All a verdict rests on. `delivered` is loudness by track name, where it was normalised."""

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


def decide(policy: QcPolicy, evidence: Evidence) -> Verdict:
    """Return the verdict with every check, quality first. Titles without video have no scores."""
    checks = (
        *_quality(policy, evidence.ladder, evidence.scores),
        *_content(evidence.analysis, has_audio=bool(evidence.audios)),
        *_loudness(evidence.audios, evidence.delivered),
        *sync_checks(evidence.sync, exact=evidence.exact_seeks),
        *geometry_checks(evidence.seen),
        *_sound(evidence.audios),
        *_remarks(evidence.ladder.remarks),
        *_text(evidence.texts, evidence.chapters),
        *evidence.conformance,
    )
    failed = any(check.outcome == "fail" for check in checks)
    return Verdict("rejected" if failed else "pass", checks)


def _quality(policy: QcPolicy, ladder: Ladder, scores: Sequence[Scores]) -> Iterable[Check]:
    if not ladder.rungs:
        return
    if not any(is_scorable(rung.width, rung.height) for rung in ladder.rungs):
        yield Check(
            "vmaf-complete",
            "Every rung was scored against the source",
            "warn",
            f"pictures below {MIN_SCORED_SIDE} pixels a side are too small for VMAF: not scored",
            POLICY_SOURCE,
        )
        return
    by_rung = {score.rung: score for score in scores}
    missing = [rung.name for rung in ladder.rungs if rung.name not in by_rung]
    yield Check(
        "vmaf-complete",
        "Every rung was scored against the source",
        "fail" if missing else "pass",
        f"no scores for {', '.join(missing)}" if missing else f"{len(ladder.rungs)} rungs scored",
        POLICY_SOURCE,
    )
    if missing:
        return
    ordered = [by_rung[rung.name] for rung in ladder.rungs]
    alike = [
        [by_rung[rung.name] for rung in ladder.rungs if rung.codec == codec]
        for codec in dict.fromkeys(rung.codec for rung in ladder.rungs)
    ]
    yield from _top(policy, [scores[-1] for scores in alike])
    if policy.rung_floor is not None:
        yield _floor(policy, policy.rung_floor, ordered)
    yield _order(alike)


def _top(policy: QcPolicy, tops: Sequence[Scores]) -> Iterable[Check]:
    """Yield a check for each threshold the policy sets for the best rung, of every codec."""
    asked: tuple[tuple[str, str, float | None, Callable[[Stats], float]], ...] = (
        ("harmonic-mean", "harmonic mean", policy.top_harmonic_mean, lambda s: s.harmonic_mean),
        ("p5", "5th percentile", policy.top_p5, lambda s: s.p5),
        ("p1", "1st percentile", policy.top_p1, lambda s: s.p1),
    )
    for rule, words, least, of in asked:
        if least is not None:
            seen = ", ".join(f"{top.rung}: {of(top.vmaf):.2f}" for top in tops)
            yield Check(
                f"vmaf-top-{rule}",
                f"VMAF of the best rung, {words}",
                "pass" if all(of(top.vmaf) >= least for top in tops) else "fail",
                f"{seen}, at least {least:g} is asked for",
                f"{POLICY_SOURCE} {policy.name}",
            )


def _floor(policy: QcPolicy, floor: float, ordered: Sequence[Scores]) -> Check:
    low = [s for s in ordered if s.vmaf.harmonic_mean < floor]
    lowest = min(ordered, key=lambda s: s.vmaf.harmonic_mean)
    seen = ", ".join(f"{s.rung}: {s.vmaf.harmonic_mean:.2f}" for s in low or (lowest,))
    return Check(
        "vmaf-rung-floor",
        "VMAF of every rung, harmonic mean",
        "warn" if low else "pass",
        f"{seen}, at least {floor:g} is asked for",
        f"{POLICY_SOURCE} {policy.name}",
    )


def _order(alike: Sequence[Sequence[Scores]]) -> Check:
    """Return the check that within each codec higher rungs look better."""
    wasted = [
        f"{higher.rung} ({higher.vmaf.harmonic_mean:.1f}) is worse than"
        f" {lower.rung} ({lower.vmaf.harmonic_mean:.1f})"
        for ordered in alike
        for lower, higher in pairwise(ordered)
        if higher.vmaf.harmonic_mean < lower.vmaf.harmonic_mean - ORDER_TOLERANCE
    ]
    return Check(
        "vmaf-ladder-order",
        "More bits look better",
        "warn" if wasted else "pass",
        "; ".join(wasted) or f"{sum(map(len, alike))} rungs in order",
        f"{POLICY_SOURCE}, within {ORDER_TOLERANCE:g} VMAF",
    )


def _content(analysis: Analysis, *, has_audio: bool) -> Iterable[Check]:
    yield from source_checks(analysis)
    if analysis.timeline is not None:
        yield _spans("black", "No long black picture", analysis.black)
        yield _spans("freeze", "No long frozen picture", analysis.freeze)
    if has_audio:
        yield _spans("silence", "No long silence", analysis.silence)


def _spans(rule: str, title: str, spans: Sequence[Span]) -> Check:
    long = [span for span in spans if span.end_s - span.start_s > LONG_S]
    seen = ", ".join(f"{span.start_s:.1f} s to {span.end_s:.1f} s" for span in long[:3])
    more = f" and {len(long) - 3} more" if len(long) > 3 else ""
    return Check(
        rule,
        f"{title} (over {LONG_S:g} s)",
        "warn" if long else "pass",
        f"{seen}{more}" if long else f"{len(spans)} shorter ones" if spans else "none",
        ANALYSIS_SOURCE,
    )


def _loudness(audios: Sequence[AudioTrack], delivered: Mapping[str, Loudness]) -> Iterable[Check]:
    """Yield a check for each track whose loudness was to be normalised."""
    low, high = LOUDNESS_LUFS
    for audio in audios:
        if (heard := delivered.get(audio.name)) is None:
            continue
        before = "" if audio.measured_lufs is None else f", {audio.measured_lufs:.1f} in the source"
        on_target = low <= heard.integrated_lufs <= high
        yield Check(
            f"loudness-{audio.name}",
            f"Loudness between {low:g} and {high:g} LUFS, peaks up to {TRUE_PEAK_DBTP:g} dBTP",
            "pass" if on_target and heard.true_peak_dbtp <= TRUE_PEAK_DBTP else "warn",
            f"{audio.name}: {heard.integrated_lufs:.1f} LUFS,"
            f" {heard.true_peak_dbtp:.1f} dBTP{before}",
            EBU_R128,
        )


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
