"""The farm as its page shows it: what runs, what waits, how fast it goes, what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from farm.access import Caller
from farm.states import JobState
from services.class_waits import ClassWait, class_waits, held_up_by
from services.forecasts import BacklogForecast, backlog_forecast
from storage.postgres import devices, events, overview, pace
from storage.postgres.database import Database
from storage.postgres.devices import ListedDevice
from storage.postgres.events import EventCursor
from storage.postgres.overview import QuarantinedStep
from storage.postgres.pace import BusyStep, EndedLately, ListedWorker


@dataclass(frozen=True, slots=True)
class FarmNow:
    """What one caller may see of the farm; workers are an operator's alone."""

    jobs: Mapping[str, int]  # state -> how many that have not ended
    ended: tuple[EndedLately, ...]
    busy: tuple[BusyStep, ...]
    workers: tuple[ListedWorker, ...]
    waits: tuple[ClassWait, ...]
    forecast: BacklogForecast
    quarantined: tuple[QuarantinedStep, ...]
    devices: tuple[ListedDevice, ...]  # of workers
    place: EventCursor

    @property
    def held_up_by(self) -> ClassWait | None:
        """Return the class of steps that holds titles up, None where nothing waits."""
        backlog = self.forecast.backlog
        titles_wait = self.jobs.get(JobState.QUEUED, 0) > 0
        return held_up_by(self.waits, backlog.bottleneck if backlog else None, titles_wait)

    @property
    def by_hour(self) -> tuple[int, ...]:
        """Return how many titles were published in each of the last 24 hours, the oldest first."""
        published = [each.by_hour for each in self.ended if each.state == JobState.PUBLISHED]
        return tuple(map(sum, zip(*published, strict=True))) or (0,) * pace.HOURS

    def ended_as(self, *states: JobState) -> int:
        """Return how many titles ended so within a day."""
        return sum(each.titles for each in self.ended if each.state in states)


def read_farm_now(database: Database, caller: Caller, alive_within_s: float) -> FarmNow:
    """Return the farm as it is now; workers silent for longer count as gone, but are listed."""
    tenant = caller.tenant
    forecast = backlog_forecast(database, caller, alive_within_s)
    with database.begin(tenant) as session:
        place = events.newest(session)
        workers = pace.workers(session)
        alive = [worker for worker in workers if worker.silent_s <= alive_within_s]
        waited_s = pace.waited_lately(session, tenant)
        return FarmNow(
            jobs=pace.unfinished_jobs(session, tenant),
            ended=tuple(pace.ended_lately(session, tenant)),
            busy=tuple(pace.busy(session, tenant)),
            workers=tuple(workers),
            waits=class_waits(pace.waits(session, tenant), waited_s, alive),
            forecast=forecast,
            quarantined=overview.quarantined(session, tenant),
            devices=tuple(devices.listed(session)),
            place=place,
        )
