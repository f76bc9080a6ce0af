"""Plans: what a title would be and take, before anything of it is encoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from farm.access import EVERY_TENANT, Caller
from farm.errors import Conflict, NotFound
from farm.ladder import Ladder
from farm.parts import Part
from farm.planned import PlannedTitle
from farm.prices import Prices
from farm.record_of_plan import plan_record
from farm.serial import from_json
from farm.settings import Settings
from farm.snapshots import JobSnapshot
from farm.spec import read_spec
from farm.states import JobState
from planning.forecast import Task
from planning.output_size import PastRate, SizeRange, output_size
from planning.pace import UNKNOWN
from services import quotas
from services.forecasts import Eta, eta_among
from services.intake import ACCEPTED, Render
from services.locations import load_locations, locations_now
from services.once import Once, answered_before, keep_answer
from services.outlook import Outlook, read_outlook
from services.steps_ahead import tasks_of
from services.submit import check_places, take_in, wake
from storage.postgres import artifacts, audit, control, jobs, past, snapshots
from storage.postgres.database import Database
from storage.wakeups import Wakeups


@dataclass(frozen=True, slots=True)
class Predicted:
    """What making a title takes and comes to, if it were submitted now."""

    size: SizeRange
    cpu_s: float
    gpu_s: float
    price: dict[str, object] | None
    eta: Eta | None


@dataclass(frozen=True, slots=True)
class PlanDetail:
    """A plan: its record and, once it is done, the ladder, and what is predicted now."""

    record: dict[str, Any]
    ladder: Ladder | None = None
    predicted: Predicted | None = None


def read_plan(database: Database, caller: Caller, plan_id: str, settings: Settings) -> PlanDetail:
    """Return a plan as it stands.

    Raises NotFound where the caller has no such plan.
    """
    with database.begin(caller.tenant) as session:
        job = snapshots.job_snapshot(session, caller.tenant, plan_id)
        parts = artifacts.of_job(session, plan_id)
    if not job.spec.get("plan"):
        raise NotFound(f"there is no plan {plan_id}, it is a title: see /v1/jobs", input=plan_id)
    planned = _planned(parts)
    record = plan_record(job, parts, planned)
    if planned is None or job.state != JobState.PLANNED:
        return PlanDetail(record)
    with database.begin(EVERY_TENANT) as session:
        outlook = read_outlook(session, settings.lease_s)
        rates = [PastRate(*rate) for rate in past.rates_lately(session)]
    predicted = _predicted(job, planned, outlook, rates, settings.prices)
    return PlanDetail(record, planned.ladder, predicted)


def submit_plan(
    database: Database,
    wakeups: Wakeups,
    settings: Settings,
    caller: Caller,
    plan_id: str,
    render: Render,
    once: Once | None = None,
) -> dict[str, Any]:
    """Take in the title of a plan as a job, and return what `render` answers to it.

    What the plan found out is used again. Raises NotFound where the caller has no such plan,
    Conflict where it is not done.
    """
    with database.begin(caller.tenant) as session:
        if (before := answered_before(session, caller, once)) is not None:
            return before
        plan = control.locked(session, caller.tenant, plan_id)
        if not plan.plan:
            raise NotFound(f"there is no plan {plan_id}, it is a title: retry it", input=plan_id)
        if plan.state != JobState.PLANNED:
            raise Conflict(
                f"plan {plan_id} is not done ({plan.state}): wait for its end, or ask for another",
                input=plan_id,
                state=plan.state,
            )
        spec = read_spec({**plan.spec, "plan": False, "from_plan": plan_id})
        check_places(spec, locations_now(session, load_locations(settings), spec.tenant), settings)
        quotas.check(session, spec)
        job_id, due = take_in(session, spec)
        if (planned := _planned(artifacts.of_job(session, plan_id))) is not None:
            jobs.note_work(session, job_id, sum(task.work for task in tasks_of(planned)))
        audit.note(session, caller, "plan.submitted", plan_id, job=job_id, asset=spec.asset)
        answer = render(job_id, spec)
        keep_answer(session, caller, once, ACCEPTED, answer)
    wake(wakeups, due)
    return answer


def _planned(parts: dict[str, Part]) -> PlannedTitle | None:
    return from_json(PlannedTitle, parts["plan"].facts) if "plan" in parts else None


def _predicted(
    job: JobSnapshot,
    planned: PlannedTitle,
    outlook: Outlook,
    rates: list[PastRate],
    prices: Prices | None,
) -> Predicted:
    tasks = tasks_of(planned)
    size = output_size(planned.ladder, planned.audio_bps, planned.duration_s, rates)
    cpu_s = sum(_cpu_s(task, outlook) for task in tasks if task.resource != "gpu")
    gpu_s = sum(_cpu_s(task, outlook) for task in tasks if task.resource == "gpu")
    return Predicted(
        size=size,
        cpu_s=cpu_s,
        gpu_s=gpu_s,
        price=prices.of(cpu_s, gpu_s, size.expected_bytes) if prices else None,
        eta=eta_among(outlook, tasks, job.priority, job.tenant, job.catalog or ""),
    )


def _cpu_s(task: Task, outlook: Outlook) -> float:
    return task.work * outlook.paces.get(task.kind, UNKNOWN).cpu_s
