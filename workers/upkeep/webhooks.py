"""Webhook deliveries: what the outbox owes is posted, signed, again until it arrives."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from farm.errors import InvalidSource, StorageUnavailable
from farm.failpoint import reached
from farm.settings import Settings
from storage.postgres import outbox
from storage.postgres.database import Database
from storage.postgres.outbox import Due
from workers.web.address import Refused

log = logging.getLogger("reelfarm.webhooks")

SENDERS = 8
ROUND_S = 5.0  # no call is started later in a round
AGAIN_AFTER_S = 60.0  # longer than a call can take: nobody else sends meanwhile
PASSING = {408, 409, 425, 429}  # of 4xx: timeout, conflict, too early, too many requests


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed; no further one helps where that is `permanent`."""

    reason: str
    permanent: bool


def deliver_due(database: Database, settings: Settings) -> int:
    """Post what is owed and due; return how many deliveries arrived.

    A receiver gets one call at a time, and none after one that failed until the next round: one
    that is slow or gone takes one sender, never all. Returns within ROUND_S and the time of one
    call. Raises StorageUnavailable when PostgreSQL does not answer; what was taken comes again.
    """
    ends_at = time.monotonic() + ROUND_S
    calls: dict[Future[Failure | None], str] = {}  # under way, with their receivers
    silent: set[str] = set()  # receivers that failed in this round
    arrived = 0
    with ThreadPoolExecutor(SENDERS, thread_name_prefix="webhook") as senders:
        while True:
            while len(calls) < SENDERS and time.monotonic() < ends_at:
                due = _take_one(database, {*calls.values(), *silent})
                if due is None:
                    break
                calls[senders.submit(_deliver, due, database, settings)] = due.receiver
            if not calls:
                return arrived
            for call in wait(calls, return_when=FIRST_COMPLETED).done:
                receiver = calls.pop(call)
                failure = call.result()
                if failure is None:
                    arrived += 1
                elif not failure.permanent:
                    silent.add(receiver)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return what the header `ReelFarm-Signature` says of this body, sent at this Unix time."""
    signed = timestamp.encode() + b"." + body
    return f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def _take_one(database: Database, avoid: Collection[str]) -> Due | None:
    with database.begin() as session:
        due = outbox.take_due(session, 1, AGAIN_AFTER_S, avoid)
    return due[0] if due else None


def _deliver(due: Due, database: Database, settings: Settings) -> Failure | None:
    """Make one attempt and note how it ended; no transaction is open while it is made."""
    reached("deliver.before-send")
    try:
        failure = _call(due, settings)
    except Exception:  # a defect of ours: the others are to be delivered all the same
        log.exception("webhook of job %s", due.job_id)
        failure = Failure("a defect in ReelFarm: see the reconciler's log", permanent=False)
    reached("deliver.after-send")
    with database.begin() as session:
        if failure is None:
            outbox.delivered(session, due)
            return None
        comes_again = outbox.failed(session, due, failure.reason, permanent=failure.permanent)
    log.warning(
        "webhook of job %s, attempt %d: %s%s",
        *(due.job_id, due.attempt, failure.reason, "" if comes_again else "; gave up"),
    )
    return failure


def _call(due: Due, settings: Settings) -> Failure | None:
    from workers.web import fetch  # few commands ever call: httpcore would slow the start of all

    body = json.dumps(due.body).encode()
    try:
        status = fetch.post(due.url, body, _headers(due, body, settings), settings)
    except (InvalidSource, StorageUnavailable) as error:
        return Failure(error.message, permanent=isinstance(error, Refused))
    if 200 <= status < 300:
        return None
    permanent = 400 <= status < 500 and status not in PASSING
    return Failure(f"{due.receiver} answered {status}", permanent)


def _headers(due: Due, body: bytes, settings: Settings) -> dict[str, str]:
    timestamp = str(due.taken_at_s)  # by the database's clock: receivers refuse old ones
    headers = {
        "Content-Type": "application/json",
        "ReelFarm-Delivery": f"{due.job_id}-{due.id}",
        "ReelFarm-Event": due.event,
        "ReelFarm-Timestamp": timestamp,
    }
    if settings.webhook_secret is not None:
        secret = settings.webhook_secret.get_secret_value()
        headers["ReelFarm-Signature"] = signature(secret, timestamp, body)
    return headers
