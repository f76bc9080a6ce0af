"""Jobs that end and owe webhook calls, receivers that verify them, and what became of each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import SecretStr
from sqlalchemy import func, select, update
from standardwebhooks import Webhook, WebhookVerificationError

from farm.access import LOCAL
from farm.events import EventType
from farm.settings import Settings
from farm.signing import new_secret
from farm.states import JobState
from services.endpoints import EndpointAndSecret, make_endpoint
from storage.postgres import jobs
from storage.postgres.database import Database
from storage.postgres.models import Delivery, Job
from tests.service.web_server import Answer, Request, WebServer

TENANT = "studio"
SECRET = new_secret()


def status(*numbers: int) -> Answer:
    """Answer with these, one after the other, and with the last one from then on."""
    left = list(numbers)
    return lambda request: request.answer(left.pop(0) if len(left) > 1 else left[0])


def begin_job(database: Database, webhook: str | None, job_id: str, tenant: str = TENANT) -> None:
    with database.begin() as session:
        session.add(
            Job(
                id=job_id,
                tenant=tenant,
                asset="film",
                external_id="cms-1",
                request="request",
                state=JobState.RUNNING,
                catalog="",
                spec={"webhook": webhook},
            )
        )


def end_job(
    database: Database,
    webhook: str | None,
    state: JobState = JobState.PUBLISHED,
    error: dict[str, Any] | None = None,
    job_id: str = "one",
    tenant: str = TENANT,
) -> None:
    begin_job(database, webhook, job_id, tenant)
    with database.begin() as session:
        jobs.finish(session, jobs.lock(session, job_id), state, error)


def an_endpoint(
    database: Database, url: str, events: Collection[EventType] = (EventType.JOB_PUBLISHED,)
) -> EndpointAndSecret:
    return make_endpoint(database, LOCAL.about(TENANT), url, events)


def rows(database: Database) -> list[Delivery]:
    with database.begin() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def the_row(database: Database) -> Delivery:
    [row] = rows(database)
    return row


def make_due(database: Database) -> None:
    with database.begin() as session:
        session.execute(update(Delivery).values(next_at=func.now()))


def allowing(server: WebServer, secret: str | None = None) -> Settings:
    return Settings(private_hosts=server.host, webhook_secret=SecretStr(secret) if secret else None)


def verified(request: Request, secret: str) -> dict[str, Any]:
    """Return what a receiver with this secret makes of a call, as its library does."""
    body: dict[str, Any] = Webhook(secret).verify(request.body, request.headers)
    return body


def holds(request: Request, secret: str) -> bool:
    """Return whether a receiver with this secret takes a call for ours."""
    try:
        verified(request, secret)
    except WebhookVerificationError:
        return False
    return True
