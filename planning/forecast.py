"""When steps that wait are done: a schedule on the workers there are, tried many times over. Pure.

Each trial draws how much longer or shorter steps of a kind take than expected, half of it the same
for all kinds: a busy machine is slow at everything. The interval is the middle of what comes out.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from planning.pace import UNKNOWN, Pace, Paces

TRIALS = 120
LEAST_TRIALS, STEPS_AT_MOST = 30, 12_000  # fewer trials of titles with very many steps
MIDDLE = 0.8  # of the trials: as often a forecast should hold
EDGE = 1.2816  # standard deviations to each side that hold as much of a normal distribution
BUSY_SPREAD = 0.25  # of all kinds together, as what else machines do comes and goes
SEED = 20261127  # the same question has the same answer
LIGHT_BELOW_CORES = 1.0  # such steps run beside the others
BETWEEN_S = 0.05  # from the end of a step to the start of one that needed it


@dataclass(frozen=True, slots=True)
class Interval:
    """From the earliest to the latest, in seconds from now."""

    earliest_s: float
    latest_s: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A worker: its cores, and the classes of steps that it takes."""

    cores: int
    resources: frozenset[str]


@dataclass(frozen=True, slots=True)
class Task:
    """A step that is not done: `left` is the share of its work that is."""

    key: str
    kind: str
    resource: str
    cores: float
    work: float
    needs: frozenset[str] = frozenset()
    left: float = 1.0


def expected_s(task: Task, pace: Pace, cores: float) -> float:
    """Return how long a step is expected to take where it is given so many cores."""
    return task.left * task.work * pace.core_s / max(1.0, min(task.cores, cores))


def held_core_s(task: Task, pace: Pace, machines: Sequence[Machine]) -> float:
    """Return for how many seconds of a core a step keeps others away, none where it is light.

    One of a core and a half keeps both cores of a worker that has two.
    """
    if task.cores < LIGHT_BELOW_CORES:
        return 0.0
    cores = _largest(machines, task.resource) or task.cores
    slots = max(1.0, math.floor(cores / min(task.cores, cores)))
    return expected_s(task, pace, cores) * cores / slots


def queue_s(held: Mapping[str, float], machines: Sequence[Machine]) -> float:
    """Return how long all machines need for so many core-seconds of each class of step.

    For whichever classes together keep the machines that take any of them the longest.
    """
    names = [name for name, core_s in held.items() if core_s > 0]
    longest_s = 0.0
    for size in range(1, len(names) + 1):
        for some in combinations(names, size):
            cores = sum(m.cores for m in machines if not m.resources.isdisjoint(some))
            core_s = sum(held[name] for name in some)
            longest_s = max(longest_s, core_s / cores if cores else math.inf)
    return longest_s


def drained(whole_s: float, spread: float) -> Interval:
    """Return when what is expected to take so long is done, `spread` being as of `forecast`."""
    return Interval(whole_s * math.exp(-EDGE * spread), whole_s * math.exp(EDGE * spread))


