"""Webhook deliveries: what the outbox owes is posted, signed, again until it arrives."""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC

from farm.errors import InvalidSource, StorageUnavailable
from farm.failpoint import reached
from farm.settings import Settings
from farm.web_address import Refused
from storage.postgres import outbox
from storage.postgres.database import Database
from storage.postgres.outbox import Attempt, Due

log = logging.getLogger("reelfarm.webhooks")

SENDERS = 8
ROUND_S = 5.0  # no call is started later in a round
AGAIN_AFTER_S = 60.0  # longer than a call can take: nobody else sends meanwhile


def deliver_due(database: Database, settings: Settings) -> int:
    """Post what is owed and due; return how many deliveries arrived.

    A receiver gets one call at a time, and none after one that failed until the next round: one
    that is slow or gone takes one sender, never all. Returns within ROUND_S and the time of one
    call. Raises StorageUnavailable when PostgreSQL does not answer; what was taken comes again.
    """
    ends_at = time.monotonic() + ROUND_S
    calls: dict[Future[Attempt], str] = {}  # under way, with their receivers
    silent: set[str] = set()  # receivers that failed in this round
    arrived = 0
    with ThreadPoolExecutor(SENDERS, thread_name_prefix="webhook") as senders:
        while True:
            while len(calls) < SENDERS and time.monotonic() < ends_at:
                with database.begin() as session:
                    due = outbox.take_due(session, AGAIN_AFTER_S, {*calls.values(), *silent})
                if due is None:
                    break
                calls[senders.submit(_deliver, due, database, settings)] = due.receiver
            if not calls:
                return arrived
            for call in wait(calls, return_when=FIRST_COMPLETED).done:
                receiver = calls.pop(call)
                made = call.result()
                if made.error is None:
                    arrived += 1
                elif not made.permanent:
                    silent.add(receiver)


def _deliver(due: Due, database: Database, settings: Settings) -> Attempt:
    """Make one attempt and note how it ended; no transaction is open while it is made."""
    reached("deliver.before-send")
    began = time.monotonic()
    try:
        status, error, permanent = _call(due, settings)
    except Exception:  # a defect of ours: the others are to be delivered all the same
        log.exception("webhook %s", due.webhook_id)
        status, error, permanent = None, "a defect in ReelFarm: see the reconciler's log", False
    made = Attempt(status, error, round(1000 * (time.monotonic() - began)), permanent)
    reached("deliver.after-send")
    with database.begin() as session:
        comes_again = outbox.note(session, due, made)
    if error is not None:
        log.warning(
            "webhook %s to %s, attempt %d: %s%s",
            *(due.webhook_id, due.receiver, due.attempt, error),
            "" if comes_again else "; gave up",
        )
    return made


def _call(due: Due, settings: Settings) -> tuple[int | None, str | None, bool]:
    """Return the status of the answer, why it counts as failed, and whether that is for good."""
    from workers.web import fetch  # few commands ever call: httpcore would slow the start of all

    if due.stopped is not None:
        return None, due.stopped, True
    body = json.dumps(due.body, separators=(",", ":"))
    try:
        status = fetch.post(due.url, body.encode(), _headers(due, body, settings), settings)
    except (InvalidSource, StorageUnavailable) as error:
        return None, error.message, isinstance(error, Refused)
    if 200 <= status < 300:
        return status, None, False
    return status, f"{due.receiver} answered {status}", False


def _headers(due: Due, body: str, settings: Settings) -> dict[str, str]:
    """Return the headers of Standard Webhooks, with a signature by each secret that holds."""
    from standardwebhooks import Webhook

    # By the database's clock: receivers refuse what was sent long ago.
    headers = {
        "Content-Type": "application/json",
        "webhook-id": due.webhook_id,
        "webhook-timestamp": str(int(due.taken_at.timestamp())),
    }
    secrets = settings.webhook_secrets if due.secrets is None else due.secrets
    signatures = [
        Webhook(secret).sign(due.webhook_id, due.taken_at.astimezone(UTC), body)
        for secret in secrets
    ]
    return {**headers, "webhook-signature": " ".join(signatures)} if signatures else headers
