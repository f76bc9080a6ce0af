"""The farm: what runs, what waits, what holds it up, what failed; each figure leads to its list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.context import Farm
from api.pages.drawings.spark import draw_bars
from api.pages.forms import PageReader
from api.pages.page import show
from farm.errors import error_class
from farm.states import JobState
from services.farm_now import FarmNow, read_farm_now
from storage.postgres.pace import BusyStep, ListedWorker

routes = APIRouter(include_in_schema=False)

GONE_AFTER_S = 600.0  # a worker that ended in order strikes itself off; this one did not


@dataclass(frozen=True, slots=True)
class Cell:
    """One core of a worker: what step it works at, None where it is idle."""

    step: BusyStep | None
    is_first: bool  # of those the step has


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One worker with its cores."""

    worker: ListedWorker
    name: str
    is_silent: bool
    cells: tuple[Cell, ...]
    busy: tuple[BusyStep, ...]

    @property
    def cores_busy(self) -> int:
        return sum(cell.step is not None for cell in self.cells)


@routes.get("/farm")
def farm_now(request: Request, farm: Farm, caller: PageReader) -> Response:
    alive_s = farm.settings.lease_s
    now = read_farm_now(farm.database, caller, alive_s)
    listed = [worker for worker in now.workers if worker.silent_s <= GONE_AFTER_S]
    return show(
        request,
        "farm.html.j2",
        caller,
        farm=now,
        failed=now.ended_as(JobState.FAILED, JobState.REJECTED),
        failures=[
            (each, error_class(each.code or ""))
            for each in now.ended
            if each.state in (JobState.FAILED, JobState.REJECTED)
        ],
        bars=draw_bars(now.by_hour),
        workers=worker_rows(listed, now.busy, alive_s),
        devices=[each for each in now.devices if each.silent_s <= GONE_AFTER_S],
        alive_s=alive_s,
        gone=len(now.workers) - len(listed),
        gone_after_s=GONE_AFTER_S,
        longest_wait_s=max((wait.wait_s for wait in now.waits), default=0.0),
        cursor=str(now.place),
        utilisation=_utilisation(now, alive_s),
    )


def worker_rows(
    workers: Sequence[ListedWorker], busy: Sequence[BusyStep], alive_s: float
) -> list[WorkerRow]:
    """Return the workers with their cores as cells; a step fills as many as it weighs."""
    return [
        WorkerRow(
            worker=worker,
            name=worker.name,
            is_silent=worker.silent_s > alive_s,
            cells=_cells(worker.cores, its),
            busy=tuple(its),
        )
        for worker in workers
        for its in ([step for step in busy if step.worker == worker.name],)
    ]


def _cells(cores: int, steps: Sequence[BusyStep]) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for step in steps:
        wide = max(1, min(round(step.cores), cores - len(cells)))
        if len(cells) < cores:
            cells += [Cell(step, place == 0) for place in range(wide)]
    return (*cells, *(Cell(None, True) for _ in range(cores - len(cells))))


def _utilisation(now: FarmNow, alive_s: float) -> tuple[int, int]:
    rows = [row for row in worker_rows(now.workers, now.busy, alive_s) if not row.is_silent]
    return sum(row.cores_busy for row in rows), sum(row.worker.cores for row in rows)
