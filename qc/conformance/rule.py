"""What a conformance rule is: a question to a generation whose answer carries its evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from farm.checks import CheckOutcome
from farm.facts import Check
from qc.conformance.expectations import Expectations
from qc.conformance.presentation import Presentation

APPLE = "Apple HLS Authoring Specification"
HLS = "RFC 8216"
DASH = "ISO/IEC 23009-1"
CMAF = "ISO/IEC 23000-19"
QUOTED = 3  # findings a person reads in one line; the number of the rest is enough


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule saw: what breaks players, what it advises against, and what there was."""

    seen: str
    broken: Sequence[str] = field(default=())
    advised: Sequence[str] = field(default=())


Examine = Callable[[Presentation, Expectations], Finding]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `rule_id` is stable, `source` says who demands it."""

    rule_id: str
    title: str
    source: str
    examine: Examine

    def check(self, presentation: Presentation, expected: Expectations) -> Check:
        """Return the rule's verdict: fail if something is broken, warn if only advice is missed."""
        finding = self.examine(presentation, expected)
        outcome: CheckOutcome = "fail" if finding.broken else "warn" if finding.advised else "pass"
        evidence = _quote([*finding.broken, *finding.advised]) or finding.seen
        return Check(self.rule_id, self.title, outcome, evidence, self.source)


def rule(rule_id: str, title: str, source: str) -> Callable[[Examine], Rule]:
    """Make a `Rule` of the function below."""
    return lambda examine: Rule(rule_id, title, source, examine)


def _quote(sentences: Sequence[str]) -> str:
    shown = "; ".join(sentences[:QUOTED])
    more = len(sentences) - QUOTED
    return f"{shown}; and {more} more" if more > 0 else shown
