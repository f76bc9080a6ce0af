"""The steps that a job has before it: those in its rows, and those that `ladder` will add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from farm.errors import ReelFarmError
from farm.facts import Source
from farm.mediainfo import MediaInfo
from farm.plan import StepPlan
from farm.planned import PlannedTitle
from farm.serial import from_json
from farm.spec import JobSpec, read_spec
from planning.declared import declared
from planning.forecast import Task
from planning.title import cut_title, plan_title
from planning.work import MOMENT, STEP_S, analyze_work
from services.outlook import TypicalTitle
from storage.postgres import artifacts, waiting
from storage.postgres.database import Transaction
from storage.postgres.models import Job

DECIDES = "ladder"
FIRST = ("ingest", "analyze", "cut", DECIDES)
# What the same source leaves to do once a plan has looked at it: its other parts are known.
KNOWN_BY_PLAN = ("analyze", "cut")


def steps_ahead(session: Transaction, job: Job, typical: TypicalTitle | None) -> list[Task] | None:
    """Return the steps a job has left, None where nothing tells which follow its analysis.

    Before that is done, they are those of its plan, else those of a title as its source declares
    to be, else those of a typical title.
    """
    parts = artifacts.of_job(session, job.id)
    media = from_json(Source, parts["ingest"].facts).media if "ingest" in parts else None
    tasks = [_of_row(row, media, typical) for row in waiting.steps_left(session, job.id)]
    if all(task.kind != DECIDES for task in tasks):
        return tasks
    if (planned := plan_of(session, job)) is not None:
        known = KNOWN_BY_PLAN if job.begun_at is None else ()
        shortened = [replace(t, work=MOMENT) if t.kind in known else t for t in tasks]
        return [*shortened, *_after_ladder(tasks_of(planned))]
    if media is not None:
        declared_steps = _declared_steps(read_spec(job.spec), media)
        return None if declared_steps is None else [*tasks, *_after_ladder(declared_steps)]
    if typical is None:
        return None
    return [*tasks, *_one_after_another(typical)]


def plan_of(session: Transaction, job: Job) -> PlannedTitle | None:
    """Return what the plan that a job came from found out, if there was one and it is kept."""
    plan_id = job.spec.get("from_plan")
    part = artifacts.of_job(session, plan_id).get("plan") if plan_id else None
    return from_json(PlannedTitle, part.facts) if part else None


def tasks_of(planned: PlannedTitle) -> list[Task]:
    """Return the steps of a planned title; what the plan found out already takes a moment."""
    return [
        Task(
            step.key,
            step.kind,
            step.resource,
            step.cores,
            MOMENT if step.kind in KNOWN_BY_PLAN or step.work is None else step.work,
            frozenset(step.needs),
        )
        for step in planned.steps
    ]


def _of_row(row: waiting.StepLeft, media: MediaInfo | None, typical: TypicalTitle | None) -> Task:
    work = row.work
    if work is None and row.kind == "analyze" and media is not None:
        work = analyze_work(media)
    if work is None and typical is not None:
        work = next((task.work for task in typical.tasks if task.kind == row.kind), None)
    needs = frozenset(row.needs)
    left = float(row.left)
    kind = (row.key, row.kind, row.resource, row.cores)
    return Task(*kind, STEP_S if work is None else work, needs, left)


def _declared_steps(spec: JobSpec, media: MediaInfo) -> list[Task] | None:
    asked = (spec.ladder, spec.codecs, media, declared(media))
    try:
        steps = plan_title(spec, *asked, cuts=cut_title(*asked, lambda _: 1)).steps
    except ReelFarmError:  # its `ladder` step will say so
        return None
    return [_of_plan(step) for step in steps]


def _of_plan(step: StepPlan) -> Task:
    size = step.size
    return Task(step.key, step.kind, size.resource, size.cores, step.work or MOMENT, step.needs)


def _after_ladder(tasks: Sequence[Task]) -> list[Task]:
    """Return the steps that follow the ladder, each after it."""
    return [
        replace(task, needs=(task.needs - set(FIRST)) | {DECIDES})
        for task in tasks
        if task.key not in FIRST
    ]


def _one_after_another(typical: TypicalTitle) -> list[Task]:
    needs, chain = DECIDES, []
    for task in typical.tasks:
        if task.kind not in FIRST:
            chain.append(replace(task, needs=frozenset({needs})))
            needs = task.key
    return chain
