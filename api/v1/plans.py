"""Plans: what a title would be, take and cost, before anything of it is encoded."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.context import Farm, Reader, Submitter
from api.idempotency import OnceKey
from api.paging import Page, cut, read_place
from api.v1.job_query import PlanQuery
from api.v1.shown import (
    AcceptedJob,
    EtaShown,
    JobError,
    OneJob,
    Summary,
    accepted_job,
    eta_shown,
    summary_fields,
)
from farm.spec import JobRequest, JobSpec
from farm.states import JobState
from services import intake, jobs, plans
from services.plans import Predicted
from storage.postgres.listing import ListedJob

routes = APIRouter(prefix="/v1/plans", tags=["plans"])


class PlanLinks(BaseModel):
    """Where more is to be had of a plan."""

    self: str = Field(examples=["/v1/plans/6f1d0b7c9a8e4f0e9d1c2b3a49586776"])
    events: str = Field(description="its events, live")
    submit: str = Field(description="POST makes the title")


class AcceptedPlan(BaseModel):
    """A plan that was asked for."""

    id: str = Field(examples=["6f1d0b7c9a8e4f0e9d1c2b3a49586776"])
    asset: str = Field(examples=["my-movie"])
    external_id: str | None
    state: JobState
    links: PlanLinks


class PlanSummary(Summary):
    """A plan as lists show it."""

    links: PlanLinks


class SizeShown(BaseModel):
    """Bytes that would be published: four times of five between the outer two."""

    low: int
    expected: int
    high: int


class PriceShown(BaseModel):
    """What a title costs, by the farm's prices."""

    currency: str = Field(examples=["EUR"])
    compute: float = Field(description="to make it, once")
    storage_month: float = Field(description="to keep it, each month")


class PredictedShown(BaseModel):
    """What making the title would take, if it were submitted now."""

    size_bytes: SizeShown
    cpu_s: float = Field(description="processor time of its programs")
    gpu_s: float
    price: PriceShown | None = Field(description="null where the farm has no prices")
    eta: EtaShown | None = Field(description="null where no worker could do all of it")


class PlanShown(BaseModel):
    """A plan: see docs/plans.md."""

    model_config = ConfigDict(extra="allow")

    id: str
    tenant: str
    asset: str
    external_id: str | None
    state: JobState = Field(description="PLANNED once it is done")
    error: JobError | None
    source: dict[str, Any]
    analysis: dict[str, Any] | None
    ladder: dict[str, Any] | None = Field(description="every rung, kept or not, with its reason")
    steps: list[dict[str, Any]] = Field(description="with the exact commands of each")
    predicted: PredictedShown | None
    created_at: datetime
    finished_at: datetime | None
    links: PlanLinks


@routes.post("", status_code=202, summary="Ask what a title would be")
def ask(farm: Farm, caller: Submitter, request: JobRequest, once: OnceKey = None) -> AcceptedPlan:
    """Take in a title as `POST /v1/jobs` does, but look at its source only.

    With an `Idempotency-Key` the same request is done once, however often it is sent.
    """
    answer = intake.accept(
        farm.database,
        farm.wakeups,
        farm.settings,
        caller,
        request,
        _accepted,
        once,
        plan=True,
    )
    return AcceptedPlan.model_validate(answer)


@routes.get("", summary="List plans")
def list_plans(
    farm: Farm, caller: Reader, asked: Annotated[PlanQuery, Query()]
) -> Page[PlanSummary]:
    """The newest first: what was asked for and how far it is; each plan itself says more."""
    place, wanted = read_place(asked.after, datetime, int), asked.as_asked()
    found = jobs.list_jobs(farm.database, caller, wanted, place, asked.limit + 1)
    return Page(
        items=[_summary(plan) for plan in found[: asked.limit]],
        next=cut(found, asked.limit, lambda plan: plan.place),
    )


@routes.get("/{plan_id}", summary="Everything about one plan")
def read(farm: Farm, caller: Reader, plan_id: OneJob) -> PlanShown:
    """What is predicted is worked out anew each time, from the queue as it is."""
    plan = plans.read_plan(farm.database, caller, plan_id, farm.settings)
    shown = None if plan.predicted is None else _predicted(plan.predicted)
    return PlanShown.model_validate({**plan.record, "predicted": shown, "links": _links(plan_id)})


@routes.post("/{plan_id}/submit", status_code=202, summary="Make the title of a plan")
def submit(farm: Farm, caller: Submitter, plan_id: OneJob, once: OnceKey = None) -> AcceptedJob:
    """As a job of the same request; its source is not analysed again, unless it has changed."""
    answer = plans.submit_plan(
        farm.database, farm.wakeups, farm.settings, caller, plan_id, accepted_job, once
    )
    return AcceptedJob.model_validate(answer)


def _accepted(plan_id: str, spec: JobSpec) -> dict[str, Any]:
    return {**accepted_job(plan_id, spec), "links": _links(plan_id)}


def _summary(plan: ListedJob) -> PlanSummary:
    return PlanSummary.model_validate({**summary_fields(plan), "links": _links(plan.id)})


def _links(plan_id: str) -> dict[str, str]:
    return {
        "self": f"/v1/plans/{plan_id}",
        "events": f"/v1/jobs/{plan_id}/events",
        "submit": f"/v1/plans/{plan_id}/submit",
    }


def _predicted(predicted: Predicted) -> PredictedShown:
    size = predicted.size
    return PredictedShown(
        size_bytes=SizeShown(
            low=size.low_bytes, expected=size.expected_bytes, high=size.high_bytes
        ),
        cpu_s=round(predicted.cpu_s, 1),
        gpu_s=round(predicted.gpu_s, 1),
        price=PriceShown.model_validate(predicted.price) if predicted.price else None,
        eta=eta_shown(predicted.eta),
    )
