"""The outbox: webhook deliveries that are owed, written with the event they tell of."""

from __future__ import annotations

import json
import random
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from farm.serial import from_json
from farm.signing import SigningSecrets
from storage.postgres import statements
from storage.postgres.models import Delivery, Endpoint

# After 10 s, doubling up to an hour: the last attempt comes a little more than a day after the
# first.
FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 3600.0
ATTEMPTS = 34
SPREAD = 0.2  # of a pause, so that what failed together does not come back together

MAX_ERROR = 512  # characters, as the column takes
MAX_LOG = 100  # attempts that are remembered of a delivery, the last ones


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery taken for one attempt, at `taken_at` of the database's clock."""

    id: int
    webhook_id: str
    url: str
    receiver: str
    body: dict[str, Any]
    attempt: int
    taken_at: datetime
    secrets: tuple[str, ...] | None = field(repr=False)  # None: of the farm, as it is a job's own
    stopped: str | None  # why it is not to be sent after all


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt went: what was answered, or why nothing was."""

    status: int | None
    error: str | None  # None where it arrived
    wall_ms: int
    permanent: bool = False  # no further one may be made


def webhook_id(delivery_id: int, event_id: int | None) -> str:
    """Return the id by which a receiver knows a call again: that of the event, where there is one.

    There is none for tests, and for what the version before owed.
    """
    return f"msg_{delivery_id}" if event_id is None else f"evt_{event_id}"


def take_due(session: Session, again_after_s: float, avoid: Collection[str] = ()) -> Due | None:
    """Take a delivery to attempt now, the longest due one that is not to receivers in `avoid`.

    It is due again after `again_after_s`: that of a sender who dies meanwhile comes again. Any
    number of senders may ask at once. What it costs depends on the number of receivers, not on how
    much they are owed.
    """
    for (receiver,) in statements.rows(session, _RECEIVERS, avoid=list(avoid)):
        if (due := _take(session, receiver, again_after_s)) is not None:
            return due
    return None


def _take(session: Session, receiver: str, again_after_s: float) -> Due | None:
    taken = session.execute(
        select(Delivery, Endpoint, func.now())
        .outerjoin(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .where(*OPEN, Delivery.receiver == receiver, Delivery.next_at <= func.now())
        .order_by(Delivery.next_at, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Delivery)
    ).one_or_none()
    if taken is None:
        return None
    row, endpoint, now = taken
    row.attempts += 1
    row.url = row.url if endpoint is None else endpoint.url  # it may have changed since the event
    row.next_at = func.now() + timedelta(seconds=again_after_s)
    return Due(
        id=row.id,
        webhook_id=webhook_id(row.id, row.event_id),
        url=row.url,
        receiver=receiver,
        body=row.body,
        attempt=row.attempts,
        taken_at=now,
        secrets=_secrets(row, endpoint, now),
        stopped=_stopped(row, endpoint),
    )


def note(session: Session, due: Due, made: Attempt) -> bool:
    """Note how an attempt went, and in the log; return whether there will be another.

    It arrived, whatever another sender has found meanwhile. That it did not changes nothing where
    another sender has taken the delivery since; and neither does where it was asked for anew.
    """
    _log(session, due, made)
    if made.error is None:
        session.execute(
            update(Delivery)
            .where(
                Delivery.id == due.id,
                Delivery.delivered_at.is_(None),
                Delivery.attempts >= due.attempt,
            )
            .values(delivered_at=func.now(), gave_up_at=None, error=None)
        )
        return False
    gives_up = made.permanent or due.attempt >= ATTEMPTS
    pause = timedelta(seconds=pause_s(due.attempt) * random.uniform(1 - SPREAD, 1 + SPREAD))
    session.execute(
        update(Delivery)
        .where(Delivery.id == due.id, Delivery.attempts == due.attempt, *OPEN)
        .values(
            error=made.error[:MAX_ERROR],
            next_at=func.now() + pause,
            gave_up_at=func.now() if gives_up else None,
        )
    )
    return not gives_up


def pause_s(attempt: int) -> float:
    """Return how long to wait after the n-th attempt, before it is spread."""
    return min(FIRST_PAUSE_S * 2.0 ** (attempt - 1), LONGEST_PAUSE_S)


def _secrets(row: Delivery, endpoint: Endpoint | None, now: datetime) -> tuple[str, ...] | None:
    if row.endpoint_id is None:
        return None
    if endpoint is None or not endpoint.secrets:
        return ()
    return from_json(SigningSecrets, endpoint.secrets).holding(now)


def _stopped(row: Delivery, endpoint: Endpoint | None) -> str | None:
    """Return why a delivery is not to be sent: it was written while the endpoint was changed."""
    if row.endpoint_id is None:
        return None
    if endpoint is None or endpoint.removed_at is not None:
        return REMOVED
    return DISABLED if endpoint.disabled_at is not None else None


def _log(session: Session, due: Due, made: Attempt) -> None:
    entry = {
        "at": due.taken_at.astimezone(UTC).isoformat(),
        "status": made.status,
        "error": None if made.error is None else made.error[:MAX_ERROR],
        "wall_ms": made.wall_ms,
    }
    statements.rows(session, _APPEND, id=due.id, entry=json.dumps(entry), most=MAX_LOG)


REMOVED, DISABLED = "the endpoint was removed", "the endpoint was disabled"

OPEN = (Delivery.delivered_at.is_(None), Delivery.gave_up_at.is_(None))

_APPEND = """
UPDATE delivery
   SET log = CASE WHEN jsonb_array_length(log) < %(most)s THEN log ELSE log - 0 END
             || jsonb_build_array(CAST(%(entry)s AS jsonb))
 WHERE id = %(id)s
"""

# The receivers to whom something is due, whoever waits longest first. Each is one more look into
# the index, however much it is owed.
_RECEIVERS = """
WITH RECURSIVE owed AS (
    SELECT min(receiver) AS receiver FROM delivery
     WHERE delivered_at IS NULL AND gave_up_at IS NULL
     UNION ALL
    SELECT (SELECT min(delivery.receiver) FROM delivery
             WHERE delivered_at IS NULL AND gave_up_at IS NULL
               AND delivery.receiver > owed.receiver)
      FROM owed WHERE owed.receiver IS NOT NULL
)
SELECT owed.receiver
  FROM owed CROSS JOIN LATERAL (
       SELECT min(next_at) AS next_at FROM delivery
        WHERE delivered_at IS NULL AND gave_up_at IS NULL
          AND delivery.receiver = owed.receiver) AS first
 WHERE owed.receiver <> ALL(%(avoid)s) AND first.next_at <= now()
 ORDER BY first.next_at
"""
