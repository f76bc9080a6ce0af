"""What can be done to jobs: to one, or to all that a filter matches."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.context import Farm, Submitter
from api.idempotency import OnceKey
from api.v1.job_query import Filter
from api.v1.shown import AcceptedJob, OneJob, accepted_job
from farm.access import Caller
from farm.errors import InvalidSpec
from farm.states import JobState
from services import jobs, retry
from services.jobs import JobAct

routes = APIRouter(prefix="/v1/jobs", tags=["jobs"])

ActName = Literal["cancel", "pause", "resume", "priority", "retry"]


class FilteredAct(BaseModel):
    """Something to do to every unended job that a filter matches."""

    model_config = ConfigDict(extra="forbid")

    action: ActName
    filter: Filter = Field(description="at least one condition")
    priority: int | None = Field(None, ge=-10, le=10, description="for the action priority")


class NewPriority(BaseModel):
    """Whose turn comes first."""

    model_config = ConfigDict(extra="forbid")

    priority: int = Field(ge=-10, le=10, description="higher goes first")


class RetryAsked(BaseModel):
    """What of a title to make again."""

    model_config = ConfigDict(extra="forbid")

    only: list[str] = Field(
        [],
        max_length=64,
        description="renditions and tracks to make anew; none: whatever is not there",
        examples=[["h264-720p-3000k"]],
    )


class ActedOn(BaseModel):
    """To how many jobs it was done."""

    jobs: int


class JobStateNow(BaseModel):
    """The state a job is in now."""

    id: str
    state: JobState


@routes.post("/actions", summary="Do something to all titles that a filter matches")
def act_on_all(farm: Farm, caller: Submitter, asked: FilteredAct) -> ActedOn:
    """Cancel, pause, resume or prioritise every title that matches and has not ended.

    Or retry those that did not come out, each once.
    """
    if not asked.filter.model_dump(exclude_defaults=True):
        raise InvalidSpec.of("filter", "give a condition: an empty one would match every title")
    wanted = asked.filter.as_asked()
    if asked.action == "retry":
        done = retry.retry_all(
            farm.database, farm.wakeups, farm.settings, caller, wanted, accepted_job
        )
    else:
        act = _act(asked.action, asked.priority)
        done = jobs.act_on_all(farm.database, farm.wakeups, caller, asked.action, act, wanted)
    return ActedOn(jobs=done)


@routes.post("/{job_id}/cancel", summary="End a title")
def cancel(farm: Farm, caller: Submitter, job_id: OneJob) -> JobStateNow:
    """Its running steps are stopped within seconds. An ended one stays as it is."""
    return _do(farm, caller, job_id, "cancel", jobs.cancel)


@routes.post("/{job_id}/pause", summary="Start no more steps of a title")
def pause(farm: Farm, caller: Submitter, job_id: OneJob) -> JobStateNow:
    """Steps that run go on to their end."""
    return _do(farm, caller, job_id, "pause", jobs.pause)


@routes.post("/{job_id}/resume", summary="Let a paused title go on")
def resume(farm: Farm, caller: Submitter, job_id: OneJob) -> JobStateNow:
    """One that was not begun waits for its turn again."""
    return _do(farm, caller, job_id, "resume", jobs.resume)


@routes.post("/{job_id}/retry", status_code=202, summary="Make a title again")
def retry_one(
    farm: Farm, caller: Submitter, job_id: OneJob, asked: RetryAsked, once: OnceKey = None
) -> AcceptedJob:
    """As a new job of the same request; what was made is used again, but for what `only` names."""
    answer = retry.retry(
        farm.database,
        farm.wakeups,
        farm.settings,
        caller,
        job_id,
        asked.only,
        accepted_job,
        once,
    )
    return AcceptedJob.model_validate(answer)


@routes.put("/{job_id}/priority", summary="Let a title's turn come sooner or later")
def prioritise(farm: Farm, caller: Submitter, job_id: OneJob, asked: NewPriority) -> JobStateNow:
    """Steps that run go on; those that wait take their turn by the new priority."""
    return _do(farm, caller, job_id, "priority", jobs.prioritise(asked.priority))


def _do(farm: Farm, caller: Caller, job_id: str, name: str, act: JobAct) -> JobStateNow:
    state = jobs.act_on(farm.database, farm.wakeups, caller, name, act, job_id)
    return JobStateNow(id=job_id, state=state)


def _act(name: Literal["cancel", "pause", "resume", "priority"], priority: int | None) -> JobAct:
    if name != "priority":
        return {"cancel": jobs.cancel, "pause": jobs.pause, "resume": jobs.resume}[name]
    if priority is None:
        raise InvalidSpec.of("priority", "say which: from -10 to 10")
    return jobs.prioritise(priority)
