"""Telling Flower of steps: Celery's task events, sent for every step this process runs.

Celery sees only wake-ups, of which one may lead to many steps or to none. So its own task
events are switched off (`send_events=False`) and these are sent instead, in Celery's format
(docs.celeryq.dev, "Monitoring and Management Guide", Event Reference).
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from contextlib import ExitStack, suppress
from typing import Any

from celery import Celery

from farm.errors import Cancelled, ReelFarmError
from storage.postgres.claims import Claim

log = logging.getLogger("reelfarm.worker")

LONGEST_BACKLOG = 1000  # events; beyond it they are dropped, for they are only looked at
TELL_AGAIN_S = 60.0  # a Flower that started meanwhile learns of steps that run for hours
LONGEST_DETAIL = 4000  # characters
GOODBYE_WITHIN_S = 2.0
COLLECT_S = 0.1  # people look at them

Event = tuple[str, dict[str, Any]]


class StepEvents:
    """Tells of steps from a thread of its own: with Redis away, or slow, no step waits for it.

    `hostname` is the name the Celery worker beats with: Flower puts steps and worker together by
    it. Every event holds everything, because Flower may have started after the ones before.
    """

    def __init__(self, app: Celery, hostname: str) -> None:
        self._app = app
        self._hostname = hostname
        self._running: dict[str, dict[str, Any]] = {}
        self._backlog: queue.Queue[Event | None] = queue.Queue(LONGEST_BACKLOG)
        self._unsent: list[Event] = []
        self._closed = False
        self._well = True
        self._thread = threading.Thread(target=self._send_all, name="step-events", daemon=True)
        self._thread.start()

    def started(self, claim: Claim) -> None:
        """Tell that a step was claimed and starts."""
        fields = _fields(claim)
        self._running[fields["uuid"]] = fields
        self._tell("task-received", fields)
        self._tell("task-started", fields)

    def succeeded(self, claim: Claim) -> None:
        """Tell that a started step is done."""
        fields = self._ended(claim)
        self._tell("task-succeeded", {**fields, "result": "done"})

    def failed(self, claim: Claim, error: ReelFarmError) -> None:
        """Tell that a started step ended with an error, or was stopped."""
        fields = self._ended(claim)
        if isinstance(error, Cancelled):
            self._tell("task-revoked", {**fields, "result": error.message})
            return
        evidence = "\n".join(f"{name}: {value}" for name, value in error.detail.items())
        fields |= {
            "exception": f"{error.code}: {error.message}",
            "traceback": evidence[-LONGEST_DETAIL:],
        }
        self._tell("task-failed", fields)

    def close(self) -> None:
        """Send what is left, if that is quickly done, and end the thread."""
        try:
            self._backlog.put_nowait(None)
        except queue.Full:
            return  # Redis is away; the thread ends with the process
        self._thread.join(GOODBYE_WITHIN_S)

    def _ended(self, claim: Claim) -> dict[str, Any]:
        fields = self._running.pop(_uuid(claim), None) or _fields(claim)
        return {**fields, "runtime": time.time() - fields["started"]}

    def _tell(self, kind: str, fields: dict[str, Any]) -> None:
        try:
            self._backlog.put_nowait((kind, fields))
        except queue.Full:
            return  # PostgreSQL is the record

    def _send_all(self) -> None:
        while self._send_while_connected():
            time.sleep(1)

    def _send_while_connected(self) -> bool:
        """Send events until the connection breaks; return False at the end of the backlog."""
        try:
            with ExitStack() as closing:
                connection = closing.enter_context(self._app.connection_for_write())
                dispatcher = closing.enter_context(
                    self._app.events.Dispatcher(
                        connection,
                        hostname=self._hostname,
                        buffer_while_offline=False,
                        buffer_group={"task"},
                        buffer_limit=2 * LONGEST_BACKLOG,
                    )
                )
                return self._send_to(dispatcher)
        except Exception as error:  # whatever it is: only for the eye, and no step may suffer
            if self._well:
                log.warning("Flower cannot be told of steps, which is tried again: %s", error)
            self._well = False
            return True

    def _send_to(self, dispatcher: Any) -> bool:
        tell_again_at = time.monotonic() + TELL_AGAIN_S
        while True:
            for kind, fields in self._unsent:
                dispatcher.send(kind, **fields)
            dispatcher.flush()
            self._unsent, self._well = [], True
            if self._closed:
                return False
            self._unsent = self._collect(max(0.0, tell_again_at - time.monotonic()))
            if time.monotonic() >= tell_again_at:
                tell_again_at = time.monotonic() + TELL_AGAIN_S
                for fields in list(self._running.values()):
                    self._unsent += [("task-received", fields), ("task-started", fields)]

    def _collect(self, within_s: float) -> list[Event]:
        """Return the events of a moment, once there are any: one message costs as much as many."""
        events: list[Event] = []
        with suppress(queue.Empty):
            first = self._backlog.get(timeout=within_s)
            if first is not None:
                time.sleep(COLLECT_S)
            while first is not None:
                events.append(first)
                first = self._backlog.get_nowait()
            self._closed = True
        return events


def _uuid(claim: Claim) -> str:
    return f"{claim.step_id}-{claim.epoch}"


def _fields(claim: Claim) -> dict[str, Any]:
    """Return what Flower shows of a step; times are ours, so that telling again changes nothing."""
    now = time.time()
    job = {
        "job": claim.job_id,
        "tenant": claim.spec["tenant"],
        "catalog": claim.spec.get("catalog") or "",
        "cores": claim.cores,
    }
    return {
        "uuid": _uuid(claim),
        "name": f"{claim.label} · {claim.spec['asset']}",
        "kind": claim.kind,  # what Flower's metrics count by
        "args": repr((claim.key,)),
        "kwargs": repr(job),
        "retries": claim.epoch - 1,
        "received": now,
        "started": now,
    }
