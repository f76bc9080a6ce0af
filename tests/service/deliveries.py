"""Jobs that end and owe a webhook call, and what became of it."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr
from sqlalchemy import func, select, update

from farm.settings import Settings
from farm.states import JobState
from storage.postgres import jobs
from storage.postgres.database import Database
from storage.postgres.models import Delivery, Job
from tests.service.web_server import Answer, WebServer


def status(number: int) -> Answer:
    return lambda request: request.answer(number)


def end_job(
    database: Database,
    webhook: str | None,
    state: JobState = JobState.PUBLISHED,
    error: dict[str, Any] | None = None,
    job_id: str = "one",
) -> None:
    with database.begin() as session:
        job = Job(
            id=job_id,
            tenant="studio",
            asset="film",
            external_id="cms-1",
            request="request",
            state=JobState.RUNNING,
            catalog="",
            spec={"webhook": webhook},
        )
        session.add(job)
        session.flush()
        jobs.finish(session, job, state, error)


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
