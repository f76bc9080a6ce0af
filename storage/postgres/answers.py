"""Answers by Idempotency-Key: kept with what was done, so that a request is done once.

The IETF draft "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header)
says what a second request gets: the same answer, or a refusal where it is another request, or where
the first is still being answered.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from farm.errors import InFlight, KeyReused
from storage.postgres.models import KeptAnswer

KEPT_S = 30 * 24 * 3600.0


def given_before(session: Session, tenant: str, key: str, request: str) -> KeptAnswer | None:
    """Return the answer that a request with this key got, None for the first one.

    Until the transaction ends it is this one's to answer: another with the same key gets InFlight.
    Raises KeyReused where the first was another request.
    """
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended(f"answer\n{tenant}\n{key}", 0))
    if not session.scalar(select(lock)):
        raise InFlight(
            f"a request with the Idempotency-Key {key!a} is being answered: send it again in a"
            " moment",
            input=key,
        )
    row = session.get(KeptAnswer, (tenant, key))
    if row is None:
        return None
    if row.request != request:
        raise KeyReused(
            f"the Idempotency-Key {key!a} came with another request at"
            f" {row.created_at.isoformat()}: use a new key",
            input=key,
        )
    return row


def keep(
    session: Session, tenant: str, key: str, request: str, status: int, body: dict[str, Any]
) -> None:
    """Keep an answer, to be given again as long as KEPT_S."""
    session.add(KeptAnswer(tenant=tenant, key=key, request=request, status=status, body=body))
    session.flush()


def forget(session: Session, keep_s: float, limit: int) -> int | None:
    """Forget answers that are older; return how many, None when none was due."""
    old = (
        select(KeptAnswer.tenant, KeptAnswer.key)
        .where(KeptAnswer.created_at < func.now() - timedelta(seconds=keep_s))
        .order_by(KeptAnswer.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = session.execute(old).all()
    for tenant, key in due:
        session.execute(
            delete(KeptAnswer).where(KeptAnswer.tenant == tenant, KeptAnswer.key == key)
        )
    return len(due) or None
