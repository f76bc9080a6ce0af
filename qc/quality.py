"""The checks of scores: a policy's thresholds held against what rungs measured. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from farm.checks import CheckOutcome
from farm.facts import Check
from farm.scores import Bounds, Stats
from farm.spec import QcPolicy, RungClass, class_of
from media.graphs.measure import MIN_SCORED_SIDE, is_scorable
from qc.thresholds import FIGURE_WORDS, Demand, RungFigures, gravest

# Higher rungs may score a little less where a source has nothing more to give.
ORDER_TOLERANCE = 1.0
POLICY_SOURCE = "QC policy"


@dataclass(frozen=True, slots=True)
class ScoredRung:
    """A rung and what its frames scored; None where it has no scores.

    `bounds` are those of figures that few frames were scored for.
    """

    name: str
    codec: str
    width: int
    height: int
    vmaf: Stats | None
    bounds: Bounds | None = None


def quality_checks(policy: QcPolicy, rungs: Sequence[ScoredRung]) -> Iterable[Check]:
    """Yield a check for everything the policy asks of `rungs`, which come in the ladder's order.

    Titles without pictures have none, and no checks.
    """
    if not rungs:
        return
    if not any(is_scorable(rung.width, rung.height) for rung in rungs):
        yield _complete(
            "warn",
            f"pictures below {MIN_SCORED_SIDE} pixels a side are too small for VMAF: not scored",
        )
        return
    if missing := [rung.name for rung in rungs if rung.vmaf is None]:
        yield _complete("fail", f"no scores for {', '.join(missing)}")
        return
    yield _complete("pass", f"{len(rungs)} rungs scored")
    by_codec: dict[str, list[RungFigures]] = {}
    by_class: dict[str, list[RungFigures]] = {each.rule: [] for each in policy.rungs}
    for rung in rungs:
        if rung.vmaf is not None:
            scored = RungFigures.of(rung.name, rung.vmaf, rung.bounds)
            by_codec.setdefault(rung.codec, []).append(scored)
            if own := class_of(policy.rungs, rung.codec, rung.width, rung.height):
                by_class[own.rule].append(scored)
    alike = list(by_codec.values())
    yield from _top(policy, [scored[-1] for scored in alike])
    for each in policy.rungs:
        yield _class(policy, each, by_class[each.rule])
    if policy.rung_floor is not None:
        yield _floor(policy, policy.rung_floor, [rung for scored in alike for rung in scored])
    yield _order(alike)


def _complete(outcome: CheckOutcome, evidence: str) -> Check:
    title = "Every rung was scored against the source"
    return Check("vmaf-complete", title, outcome, evidence, POLICY_SOURCE)


def _top(policy: QcPolicy, tops: Sequence[RungFigures]) -> Iterable[Check]:
    """Yield a check for each threshold the policy sets for the best rung, of every codec."""
    for figure, words in FIGURE_WORDS.items():
        name = f"top_{figure}"
        demand = Demand(figure, getattr(policy, name), getattr(policy.review, name))
        if demand.least is None and demand.asked is None:
            continue
        seen = ", ".join(top.told(figure) for top in tops)
        yield Check(
            f"vmaf-top-{figure.replace('_', '-')}",
            f"VMAF of the best rung, {words}",
            gravest([demand.outcome(top) for top in tops]),
            f"{seen}, {demand.words}",
            f"{POLICY_SOURCE} {policy.name}",
        )


def _class(policy: QcPolicy, asked: RungClass, rungs: Sequence[RungFigures]) -> Check:
    """Return the check of a class: of what is off every rung is named, of the rest the lowest."""
    found: list[tuple[CheckOutcome, str]] = []
    least, review = asked.limits(), asked.review.limits()
    for figure, words in FIGURE_WORDS.items():
        demand = Demand(figure, least.get(figure), review.get(figure))
        if not rungs or not demand.words:
            continue
        off = [rung for rung in rungs if demand.outcome(rung) != "pass"]
        lowest = min(rungs, key=lambda rung: rung.between(figure))
        seen = ", ".join(rung.told(figure) for rung in off or (lowest,))
        outcome = gravest([demand.outcome(rung) for rung in rungs])
        found.append((outcome, f"{words} of {seen}, {demand.words}"))
    outcome = gravest([each for each, _ in found])
    told = [said for each, said in found if outcome == "pass" or each != "pass"]
    return Check(
        asked.rule,
        f"VMAF of rungs: {asked.told()}",
        outcome,
        "; ".join(told) or "the title has no such rung",
        f"{POLICY_SOURCE} {policy.name}",
    )


def _floor(policy: QcPolicy, floor: float, rungs: Sequence[RungFigures]) -> Check:
    low = [rung for rung in rungs if rung.vmaf.harmonic_mean < floor]
    lowest = min(rungs, key=lambda rung: rung.vmaf.harmonic_mean)
    seen = ", ".join(f"{rung.name}: {rung.vmaf.harmonic_mean:.2f}" for rung in low or (lowest,))
    return Check(
        "vmaf-rung-floor",
        "VMAF of every rung, harmonic mean",
        "warn" if low else "pass",
        f"{seen}, at least {floor:g} is asked for",
        f"{POLICY_SOURCE} {policy.name}",
    )


def _order(alike: Sequence[Sequence[RungFigures]]) -> Check:
    """Return the check that within each codec higher rungs look better."""
    wasted = [
        f"{higher.name} ({higher.vmaf.harmonic_mean:.1f}) is worse than"
        f" {lower.name} ({lower.vmaf.harmonic_mean:.1f})"
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
