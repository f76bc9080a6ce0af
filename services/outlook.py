"""The farm as forecasts see it: its workers, how fast it is, and all that is left to do."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from planning.forecast import Machine, Task, held_core_s
from planning.pace import UNKNOWN, Pace, PastStep, paces_of
from planning.queue import HeldCores, Pile
from planning.work import WORK
from storage.postgres import fleet, past, waiting
from storage.postgres.database import Transaction
from storage.postgres.listing import ListPlace
from storage.postgres.past import StepTaken, TitleWork
from storage.postgres.waiting import KindLeft, Unplanned

KINDS = (*WORK, "ingest", "analyze", "publish")
GROUP_OF = attrgetter("priority", "tenant", "catalog", "older")  # of jobs: their turns are alike
UNKNOWN_TITLE_SPREAD = 0.8  # of the logarithm of what titles take, before any was made


@dataclass(frozen=True, slots=True)
class TypicalTitle:
    """What the titles of late had to be done for, on the average, as one task a kind."""

    tasks: tuple[Task, ...]
    spread: float  # of the logarithm of a title's whole work
    titles: int  # that all of it rests on

    @property
    def work(self) -> float:
        """Return the work of a whole title."""
        return sum(task.work for task in self.tasks)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a forecast is made of. `typical` is None where nothing was published yet."""

    machines: tuple[Machine, ...]
    paces: dict[str, Pace]
    typical: TypicalTitle | None
    begun: Sequence[KindLeft]  # those of one group of jobs one after the other
    unplanned: Sequence[Unplanned]

    def held(self, tasks: Iterable[Task]) -> HeldCores:
        """Return for how long steps keep cores from others, by class."""
        held: HeldCores = defaultdict(float)
        for task in tasks:
            pace = self.paces.get(task.kind, UNKNOWN)
            held[task.resource] += held_core_s(task, pace, self.machines)
        return dict(held)

    def piles(self, like: Sequence[Task] = ()) -> list[Pile]:
        """Return all work that is left; titles that nothing is known of count as a typical one.

        Where there is none, as the steps `like`.
        """
        title = self.typical.tasks if self.typical else tuple(like)
        whole, work = self.held(title), sum(task.work for task in title)
        piles = [
            Pile(*group[:3], self.held(map(_as_task, kinds)), group[3])
            for group, kinds in groupby(self.begun, key=GROUP_OF)
        ]
        for rest in self.unplanned:
            times = rest.unknown + (rest.known_work / work if work else 0.0)
            held = {name: core_s * times for name, core_s in whole.items()}
            piles.append(Pile(rest.priority, rest.tenant, rest.catalog, held, rest.older))
        return piles

    @property
    def queue_spread(self) -> float:
        """Return how uncertain all work that is left is, as the deviation of its logarithm."""
        unknown = sum(group.unknown for group in self.unplanned)
        title = self.typical.spread if self.typical else UNKNOWN_TITLE_SPREAD
        pace = self.paces.get("encode", UNKNOWN).spread
        return math.hypot(pace, title / math.sqrt(unknown) if unknown else 0.0)


def read_outlook(
    session: Transaction, alive_within_s: float, place: ListPlace | None = None, but: str = ""
) -> Outlook:
    """Return the farm as it is now; workers that were silent for longer are left out.

    What was submitted before `place` (None: everything) counts as older; job `but` is left out.
    """
    machines = tuple(
        Machine(worker.cores, frozenset(worker.resources))
        for worker in fleet.alive(session, alive_within_s)
        if not worker.draining
    )
    return Outlook(
        machines=machines,
        paces=paces_of(_as_given(past.steps_lately(session, KINDS), machines)),
        typical=_typical(past.titles_lately(session)),
        begun=sorted(waiting.of_begun_jobs(session, place, but), key=GROUP_OF),
        unplanned=waiting.unplanned(session, place, but),
    )


def _as_given(steps: Iterable[StepTaken], machines: Sequence[Machine]) -> Iterator[PastStep]:
    """Give past steps with the cores they had: a worker with fewer than they want gives all."""
    most = max((machine.cores for machine in machines), default=1)
    for step in steps:
        cores = min(step.cores, most)
        yield PastStep(step.kind, step.work, cores, step.wall_s, step.cpu_s)


def _typical(titles: Sequence[TitleWork]) -> TypicalTitle | None:
    if not titles:
        return None
    of_job: dict[str, float] = defaultdict(float)
    of_kind: dict[tuple[str, str], list[TitleWork]] = defaultdict(list)
    for row in titles:
        of_job[row.job_id] += row.work
        of_kind[row.kind, row.resource].append(row)
    tasks = (
        Task(
            key=kind,
            kind=kind,
            resource=resource,
            cores=sum(row.cores for row in rows) / len(rows),
            work=sum(row.work for row in rows) / len(of_job),
        )
        for (kind, resource), rows in of_kind.items()
    )
    logs = [math.log(work) for work in of_job.values() if work > 0]
    mean = sum(logs) / len(logs)
    squares = sum((log - mean) ** 2 for log in logs) + UNKNOWN_TITLE_SPREAD**2
    return TypicalTitle(tuple(tasks), math.sqrt(squares / (len(logs) + 1)), len(of_job))


def _as_task(row: KindLeft) -> Task:
    return Task(row.kind, row.kind, row.resource, row.cores, row.work)
