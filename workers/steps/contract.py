"""What a step kind is: a function from parameters and inputs to products.

A kind makes one part, or several (`encode` makes one per rung). The executor knows by fingerprint
which parts exist already and asks `run` only for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from farm.command import Command, Finished
from farm.parts import FileRef, Part, Product
from farm.plan import WHOLE, StepPlan
from farm.serial import from_json
from farm.settings import Settings
from farm.spec import JobSpec
from workers.sources.access import Sources

T = TypeVar("T")


class GenerationBook(Protocol):
    """The numbering of an asset's generations, for the step that publishes."""

    def reserve(self, digest: str) -> int:
        """Return the number of the generation with this content."""

    def publishing(self, number: int) -> AbstractContextManager[bool]:
        """Give whether to move the pointers to generation `number`, and the time to do it.

        False where a newer submission has published the asset already. Nobody else publishes it
        meanwhile, and the job is not cancelled. Raises Cancelled where it was already.
        """


def _wanted() -> None:
    """Stand in where there is no job that could end."""


def _one_slot(_cores: float) -> int:
    return 1


@dataclass(frozen=True, slots=True)
class StepContext:
    """All a step may touch: its scratch directory (the cwd of every command) and these calls."""

    job_id: str
    spec: JobSpec
    key: str
    params: dict[str, Any]
    inputs: Mapping[str, Part]
    wanted: frozenset[str]  # the parts to make
    scratch: Path
    settings: Settings
    run: Callable[[Command], Finished]
    fetch: Callable[[FileRef, Path], None]  # brings a stored file to a path in the scratch
    sources: Sources
    generations: GenerationBook | None = None
    cores: int = 1  # granted for as long as the step runs
    check_wanted: Callable[[], None] = _wanted  # raises Cancelled; call it in long loops
    encode_slots: Callable[[float], int] = _one_slot  # chunks of so many cores that fit at once

    def facts(self, reference: str, kind: type[T]) -> T:
        """Return the facts of the input `reference` as a `kind`."""
        return from_json(kind, self.inputs[reference].facts)

    def bring(self, reference: str, name: str, to: str) -> Path:
        """Bring file `name` of input `reference` into the scratch directory as `to`."""
        target = self.scratch / to
        target.parent.mkdir(parents=True, exist_ok=True)
        self.fetch(self.inputs[reference].files[name], target)
        return target

    def link_source(self) -> None:
        """Make the source readable in the scratch directory under its fixed name."""
        self.sources.link(
            self.spec.source, self.inputs["ingest"], self.scratch, self.job_id, self.check_wanted
        )


@dataclass(frozen=True, slots=True)
class StepResult:
    """What `run` gives back: a product per wanted part, and steps to add to the job."""

    products: Mapping[str, Product]
    more_steps: Sequence[StepPlan] = ()


def whole(
    facts: object, files: dict[str, Path] | None = None, evidence: dict[str, Any] | None = None
) -> StepResult:
    """Return the result of a step with one part, `facts` being JSON-ready or a dataclass."""
    from farm.serial import to_json

    return StepResult({WHOLE: Product(to_json(facts), files or {}, evidence or {})})


class Run(Protocol):
    def __call__(self, context: StepContext) -> StepResult: ...


def one_part(params: dict[str, Any]) -> dict[str, Any]:
    """Return the key material of a kind that makes one part out of all its parameters."""
    return {WHOLE: params}


@dataclass(frozen=True, slots=True)
class StepKind:
    """A kind of step; bump `revision` when its output changes for the same input."""

    name: str
    run: Run
    revision: int = 1
    cacheable: bool = True  # False: the world outside decides, so it runs in every job
    parts: Callable[[dict[str, Any]], dict[str, Any]] = field(default=one_part)
