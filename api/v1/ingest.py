"""Ingest by event: notifications of object stores, the rules for them, and what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from api.context import Admin, Farm, Reader, Submitter
from api.paging import After, Limit, Page, cut, read_place
from farm.errors import TooLarge
from farm.spec import ASSET_PATTERN, IngestRule
from services import ingest, ingest_rules
from services.ingest import Answered, NotificationTaken
from storage.postgres.documents import Version
from storage.postgres.ingest import ListedObject

routes = APIRouter(prefix="/v1/ingest", tags=["ingest"])

MAX_BODY_BYTES = 1 << 20  # stores send 256 KiB at most
RuleName = Annotated[str, Path(pattern=ASSET_PATTERN, max_length=128, description="of a rule")]
BODY = {
    "requestBody": {
        "required": True,
        "description": "as the store sends it, whatever its Content-Type (SNS says text/plain)",
        "content": {"application/json": {"schema": {}}},
    }
}


class ObjectAnswer(BaseModel):
    """What became of one record of a notification."""

    bucket: str | None
    key: str | None
    status: Literal["accepted", "duplicate", "ignored", "rejected"]
    why: str | None = Field(description="unless it was accepted")
    rule: str | None = Field(description="the rule it was held against")
    job: str | None = Field(description="of a duplicate: the job it became, where it is one yet")
    error: dict[str, Any] | None


class ConfirmationAsked(BaseModel):
    """A topic of SNS that sends nothing before an operator has opened this URL."""

    topic: str
    subscribe_url: str = Field(description="the farm itself never opens it")


class NotificationAnswer(BaseModel):
    """An answer a record, in their order."""

    accepted: int
    duplicate: int
    ignored: int
    rejected: int
    records: list[ObjectAnswer]
    confirm: list[ConfirmationAsked]


class RuleShown(BaseModel):
    """A rule, and which version of it this is."""

    name: str
    version: int
    created_at: datetime
    created_by: str
    rule: IngestRule


class ObjectShown(BaseModel):
    """A new object that was accepted, and what became of it."""

    tenant: str
    bucket: str
    key: str
    rule: str
    rule_version: int
    state: Literal["WAITING", "TAKEN", "FAILED"] = Field(
        description="for its sidecars; it has a job; it can get none"
    )
    due_at: datetime | None = Field(description="when it becomes a job, while it waits")
    job: str | None
    error: dict[str, Any] | None
    created_at: datetime


@routes.post("/s3", summary="Tell of new objects", openapi_extra=BODY)
async def notify(farm: Farm, caller: Submitter, request: Request) -> NotificationAnswer:
    """Take a notification of Amazon S3, MinIO, Ceph, EventBridge or SNS, or an array of them.

    New objects for which there is a rule become jobs once, however often they are told of. What is
    ignored or rejected is answered with 200 all the same: to send it again would not help.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(f"a notification has at most {MAX_BODY_BYTES} bytes: send fewer records")
    taken = await run_in_threadpool(
        ingest.take_notification, farm.database, farm.settings, caller, bytes(body)
    )
    return _answer(taken)


@routes.get("/objects", summary="What became of new objects")
def objects(
    farm: Farm,
    caller: Reader,
    state: Annotated[Literal["WAITING", "TAKEN", "FAILED"] | None, Query()] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[ObjectShown]:
    """Those that were accepted, the newest first."""
    before = (read_place(after, int) or (None,))[0]
    found = ingest.list_objects(farm.database, caller, before, state, limit + 1)
    return Page(
        items=[_object(each) for each in found[:limit]],
        next=cut(found, limit, lambda each: (each.position,)),
    )


@routes.get("/rules", summary="List ingest rules")
def list_rules(
    farm: Farm, caller: Reader, after: After = None, limit: Limit = 50
) -> Page[RuleShown]:
    """By name, each in its newest version."""
    place = (read_place(after, str) or ("",))[0]
    found = ingest_rules.list_rules(farm.database, caller, place, limit + 1)
    return Page(
        items=[_rule(each) for each in found[:limit]],
        next=cut(found, limit, lambda each: (each.name,)),
    )


@routes.get("/rules/{name}", summary="An ingest rule")
def read_rule(
    farm: Farm,
    caller: Reader,
    name: RuleName,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="none: newest")] = None,
) -> RuleShown:
    """As it is, or as it was in a version, also where it was removed since."""
    return _rule(ingest_rules.read_rule(farm.database, caller, name, version))


@routes.put("/rules/{name}", summary="Write an ingest rule")
def write_rule(farm: Farm, caller: Admin, name: RuleName, rule: IngestRule) -> RuleShown:
    """Its next version counts for objects that come from now on; the same again changes nothing."""
    body = rule.model_dump(mode="json")
    return _rule(ingest_rules.write_rule(farm.database, caller, name, body))


@routes.delete("/rules/{name}", status_code=204, summary="Remove an ingest rule")
def remove_rule(farm: Farm, caller: Admin, name: RuleName) -> None:
    """Its versions stay to be read; objects it has accepted become jobs all the same."""
    ingest_rules.remove_rule(farm.database, caller, name)


def _answer(taken: NotificationTaken) -> NotificationAnswer:
    counts = {
        status: sum(1 for each in taken.records if each.status == status)
        for status in (ingest.ACCEPTED, ingest.DUPLICATE, ingest.IGNORED, ingest.REJECTED)
    }
    return NotificationAnswer.model_validate(
        {
            **counts,
            "records": [_record(each) for each in taken.records],
            "confirm": [
                {"topic": each.topic, "subscribe_url": each.subscribe_url}
                for each in taken.confirmations
            ],
        }
    )


def _record(answered: Answered) -> dict[str, Any]:
    return {
        "bucket": answered.bucket,
        "key": answered.key,
        "status": answered.status,
        "why": answered.why,
        "rule": answered.rule,
        "job": answered.job_id,
        "error": answered.error,
    }


def _rule(version: Version) -> RuleShown:
    return RuleShown(
        name=version.name,
        version=version.version,
        created_at=version.created_at,
        created_by=version.created_by,
        rule=ingest_rules.named(version).rule,
    )


def _object(listed: ListedObject) -> ObjectShown:
    return ObjectShown.model_validate(
        {
            "tenant": listed.tenant,
            "bucket": listed.bucket,
            "key": listed.key,
            "rule": listed.rule,
            "rule_version": listed.rule_version,
            "state": listed.state,
            "due_at": listed.due_at if listed.state == "WAITING" else None,
            "job": listed.job_id,
            "error": listed.error,
            "created_at": listed.created_at,
        }
    )
