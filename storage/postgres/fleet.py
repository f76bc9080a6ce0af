"""The workers there are: what each one last reported, and how much they could do together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from farm.plan import Resource
from farm.states import StepState
from storage.postgres.models import Step, Worker

FORGOTTEN_AFTER_S = 24 * 3600.0


def report(
    session: Session,
    name: str,
    resources: Sequence[Resource],
    cores: int,
    memory_bytes: int,
    draining: bool,
) -> float:
    """Note that a worker is alive, and its size; return the time by PostgreSQL's clock (Unix)."""
    row = {
        "name": name,
        "resources": list(resources),
        "cores": cores,
        "memory_bytes": memory_bytes,
        "seen_at": func.now(),
        "draining": draining,
    }
    noted = (
        insert(Worker)
        .values(row)
        .on_conflict_do_update(index_elements=["name"], set_=row)
        .returning(func.extract("epoch", Worker.seen_at))
    )
    return float(session.execute(noted).scalar_one())


def leave(session: Session, name: str) -> None:
    """Strike a worker that ended in order off the list."""
    session.execute(delete(Worker).where(Worker.name == name))


def alive(session: Session, within_s: float) -> Sequence[Worker]:
    """Return the workers that reported within so many seconds, by name."""
    seen = Worker.seen_at > func.now() - timedelta(seconds=within_s)
    return session.scalars(select(Worker).where(seen).order_by(Worker.name)).all()


def encode_slots(session: Session, cores_per_chunk: float, within_s: float) -> int:
    """Return how many chunks of that weight the live workers could encode at once now, at least 1.

    A worker too small for the weight gives one chunk all it has. Encodes that run are subtracted,
    each as one slot.
    """
    fitting = sum(
        max(1, math.floor(worker.cores / cores_per_chunk))
        for worker in alive(session, within_s)
        if Resource.CPU in worker.resources and not worker.draining
    )
    busy = session.scalar(
        select(func.count()).where(Step.state == StepState.RUNNING, Step.kind == "encode")
    )
    return max(1, fitting - (busy or 0))


def forget_the_dead(session: Session) -> int:
    """Strike workers off that have not reported for a day; return how many."""
    long_ago = func.now() - timedelta(seconds=FORGOTTEN_AFTER_S)
    gone = session.scalars(delete(Worker).where(Worker.seen_at < long_ago).returning(Worker.name))
    return len(gone.all())
