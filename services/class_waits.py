"""How the classes of steps wait for workers, and which waits most; pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from farm.plan import Resource
from storage.postgres.pace import ListedWorker, WaitNow

SHORT_WAIT_S = 1.0  # waking a worker takes that long; nothing is held up by it
IN_WORDS = {
    Resource.CPU: "encoding",
    Resource.GPU: "encoding on GPUs",
    Resource.QC: "measuring quality",
    Resource.IO: "input and output",
}


@dataclass(frozen=True, slots=True)
class ClassWait:
    """How one class of steps waits: `wait_s` is of those waiting now, else what steps waited."""

    resource: Resource
    words: str
    wait_s: float
    waiting: int
    cores: int  # of the workers that serve it

    @property
    def holds_up(self) -> bool:
        """Return whether its steps wait for longer than it takes to wake a worker."""
        return self.waiting > 0 and self.wait_s >= SHORT_WAIT_S

    @property
    def is_unserved(self) -> bool:
        """Return whether steps of the class wait that no worker will take."""
        return self.holds_up and not self.cores


def class_waits(
    now: Iterable[WaitNow], lately_s: Mapping[str, float], workers: Sequence[ListedWorker]
) -> tuple[ClassWait, ...]:
    """Return the wait of each class; `workers` are those alive, `lately_s` what steps waited."""
    waiting = {wait.resource: wait for wait in now}
    return tuple(
        ClassWait(
            resource=resource,
            words=IN_WORDS.get(resource, resource.value),
            wait_s=found.mean_s if found else lately_s.get(resource, 0.0),
            waiting=found.steps if found else 0,
            cores=sum(
                worker.cores
                for worker in workers
                if resource in worker.resources and not worker.draining
            ),
        )
        for resource in Resource
        for found in (waiting.get(resource),)
    )


def held_up_by(
    waits: Sequence[ClassWait], bottleneck: str | None, titles_wait: bool
) -> ClassWait | None:
    """Return the class that holds titles up: one that nobody serves, else the bottleneck.

    That is the class whose cores have the longest to go, by a forecast; without one, that of which
    most steps wait for each core. Where no step of it waits, it is one that others wait of; where
    none waits at all, the bottleneck as long as titles wait for their turn.
    """
    held = [wait for wait in waits if wait.holds_up]
    if not held and titles_wait:
        held = [wait for wait in waits if wait.resource == bottleneck]

    def weight(wait: ClassWait) -> tuple[bool, bool, float]:
        return wait.is_unserved, wait.resource == bottleneck, wait.waiting / max(1, wait.cores)

    return max(held, key=weight, default=None)
