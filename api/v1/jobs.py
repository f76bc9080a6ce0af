"""Jobs: one title each, handed in, listed, looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.context import Farm, Reader, Submitter
from api.idempotency import OnceKey
from api.paging import Page, cut, read_place
from api.v1.job_query import ListQuery
from api.v1.shown import (
    AcceptedJob,
    EtaShown,
    JobRecord,
    JobSummary,
    OneJob,
    accepted_job,
    eta_shown,
    links_of,
    summary_of,
)
from farm.spec import JobRequest
from services import forecasts, intake, jobs, records

routes = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@routes.post("", status_code=202, summary="Hand in a title")
def submit(farm: Farm, caller: Submitter, request: JobRequest, once: OnceKey = None) -> AcceptedJob:
    """Take in one title, to be made and published.

    With an `Idempotency-Key` the same request is done once, however often it is sent.
    """
    answer = intake.accept(
        farm.database, farm.wakeups, farm.settings, caller, request, accepted_job, once
    )
    return AcceptedJob.model_validate(answer)


@routes.get("", summary="List titles")
def list_jobs(farm: Farm, caller: Reader, asked: Annotated[ListQuery, Query()]) -> Page[JobSummary]:
    """The newest first."""
    place, wanted = read_place(asked.after, datetime, int), asked.as_asked()
    found = jobs.list_jobs(farm.database, caller, wanted, place, asked.limit + 1)
    return Page(
        items=[summary_of(job) for job in found[: asked.limit]],
        next=cut(found, asked.limit, lambda job: job.place),
    )


@routes.get("/{job_id}", summary="Everything about one title")
def read(farm: Farm, caller: Reader, job_id: OneJob) -> JobRecord:
    """The job record: source, ladder with reasons, renditions, tracks, verdict, steps, outputs."""
    record = records.read_record(farm.database, caller, job_id, farm.settings.prices)
    return JobRecord.model_validate({**record, "links": links_of(job_id)})


@routes.get("/{job_id}/eta", summary="When a title is done")
def eta(farm: Farm, caller: Reader, job_id: OneJob) -> EtaShown | None:
    """Four times of five between these times; null where it has ended, rests, or nothing tells."""
    return eta_shown(forecasts.eta_of(farm.database, caller, job_id, farm.settings.lease_s))
