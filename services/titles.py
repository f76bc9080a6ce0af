"""A title as its page shows it: the record, and beside it what happened when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from farm.access import Caller
from farm.events import EventType
from farm.ladder import Ladder
from farm.parts import COMMANDS, Part
from farm.plan import step_of
from farm.prices import Prices
from farm.record import job_record
from farm.serial import from_json
from farm.snapshots import JobSnapshot
from storage.postgres import events, snapshots, timeline
from storage.postgres.artifacts import of_job
from storage.postgres.database import Database
from storage.postgres.events import EventCursor
from storage.postgres.generations import Asset
from storage.postgres.timeline import ShownGeneration, TimedStep

EVENTS_SHOWN = 60
MOST_ATTEMPTS = 5000
PLANNER = "ladder"  # the kind of step that adds all that follow it
_ATTEMPTS = (EventType.STEP_STARTED, EventType.STEP_ENDED)
_UNSHOWN = (EventType.STEP_PROGRESS,)


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """Something that became true of a title."""

    type: str
    at: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TitleDetail:
    """Everything there is of one title; `place` is behind all events that are in it."""

    snapshot: JobSnapshot
    record: dict[str, Any]
    ladder: Ladder | None
    begun_at: datetime | None
    steps: tuple[TimedStep, ...]
    needs: dict[str, tuple[str, ...]]
    attempts: tuple[ToldEvent, ...]
    events: tuple[ToldEvent, ...]
    generations: tuple[ShownGeneration, ...]
    commands: dict[str, list[list[str]]]  # argv of the programs that made what each step left
    place: EventCursor

    @property
    def live(self) -> int | None:
        """Return the generation that players of the asset are led to, None for none."""
        return next((each.number for each in self.generations if each.is_live), None)


def read_title(
    database: Database, caller: Caller, job_id: str, prices: Prices | None = None
) -> TitleDetail:
    """Return a title's detail; raise NotFound where the caller has no such job."""
    with database.begin(caller.tenant) as session:
        place = events.newest(session)
        snapshot = snapshots.job_snapshot(session, caller.tenant, job_id)
        asset = Asset(snapshot.spec["origin"], snapshot.tenant, snapshot.asset)
        steps = tuple(timeline.steps(session, job_id))
        parts = of_job(session, job_id)
        return TitleDetail(
            snapshot=snapshot,
            record=job_record(snapshot, parts, prices),
            ladder=from_json(Ladder, parts["ladder"].facts) if "ladder" in parts else None,
            begun_at=timeline.begun_at(session, job_id),
            steps=steps,
            needs=with_planner(steps, timeline.needs(session, job_id)),
            attempts=_told(timeline.attempts(session, job_id, _ATTEMPTS, MOST_ATTEMPTS)),
            events=_told(timeline.newest_events(session, job_id, _UNSHOWN, EVENTS_SHOWN)),
            generations=tuple(timeline.generations(session, asset)),
            commands=commands_of(parts),
            place=place,
        )


def commands_of(parts: Mapping[str, Part]) -> dict[str, list[list[str]]]:
    """Return by step the argv of the programs that made its parts, of those that kept them."""
    return {
        step_of(reference): part.evidence[COMMANDS]
        for reference, part in sorted(parts.items(), reverse=True)  # the first part's, of several
        if COMMANDS in part.evidence
    }


def with_planner(
    steps: Sequence[TimedStep], needs: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return what each step waits for, with the step that planned it: before it, there was none."""
    found: dict[str, tuple[str, ...]] = {}
    planner: str | None = None
    for step in steps:
        own = needs.get(step.key, ())
        found[step.key] = own if planner is None or planner in own else (*own, planner)
        if step.kind == PLANNER:
            planner = step.key
    return found


def _told(rows: list[tuple[str, datetime, dict[str, Any]]]) -> tuple[ToldEvent, ...]:
    return tuple(ToldEvent(*row) for row in rows)
