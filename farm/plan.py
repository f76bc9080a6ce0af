"""A job's DAG as data: steps, what each one consumes, and the check that it can run.

A step consumes *parts*: the output "encode:0" makes one part per rung, so that a step names
"encode:0#h264-720p-3000k" and is untouched when another rung changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any

from farm.devices import DeviceKind

WHOLE = ""  # the part name of steps that make just one


class Resource(StrEnum):
    """What a step mainly takes; each class has a wake-up queue of its own."""

    IO = "io"  # disks and networks
    CPU = "cpu"
    QC = "qc"  # scoring: processor time that nobody waits for as much
    GPU = "gpu"


@dataclass(frozen=True, slots=True)
class StepSize:
    """How much of a worker a step takes while it runs.

    `cores` is what it can make use of: a worker with fewer gives it all it has. Of class gpu it
    takes `sessions` of a device of `device_kind`, and `pixels_per_s` of its speed, as many as make
    a second of pictures. Of class cpu it has them of one that decodes, if that has them to spare.
    """

    resource: Resource = Resource.CPU
    cores: float = 1.0
    memory_bytes: int = 256 << 20
    device_kind: DeviceKind | None = None
    sessions: int = 0
    pixels_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step to be: `inputs` are "step key" or "step key#part", `after` only orders.

    `label` is what people read where the key would say too little: "encode h264 3/12". `work` is
    how much there is to do, see planning/work.py; None where only running can tell.
    """

    key: str
    kind: str
    params: dict[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    size: StepSize = StepSize()
    label: str = ""
    work: float | None = None

    @property
    def needs(self) -> frozenset[str]:
        """Return the keys of every step that must be done before this one."""
        return frozenset(step_of(ref) for ref in self.inputs) | frozenset(self.after)


@dataclass(frozen=True, slots=True)
class ChangedStep:
    """What a step of a job is done again with: `params` in place of its own, more inputs."""

    key: str
    params: dict[str, Any]
    more_inputs: tuple[str, ...]


def step_of(reference: str) -> str:
    """Return the step key of an input reference."""
    return reference.partition("#")[0]


def part_of(reference: str) -> str:
    """Return the part name of an input reference, `WHOLE` where it names none."""
    return reference.partition("#")[2]


def building_on(inputs: Mapping[str, Iterable[str]], keys: Collection[str]) -> set[str]:
    """Return the steps of `keys`, and all that consume what those make, however far behind.

    `inputs` are those of every step of a job, by its key. What only comes after one is left out.
    """
    consumers: dict[str, list[str]] = {}
    for key, references in inputs.items():
        for reference in references:
            consumers.setdefault(step_of(reference), []).append(key)
    found: set[str] = set()
    ahead = list(keys)
    while ahead:
        if (key := ahead.pop()) not in found:
            found.add(key)
            ahead += consumers.get(key, ())
    return found


def check_plan(steps: Iterable[StepPlan], existing: Collection[str] = ()) -> list[StepPlan]:
    """Return `steps` in an order that can run; raise ValueError for doubles, gaps and cycles."""
    by_key: dict[str, StepPlan] = {}
    for step in steps:
        if step.key in by_key or step.key in existing:
            raise ValueError(f"step {step.key!r} is planned twice")
        by_key[step.key] = step
    known = by_key.keys() | set(existing)
    for step in by_key.values():
        if missing := step.needs - known:
            raise ValueError(f"step {step.key!r} needs {sorted(missing)}, which nobody makes")
    graph = {key: step.needs & by_key.keys() for key, step in by_key.items()}
    try:
        return [by_key[key] for key in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise ValueError(f"steps wait for each other: {error.args[1]}") from error
