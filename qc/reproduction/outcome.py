"""What came of holding a generation against its provenance: what is the same, what differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SCHEMA = "reelfarm-reproduction/1"  # raised when a field changes its meaning or goes away

Sameness = Literal["same", "differs", "unknown"]


@dataclass(frozen=True, slots=True)
class ThenAndNow:
    """One fact as the provenance has it and as it is; `why` says what there is to say of it."""

    outcome: Sameness
    then: str | None
    now: str | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class CommandsHeld:
    """A step's programs: those that ran and would not, those that would run and did not."""

    outcome: Sameness
    then: tuple[tuple[str, ...], ...] = ()
    now: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class StepHeld:
    """A step: with the outcome "same" what it made would be reused, else `why` it would not."""

    key: str
    kind: str
    outcome: Sameness
    why: tuple[str, ...]
    commands: CommandsHeld


@dataclass(frozen=True, slots=True)
class FilesHeld:
    """The generation's files against the list; `extra` is None where nobody can tell."""

    outcome: Sameness
    same: int
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] | None = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class FileMade:
    """A file that came out otherwise when it was made again, and why it may."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class MadeAgain:
    """What came of making a generation again, file by file."""

    outcome: Sameness
    job: str
    folder: str
    verdict: str
    same: tuple[str, ...]
    differ: tuple[FileMade, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reproduction:
    """All of it; `content` is the generation's name against its files, the provenance included."""

    schema: str
    generation: str
    tenant: str
    asset: str
    outcome: Sameness
    source: ThenAndNow
    sidecars: dict[str, ThenAndNow]
    reelfarm: ThenAndNow
    tools: dict[str, ThenAndNow]
    qc: ThenAndNow
    content: ThenAndNow
    files: FilesHeld
    steps: tuple[StepHeld, ...]
    again: MadeAgain | None = None


def worst(*outcomes: Sameness) -> Sameness:
    """Return "differs" where one does, else "same": what was not looked at says nothing."""
    return "differs" if "differs" in outcomes else "same"