def forecast(
    tasks: Sequence[Task],
    paces: Paces,
    machines: Sequence[Machine],
    before_s: float = 0.0,
    before_spread: float = 0.0,
) -> Interval | None:
    """Return when the last of some steps ends that begin after `before_s`; None without machines.

    `before_spread` is how uncertain that is, as a standard deviation of its logarithm.
    """
    useful = [machine for machine in machines if machine.cores > 0]
    if not useful or any(_largest(useful, task.resource) == 0 for task in tasks):
        return None
    schedule = _Schedule(tasks, paces, useful)
    chance = random.Random(SEED)
    trials = min(TRIALS, max(LEAST_TRIALS, STEPS_AT_MOST // max(1, len(tasks))))
    ends = sorted(_trial(schedule, chance, before_s, before_spread) for _ in range(trials))
    edge = round(trials * (1 - MIDDLE) / 2)
    return Interval(ends[edge], ends[-edge - 1])


def _trial(
    schedule: _Schedule, chance: random.Random, before_s: float, before_spread: float
) -> float:
    shared = chance.gauss(0, 1)

    def factor(spread: float) -> float:
        return math.exp(spread * (shared + chance.gauss(0, 1)) * math.sqrt(0.5))

    factors = {kind: factor(schedule.spreads[kind]) for kind in schedule.spreads}
    busy = math.exp(BUSY_SPREAD * chance.gauss(0, 1))
    return busy * (before_s * factor(before_spread) + schedule.makespan_s(factors))


class _Schedule:
    """Steps in the order in which they are planned, begun as soon as there is room.

    Steps of one shape (class and cores) fit where any of them does: so many queues are looked at,
    not so many steps.
    """

    def __init__(self, tasks: Sequence[Task], paces: Paces, machines: Sequence[Machine]) -> None:
        places = {task.key: place for place, task in enumerate(tasks)}
        self._machines = machines
        self._shapes = [(task.resource, task.cores) for task in tasks]
        self._kinds = [task.kind for task in tasks]
        self._expected_s = [
            expected_s(task, paces.get(task.kind, UNKNOWN), _largest(machines, task.resource))
            for task in tasks
        ]
        needs = [[places[key] for key in task.needs if key in places] for task in tasks]
        self._missing = [len(each) for each in needs]
        self._followers: list[list[int]] = [[] for _ in tasks]
        for place, each in enumerate(needs):
            for needed in each:
                self._followers[needed].append(place)
        self.spreads = {task.kind: paces.get(task.kind, UNKNOWN).spread for task in tasks}

    def makespan_s(self, factors: Mapping[str, float]) -> float:
        """Return when the last step ends, each kind taking so many times what is expected."""
        missing = list(self._missing)
        free = [float(machine.cores) for machine in self._machines]
        ready: dict[tuple[str, float], list[int]] = {}
        running: list[tuple[float, int, int, float]] = []
        now = 0.0

        def begin(place: int, machine: int, cores: float) -> None:
            lasts = BETWEEN_S + self._expected_s[place] * factors[self._kinds[place]]
            free[machine] -= cores
            heapq.heappush(running, (now + lasts, place, machine, cores))

        def queue(place: int) -> None:
            shape = self._shapes[place]
            if shape[1] < LIGHT_BELOW_CORES:
                begin(place, 0, 0.0)
            else:
                heapq.heappush(ready.setdefault(shape, []), place)

        def fill(machine: int) -> None:
            while (found := self._next(ready, machine, free[machine])) is not None:
                shape, cores = found
                begin(heapq.heappop(ready[shape]), machine, cores)

        for place, count in enumerate(missing):
            if not count:
                queue(place)
        for machine in range(len(free)):
            fill(machine)
        while running:
            now, place, machine, cores = heapq.heappop(running)
            free[machine] += cores
            freed = [f for f in self._followers[place] if self._is_free(missing, f)]
            for follower in freed:
                queue(follower)
            for each in range(len(free)) if freed else (machine,):
                fill(each)
        return now

    def _next(
        self, ready: Mapping[tuple[str, float], Sequence[int]], machine: int, free: float
    ) -> tuple[tuple[str, float], float] | None:
        """Return the shape of the first step that fits a machine, and the cores it is given."""
        there, first = self._machines[machine], len(self._kinds)
        found = None
        for (resource, wanted), places in ready.items():
            cores = min(wanted, there.cores)
            fits = resource in there.resources and cores <= free
            if places and fits and places[0] < first:
                first, found = places[0], ((resource, wanted), cores)
        return found

    @staticmethod
    def _is_free(missing: list[int], place: int) -> bool:
        missing[place] -= 1
        return not missing[place]


def _largest(machines: Sequence[Machine], resource: str) -> int:
    return max((m.cores for m in machines if resource in m.resources), default=0)
