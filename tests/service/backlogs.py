"""Small backlogs at random, in PostgreSQL: every state a job and its steps can be in."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from storage.postgres.models import Generation, Job, Step

GIB = 1 << 30
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
NEVER = NOON + timedelta(days=36500)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TENANTS, CATALOGS, PRIORITIES = ("one", "two", "three"), ("", "spring"), (-1, 0, 5)
SIZES = (("io", 0.1), ("io", 0.25), ("io", 1.0), ("cpu", 0.75), ("cpu", 2.0), ("cpu", 6.0))
ENDED = ("PUBLISHED", "FAILED")


def write_jobs(session: Session, rng: random.Random, count: int) -> None:
    """Write jobs that wait, go on, rest or have ended, and up to six steps of each."""
    for number in range(count):
        job = _a_job(rng, number)
        session.execute(insert(Job), [job])
        session.execute(insert(Step), [_a_step(rng, job, key) for key in "abcdef"[: _few(rng)]])


def write_generations(session: Session, rng: random.Random, count: int) -> None:
    """Write generations in every state, some of assets of unfinished jobs."""
    for number in range(count):
        job = _a_job(rng, number % 7) | {"id": uuid.uuid4().hex}
        session.execute(insert(Job), [job])
        published = _maybe(rng, LONG_AGO)
        row = {
            "origin": rng.choice(("here", "there")),
            "tenant": job["tenant"],
            "asset": job["asset"],
            "number": number + 1,
            "digest": rng.choice(("", "some", "some")),
            "job_id": job["id"],
            "published_at": published,
            "superseded_at": _maybe(rng, rng.choice((LONG_AGO, NEVER))),
            "removing_at": LONG_AGO if rng.random() < 0.2 else None,
        }
        session.execute(insert(Generation), [row])


def _a_job(rng: random.Random, number: int) -> dict[str, object]:
    state = rng.choice(("QUEUED", "QUEUED", "RUNNING", "RUNNING", "PAUSED", *ENDED))
    begun = state == "RUNNING" or (state != "QUEUED" and rng.random() < 0.5)
    return {
        "id": uuid.UUID(int=rng.getrandbits(128)).hex,
        "tenant": rng.choice(TENANTS),
        "asset": f"title-{number}",
        "request": "request",
        "state": state,
        "priority": rng.choice(PRIORITIES),
        "catalog": rng.choice(CATALOGS),
        "spec": {"origin": rng.choice(("here", "there"))},
        "created_at": NOON + timedelta(seconds=rng.randrange(5)),
        "begun_at": LONG_AGO if begun else None,
        "finished_at": LONG_AGO if state in ENDED else None,
    }


def _a_step(rng: random.Random, job: dict[str, object], key: str) -> dict[str, object]:
    state = rng.choice(_STEP_STATES[str(job["state"])])
    resource, cores = rng.choice(SIZES)
    return {
        "job_id": job["id"],
        "key": key,
        "kind": rng.choice(("encode", "publish")),
        "params": {},
        "inputs": [],
        "state": state,
        "resource": resource,
        "cores": cores,
        "memory_bytes": rng.choice((GIB, 4 * GIB)),
        "isolated": rng.random() < 0.1,
        "priority": job["priority"],
        "tenant": job["tenant"],
        "catalog": job["catalog"],
        "submitted_at": job["created_at"],
        "begins": state == "QUEUED" and job["state"] == "QUEUED",
        "attempts": rng.randrange(3),
        "not_before": _maybe(rng, rng.choice((LONG_AGO, NEVER))),
        "queued_at": NOON,
        "woken_at": rng.choice((None, LONG_AGO, LONG_AGO + timedelta(days=1), NEVER)),
        "started_at": _maybe(rng, NEVER),
        "finished_at": LONG_AGO,
    }


_STEP_STATES = {
    "QUEUED": ("QUEUED", "BLOCKED"),
    "RUNNING": ("QUEUED", "QUEUED", "RUNNING", "BLOCKED", "DONE"),
    "PAUSED": ("RUNNING", "BLOCKED", "DONE"),
    "PUBLISHED": ("DONE",),
    "FAILED": ("DONE", "CANCELLED", "QUARANTINED"),
}


def _few(rng: random.Random) -> int:
    return rng.randrange(1, 7)


def _maybe(rng: random.Random, moment: datetime) -> datetime | None:
    return moment if rng.random() < 0.3 else None
