"""What a step gives back: what it made, or what is to be done before it can make anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farm.events import News
from farm.facts import Check
from farm.parts import Product
from farm.plan import WHOLE, ChangedStep, StepPlan
from farm.scored import RungScore
from farm.serial import to_json


@dataclass(frozen=True, slots=True)
class StepResult:
    """What `run` gives back: a product per wanted part, and steps to add to the job.

    `work` is how much it did (planning/work.py), where nobody could tell when it was planned. With
    `again` it has made nothing: `more_steps` are to run first, and then it, with these inputs. With
    `changes` neither: steps that are done are to be done again first, so changed, with all that
    builds on them, which it does itself; `news` is told of it. With `waits_for` neither: a person
    decides on these checks first.
    `decoded_on` names the device that decoded the source, where one did; `scores` are kept, to hold
    titles against each other.
    """

    products: Mapping[str, Product]
    more_steps: Sequence[StepPlan] = ()
    work: float | None = None
    again: tuple[str, ...] | None = None
    changes: tuple[ChangedStep, ...] = ()
    news: tuple[News, ...] = ()
    waits_for: tuple[Check, ...] | None = None
    decoded_on: str | None = None
    scores: tuple[RungScore, ...] = ()


def run_again(steps: Sequence[StepPlan], inputs: Sequence[str]) -> StepResult:
    """Return the result of a step that cannot tell before other steps have run."""
    return StepResult({}, steps, again=tuple(inputs))


def ask_a_person(checks: Sequence[Check]) -> StepResult:
    """Return the result of a step that goes on once a person has approved of its title."""
    return StepResult({}, waits_for=tuple(checks))


def whole(
    facts: object, files: dict[str, Path] | None = None, evidence: dict[str, Any] | None = None
) -> StepResult:
    """Return the result of a step with one part, `facts` being JSON-ready or a dataclass."""
    return StepResult({WHOLE: Product(to_json(facts), files or {}, evidence or {})})
