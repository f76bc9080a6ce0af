"""What a conformance rule is: a question to a generation whose answer carries its evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

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


# What there has to be: a manifest, or the title as the farm that made it knows it.
Material = Literal["hls", "dash", "title"]
Examine = Callable[[Presentation, Expectations], Finding]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `rule_id` is stable, `source` says who demands it."""

    rule_id: str
    title: str
    source: str
    examine: Examine
    needs: frozenset[Material] = frozenset()

    def check(self, presentation: Presentation, expected: Expectations) -> Check:
        """Return the rule's verdict: fail if something is broken, warn if only advice is missed."""
        finding = self.examine(presentation, expected)
        outcome: CheckOutcome = "fail" if finding.broken else "warn" if finding.advised else "pass"
        evidence = quote([*finding.broken, *finding.advised]) or finding.seen
        return Check(self.rule_id, self.title, outcome, evidence, self.source)


def rule(rule_id: str, title: str, source: str, *needs: Material) -> Callable[[Examine], Rule]:
    """Make a `Rule` of the function below, which is asked only where there is what it `needs`."""
    return lambda examine: Rule(rule_id, title, source, examine, frozenset(needs))


def quote(sentences: Sequence[str]) -> str:
    """Return as many of them as a person reads in one line, and how many more there are."""
    shown = "; ".join(sentences[:QUOTED])
    more = len(sentences) - QUOTED
    return f"{shown}; and {more} more" if more > 0 else shown
