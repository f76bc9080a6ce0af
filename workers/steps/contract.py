"""What a step kind is: a function from parameters and inputs to products, and its commands.

A kind makes one part, or several (`encode` makes one per rung). The executor knows by fingerprint
which parts exist already and asks `run` only for the rest. `commands` is pure: `run` runs what it
returns, `reelfarm plan` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from farm.command import SOURCE_NAME, Command, Finished, Tool, opening_with
from farm.devices import DeviceReport, HeldDevice
from farm.facts import AudioTrack, Excerpt, Source, TextTrack
from farm.parts import FileRef, Part, StepMade
from farm.plan import WHOLE, step_of
from farm.serial import from_json, to_json
from farm.settings import Settings
from farm.spec import JobSpec
from services.allowed import Allowed
from storage.objects.parallel import Transfers
from workers.sources.access import Sources
from workers.steps.facts import Facts, program_limits, spare_threads
from workers.steps.progress import StepProgress
from workers.steps.result import StepResult

EXCERPT_NAME = "excerpt.mov"  # of `ingest`: what is read as the source of an excerpt

T = TypeVar("T")
P = TypeVar("P")  # the parameters of a kind: a dataclass of planning.params


class Publications(Protocol):
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


def _no_devices() -> Sequence[DeviceReport]:
    return ()


def _nothing_made() -> Mapping[str, Part]:
    return {}


def _no_steps() -> Sequence[StepMade]:
    return ()


def _one_slot(_cores: float) -> int:
    return 1


@dataclass(frozen=True, slots=True)
class StepContext(Generic[P]):
    """All a step may touch: its scratch directory (the cwd of every command) and these calls."""

    job_id: str
    spec: JobSpec
    key: str
    params: P
    inputs: Mapping[str, Part]
    wanted: frozenset[str]  # the parts to make
    scratch: Path
    settings: Settings
    run_program: Callable[[Command], Finished]
    fetch: Callable[[FileRef, Path], None]  # brings a stored file to a path in the scratch
    # Brings many, as many at once as pays; the second is told the share that is there.
    fetch_all: Callable[[Mapping[Path, FileRef], Callable[[float], None]], None]
    transfers: Transfers  # moves objects to another store
    sources: Sources
    origins: Callable[[], Allowed]  # where it may publish now
    generations: Publications | None = None
    cores: int = 1  # granted for as long as the step runs
    check_wanted: Callable[[], None] = _wanted  # raises Cancelled; call it in long loops
    device: HeldDevice | None = None  # what it may use of the machine's devices
    devices: Callable[[], Sequence[DeviceReport]] = _no_devices  # of the farm, those that work now
    encode_slots: Callable[[float], int] = _one_slot  # chunks of so many cores that fit at once
    made: Callable[[], Mapping[str, Part]] = _nothing_made  # by all steps of the job, until now
    steps_made: Callable[[], Sequence[StepMade]] = _no_steps  # those steps
    progress: StepProgress = field(default_factory=StepProgress)  # commands report by themselves

    def run(self, command: Command) -> Finished:
        """Run a command in the scratch directory, the source being opened as it has to be."""
        source = self.beforehand.source
        return self.run_program(opening_with(command, source.opened_with) if source else command)

    def facts(self, reference: str, kind: type[T]) -> T:
        """Return the facts of the input `reference` as a `kind`."""
        return from_json(kind, self.inputs[reference].facts)

    def facts_of(self, step_kind: str, kind: type[T]) -> tuple[T, ...]:
        """Return the facts of all inputs that steps of one kind made, in order."""
        made = (ref for ref in self.inputs if step_of(ref).partition(":")[0] == step_kind)
        return tuple(self.facts(reference, kind) for reference in made)

    @property
    def beforehand(self) -> Facts:
        """Return what the kind's commands are built from."""
        ingested = self.inputs.get("ingest")
        return Facts(
            wanted=self.wanted,
            limits=program_limits(self.settings),
            threads=spare_threads(self.cores),
            node=self.device,
            source=from_json(Source, ingested.facts).media if ingested else None,
            audios=self.facts_of("audio", AudioTrack),
            texts=self.facts_of("text", TextTrack),
        )

    def bring(self, reference: str, name: str, to: str) -> Path:
        """Bring file `name` of input `reference` into the scratch directory as `to`."""
        target = self.scratch / to
        target.parent.mkdir(parents=True, exist_ok=True)
        self.fetch(self.inputs[reference].files[name], target)
        return target

    def bring_each(self, files: Mapping[str, tuple[str, str]]) -> None:
        """Bring files, each given by input reference and name, into the scratch directory.

        They fill the stretch of the step's progress that they are brought in.
        """
        wanted = {
            self.scratch / to: self.inputs[reference].files[name]
            for to, (reference, name) in files.items()
        }
        for folder in {target.parent for target in wanted}:
            folder.mkdir(parents=True, exist_ok=True)
        self.fetch_all(wanted, self.progress.report)

    def bring_all(self, reference: str, to: str) -> Path:
        """Bring every file of input `reference` into the folder `to` of the scratch directory."""
        names = self.inputs[reference].files
        self.bring_each({f"{to}/{name}": (reference, name) for name in names})
        return self.scratch / to

    def link_source(self) -> None:
        """Make the source readable in the scratch directory under its fixed name.

        Of an excerpt that is the stretch alone, as ingest cut it.
        """
        if self.excerpt is None:
            self.link_whole()
        elif not (self.scratch / SOURCE_NAME).exists():
            self.bring("ingest", EXCERPT_NAME, SOURCE_NAME)

    @property
    def excerpt(self) -> Excerpt | None:
        """Return where the excerpt lies that is the title, None where the whole source is."""
        return self.facts("ingest", Source).excerpt

    def run_on_whole(self, command: Command) -> Finished:
        """Run a command that reads the whole source, whatever of it is the title."""
        excerpt = self.excerpt
        if excerpt is None:
            return self.run(command)
        return self.run_program(opening_with(command, excerpt.whole_opened_with))

    def link_whole(self) -> None:
        """Make the whole source readable under that name, whatever of it is the title."""
        self.sources.link(
            self.spec.source, self.inputs["ingest"], self.scratch, self.job_id, self.check_wanted
        )


def one_part(params: object) -> dict[str, Any]:
    """Return the key material of a kind that makes one part out of all its parameters."""
    return {WHOLE: to_json(params)}


def no_commands(_facts: Facts, _params: object) -> tuple[Command, ...]:
    """Return the commands of a kind that is done in Python alone."""
    return ()


def made_from_all(_part: str, _reference: str) -> bool:
    """Return that a part is made from every input of its step."""
    return True


def no_text(_params: object) -> bool:
    """Return that a kind draws no text, whatever its parameters."""
    return False


@dataclass(frozen=True, slots=True)
class StepKind(Generic[P]):
    """A kind of step; bump `revision` when its output changes for the same input.

    `commands` are those `run` will run, in order. Where only running can tell (how bright a frame
    is), they say in their docstring what they assume.
    """

    name: str
    params: type[P]
    run: Callable[[StepContext[P]], StepResult]
    commands: Callable[[Facts, P], Sequence[Command]] = no_commands
    revision: int = 1
    tools: tuple[Tool, ...] = ()  # it may run these, and their builds decide what its output is
    draws_text: Callable[[P], bool] = no_text  # fonts decide, too
    cacheable: bool = True  # False: the world outside decides, so it runs in every job
    parts: Callable[[P], dict[str, Any]] = one_part  # JSON-ready key material by part name
    made_from: Callable[[str, str], bool] = made_from_all  # whether a part is, from an input
