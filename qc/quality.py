"""The checks of scores: a policy's thresholds held against what rungs measured. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from farm.checks import CheckOutcome
from farm.facts import Check
from farm.scores import Bounds, Stats
from farm.spec import QcPolicy
from media.graphs.measure import MIN_SCORED_SIDE, is_scorable

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


@dataclass(frozen=True, slots=True)
class _Scored:
    name: str
    vmaf: Stats
    low: Stats
    high: Stats


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
    by_codec: dict[str, list[_Scored]] = {}
    for rung in rungs:
        if rung.vmaf is not None:
            bounds = rung.bounds or Bounds(rung.vmaf, rung.vmaf)
            scored = _Scored(rung.name, rung.vmaf, bounds.low, bounds.high)
            by_codec.setdefault(rung.codec, []).append(scored)
    alike = list(by_codec.values())
    yield from _top(policy, [scored[-1] for scored in alike])
    if policy.rung_floor is not None:
        yield _floor(policy, policy.rung_floor, [rung for scored in alike for rung in scored])
    yield _order(alike)


def _complete(outcome: CheckOutcome, evidence: str) -> Check:
    title = "Every rung was scored against the source"
    return Check("vmaf-complete", title, outcome, evidence, POLICY_SOURCE)


def _top(policy: QcPolicy, tops: Sequence[_Scored]) -> Iterable[Check]:
    """Yield a check for each threshold the policy sets for the best rung, of every codec."""
    least, asked = policy, policy.review
    thresholds: tuple[tuple[str, float | None, float | None, Callable[[Stats], float]], ...] = (
        ("harmonic mean", least.top_harmonic_mean, asked.top_harmonic_mean, _harmonic_mean),
        ("5th percentile", least.top_p5, asked.top_p5, lambda vmaf: vmaf.p5),
        ("1st percentile", least.top_p1, asked.top_p1, lambda vmaf: vmaf.p1),
    )
    rules = ("vmaf-top-harmonic-mean", "vmaf-top-p5", "vmaf-top-p1")
    for rule, (words, fails_below, asks_below, of) in zip(rules, thresholds, strict=True):
        if fails_below is None and asks_below is None:
            continue
        outcome: CheckOutcome = "pass"
        if fails_below is not None and any(of(top.high) < fails_below for top in tops):
            outcome = "fail"
        # What may be on either side, though as much was scored as is worth it, a person decides.
        elif any(
            least is not None and of(top.low) < least
            for least in (fails_below, asks_below)
            for top in tops
        ):
            outcome = "review"
        seen = ", ".join(_told(top, of) for top in tops)
        demands = [
            *([] if fails_below is None else [f"at least {fails_below:g} is asked for"]),
            *([] if asks_below is None else [f"below {asks_below:g} a person decides"]),
        ]
        yield Check(
            rule,
            f"VMAF of the best rung, {words}",
            outcome,
            ", ".join([seen, *demands]),
            f"{POLICY_SOURCE} {policy.name}",
        )


def _told(rung: _Scored, of: Callable[[Stats], float]) -> str:
    """Return a figure in words, with its bounds where it is an estimate."""
    value, low, high = of(rung.vmaf), of(rung.low), of(rung.high)
    between = f" ({low:.2f} to {high:.2f})" if high > low else ""
    return f"{rung.name}: {value:.2f}{between}"


def _harmonic_mean(vmaf: Stats) -> float:
    return vmaf.harmonic_mean


def _floor(policy: QcPolicy, floor: float, rungs: Sequence[_Scored]) -> Check:
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


def _order(alike: Sequence[Sequence[_Scored]]) -> Check:
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
