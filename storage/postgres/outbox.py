"""The outbox: webhook deliveries that are owed, written with the change they tell of."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from sqlalchemy import extract, func, select, update
from sqlalchemy.orm import Session

from storage.postgres.models import Delivery, Job

RECEIVER = r"^https?://([^/?#]*)"  # what calls are counted by: the host and port of a URL

# After 10 s, doubling up to an hour: the last attempt comes about a day after the first.
FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 3600.0
ATTEMPTS = 32
SPREAD = 0.2  # of a pause, so that what failed together does not come back together

MAX_ERROR = 512  # characters, as the column takes


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery taken for one attempt, at `taken_at_s` (Unix time) of the database's clock."""

    id: int
    job_id: str
    url: str
    receiver: str
    event: str
    body: dict[str, Any]
    attempt: int
    taken_at_s: int


def owe(session: Session, job: Job) -> None:
    """Note that the end of this job is to be told, if its request names a webhook."""
    url = job.spec.get("webhook")
    if url is None:
        return
    error = job.error or {}
    body = {
        "id": job.id,
        "asset": job.asset,
        "tenant": job.tenant,
        "external_id": job.external_id,
        "catalog": job.catalog or None,
        "state": job.state,
        # Its detail is evidence for engineers (commands, paths): the job record has it.
        "error": {key: error[key] for key in ("code", "message", "step") if key in error} or None,
        "finished_at": job.finished_at.astimezone(UTC).isoformat() if job.finished_at else None,
    }
    event = f"job.{job.state.lower()}"
    session.add(Delivery(job_id=job.id, url=url, event=event, body=body))


def take_due(
    session: Session, limit: int, again_after_s: float, avoid: Collection[str] = ()
) -> list[Due]:
    """Take deliveries to attempt now, the longest due first, but none to receivers in `avoid`.

    Each is due again after `again_after_s`: that of a sender who dies meanwhile comes again, later
    ones go to whoever asks. Any number of senders may ask at once.
    """
    receiver = func.substring(Delivery.url, RECEIVER)
    taken = session.execute(
        select(Delivery, receiver, extract("epoch", func.now()))
        .where(*_OPEN, Delivery.next_at <= func.now(), receiver.not_in(avoid))
        .order_by(Delivery.next_at, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    due = []
    for row, host, now_s in taken:
        row.attempts += 1
        row.next_at = func.now() + timedelta(seconds=again_after_s)
        due.append(
            Due(row.id, row.job_id, row.url, host, row.event, row.body, row.attempts, int(now_s))
        )
    return due


def delivered(session: Session, due: Due) -> None:
    """Note that a delivery arrived, whatever another sender has found meanwhile."""
    session.execute(
        update(Delivery)
        .where(Delivery.id == due.id, Delivery.delivered_at.is_(None))
        .values(delivered_at=func.now(), gave_up_at=None, error=None)
    )


def failed(session: Session, due: Due, error: str, *, permanent: bool) -> bool:
    """Note why an attempt failed and when the next one is due; return whether there is one.

    Nothing is changed where another sender has taken the delivery since.
    """
    gives_up = permanent or due.attempt >= ATTEMPTS
    pause = timedelta(seconds=pause_s(due.attempt) * random.uniform(1 - SPREAD, 1 + SPREAD))
    session.execute(
        update(Delivery)
        .where(Delivery.id == due.id, Delivery.attempts == due.attempt, *_OPEN)
        .values(
            error=error[:MAX_ERROR],
            next_at=func.now() + pause,
            gave_up_at=func.now() if gives_up else None,
        )
    )
    return not gives_up


def pause_s(attempt: int) -> float:
    """Return how long to wait after the n-th attempt, before it is spread."""
    return min(FIRST_PAUSE_S * 2.0 ** (attempt - 1), LONGEST_PAUSE_S)


_OPEN = (Delivery.delivered_at.is_(None), Delivery.gave_up_at.is_(None))
