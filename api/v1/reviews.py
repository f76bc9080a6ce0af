"""Titles that wait for a person's verdict: who has them, what is said of them, the verdict."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.context import Farm, Reader, Reviewer
from api.paging import After, Limit, Page, cut, read_place
from api.v1.shown import OneJob
from farm.access import Caller
from farm.errors import NotFound
from services import reviews
from services.records import read_job

routes = APIRouter(prefix="/v1", tags=["reviews"])

Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=reviews.MOST_WORDS)
]


class AskedCheck(BaseModel):
    """A check to decide on."""

    model_config = ConfigDict(extra="allow")

    rule: str = Field(examples=["vmaf-top-p5"])
    title: str
    evidence: str


class OpenReviewShown(BaseModel):
    """A title that waits for a person's verdict."""

    job_id: str
    tenant: str
    asset: str
    external_id: str | None
    catalog: str | None
    asked: list[AskedCheck] = Field(description="none: all of it, as the policy wants it")
    opened_at: datetime
    claimed_by: str | None = Field(description="the key of who reviews it")


class Note(BaseModel):
    """A comment, or that a check is waived."""

    model_config = ConfigDict(extra="ignore")

    id: int
    at: datetime
    by: str
    time_s: float | None = Field(description="the moment of the title it is about")
    waives: str | None = Field(description="the check, where it waives one")
    words: str


class ReviewShown(BaseModel):
    """A review: what is to be decided, what was said, and the verdict once there is one."""

    asked: list[AskedCheck]
    opened_at: datetime
    claimed_by: str | None
    claimed_at: datetime | None
    verdict: str | None = Field(description="approved or rejected, null while it is open")
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    notes: list[Note]


class ReviewClaim(BaseModel):
    """How to claim a review."""

    model_config = ConfigDict(extra="forbid")

    take_over: bool = Field(False, description="though somebody else has it")


class NewNote(BaseModel):
    """Something to say of a title."""

    model_config = ConfigDict(extra="forbid")

    words: Words = Field(examples=["Blocks in the sky; acceptable."])
    time_s: float | None = Field(None, ge=0, le=1e6, description="the moment it is about")
    waives: str | None = Field(
        None, max_length=160, description="the check that may be as it is, for this reason"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> NewNote:
        if self.waives is not None and self.time_s is not None:
            raise ValueError("a waiver is about a check, not about a moment: leave time_s out")
        return self


class ReviewDecision(BaseModel):
    """Why a title is approved or rejected."""

    model_config = ConfigDict(extra="forbid")

    reason: Words = Field(examples=["As the master."])


@routes.get("/reviews", summary="List the titles that wait for a person")
def list_open(
    farm: Farm, caller: Reader, after: After = None, limit: Limit = 50
) -> Page[OpenReviewShown]:
    """The one that waits longest comes first."""
    place = read_place(after, datetime, str)
    rows = reviews.list_open(farm.database, caller, place, limit + 1)
    return Page(
        items=[
            OpenReviewShown.model_validate(
                {name: getattr(row, name) for name in OpenReviewShown.model_fields}
                | {"catalog": row.catalog or None}
            )
            for row in rows[:limit]
        ],
        next=cut(rows, limit, lambda row: row.place),
    )


@routes.get("/jobs/{job_id}/review", summary="Read the review of a title")
def read_review(farm: Farm, caller: Reader, job_id: OneJob) -> ReviewShown:
    """404 where nobody was asked about it."""
    review = read_job(farm.database, caller, job_id).review
    if review is None:
        raise NotFound(f"nobody was asked about job {job_id}: it has no review", input=job_id)
    return ReviewShown.model_validate(review)


@routes.post("/jobs/{job_id}/review/claim", summary="Take a review on")
def claim(farm: Farm, caller: Reviewer, job_id: OneJob, asked: ReviewClaim) -> ReviewShown:
    """Others are refused then, until it is given back or taken over."""
    reviews.claim(farm.database, caller, job_id, take_over=asked.take_over)
    return _now(farm, caller, job_id)


@routes.delete("/jobs/{job_id}/review/claim", summary="Give a review back")
def release(farm: Farm, caller: Reviewer, job_id: OneJob) -> ReviewShown:
    """Anybody may take it on then."""
    reviews.release(farm.database, caller, job_id)
    return _now(farm, caller, job_id)


@routes.post("/jobs/{job_id}/review/notes", status_code=201, summary="Comment, or waive a check")
def note(farm: Farm, caller: Reviewer, job_id: OneJob, said: NewNote) -> ReviewShown:
    """A waiver says of one check why it may be as it is; the title waits on for the verdict."""
    if said.waives is None:
        reviews.comment(farm.database, caller, job_id, said.words, said.time_s)
    else:
        reviews.waive(farm.database, caller, job_id, said.waives, said.words)
    return _now(farm, caller, job_id)


@routes.post("/jobs/{job_id}/review/approve", summary="Approve a title")
def approve(farm: Farm, caller: Reviewer, job_id: OneJob, why: ReviewDecision) -> ReviewShown:
    """It goes on to be published."""
    reviews.approve(farm.database, farm.wakeups, caller, job_id, why.reason)
    return _now(farm, caller, job_id)


@routes.post("/jobs/{job_id}/review/reject", summary="Reject a title")
def reject(farm: Farm, caller: Reviewer, job_id: OneJob, why: ReviewDecision) -> ReviewShown:
    """Its job ends REJECTED; what was live of the asset stays live."""
    reviews.reject(farm.database, caller, job_id, why.reason)
    return _now(farm, caller, job_id)


def _now(farm: Farm, caller: Caller, job_id: str) -> ReviewShown:
    return ReviewShown.model_validate(read_job(farm.database, caller, job_id).review)
