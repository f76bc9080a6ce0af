"""Jobs as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from farm.errors import explained
from farm.progress import stages, whole_share
from farm.spec import JobSpec, Mode
from farm.states import ENDED_JOB, JobState
from services.forecasts import Eta
from storage.postgres.listing import ListedJob

OneJob = Annotated[str, Path(max_length=32, pattern="^[0-9a-f]{32}$", description="of a job")]


class EtaShown(BaseModel):
    """When something is done: four times of five between these times."""

    earliest: datetime
    latest: datetime


class JobLinks(BaseModel):
    """Where more is to be had of a job."""

    self: str = Field(examples=["/v1/jobs/6f1d0b7c9a8e4f0e9d1c2b3a49586776"])
    events: str = Field(description="its events, live")
    page: str = Field(description="for people")


class AcceptedJob(BaseModel):
    """A title that was taken in."""

    id: str = Field(examples=["6f1d0b7c9a8e4f0e9d1c2b3a49586776"])
    asset: str = Field(examples=["my-movie"])
    external_id: str | None
    state: JobState
    links: JobLinks


class JobError(BaseModel):
    """Why a job ended as it did."""

    model_config = ConfigDict(extra="allow")

    code: str = Field(description="stable: for programs", examples=["invalid_source"])
    message: str = Field(description="what was wrong with which input")
    title: str
    fix: str = Field(description="what to do")
    retryable: bool = Field(description="whether the same title may succeed later")
    docs: str = Field(description="where it is explained", examples=["/docs/errors#invalid_source"])
    step: str | None = Field(None, description="the step that failed")


class Summary(BaseModel):
    """A title, or a plan of one, as lists show it."""

    id: str
    tenant: str
    asset: str
    external_id: str | None
    catalog: str | None
    mode: Mode
    state: JobState
    progress: float = Field(description="how much is done, from 0 to 1")
    priority: int
    source: str
    error: JobError | None
    metadata: dict[str, Any]
    created_at: datetime
    begun_at: datetime | None
    finished_at: datetime | None


class JobSummary(Summary):
    """A job as lists show it."""

    links: JobLinks


class JobRecord(BaseModel):
    """Everything there is to say about one title: see docs/record.md."""

    model_config = ConfigDict(extra="allow")

    id: str
    tenant: str
    asset: str
    external_id: str | None
    mode: Mode
    state: JobState
    error: JobError | None
    links: JobLinks


def eta_shown(eta: Eta | None) -> EtaShown | None:
    """Return what is shown of a forecast."""
    return None if eta is None else EtaShown(earliest=eta.earliest, latest=eta.latest)


def links_of(job_id: str) -> dict[str, str]:
    """Return where more is to be had of a job."""
    return {
        "self": f"/v1/jobs/{job_id}",
        "events": f"/v1/jobs/{job_id}/events",
        "page": f"/titles/{job_id}",
    }


def accepted_job(job_id: str, spec: JobSpec) -> dict[str, Any]:
    """Return the answer to a title that was taken in."""
    return {
        "id": job_id,
        "asset": spec.asset,
        "external_id": spec.external_id,
        "state": JobState.QUEUED.value,
        "links": links_of(job_id),
    }


def summary_of(job: ListedJob) -> JobSummary:
    """Return what a list shows of a job."""
    return JobSummary.model_validate({**summary_fields(job), "links": links_of(job.id)})


def summary_fields(job: ListedJob) -> dict[str, Any]:
    """Return what lists of titles and of plans both show, all but the links."""
    error = explained(job.error) if job.error else {}
    return {
        "id": job.id,
        "tenant": job.tenant,
        "asset": job.asset,
        "external_id": job.external_id,
        "catalog": job.catalog or None,
        "mode": job.spec.get("mode", "live"),
        "state": job.state,
        "progress": 1.0 if job.state in ENDED_JOB else whole_share(stages(job.steps)),
        "priority": job.priority,
        "source": job.spec["source"],
        # Its detail is evidence for engineers: the record of the one job has it.
        "error": {key: told for key, told in error.items() if key != "detail"} or None,
        "metadata": job.spec.get("metadata", {}),
        "created_at": job.created_at,
        "begun_at": job.begun_at,
        "finished_at": job.finished_at,
    }
