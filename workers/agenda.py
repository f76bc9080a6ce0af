"""Whose turn it is, asked of PostgreSQL a few steps at a time."""

from __future__ import annotations

import time
from collections import deque

from storage import claims
from storage.admission import Room, Turn, next_turns
from storage.claims import Claim
from storage.database import Database

GOOD_FOR_S = 0.1  # so long an answer is used up before it is asked for anew


class Agenda:
    """The next turns as last told; used by one thread at a time.

    An answer names several steps, and asking is the dearest part of a claim. What somebody else
    took meanwhile cannot be claimed, and what came in meanwhile waits a moment at most.
    """

    def __init__(self, database: Database, worker: str, lease_s: float) -> None:
        self._database = database
        self._worker = worker
        self._lease_s = lease_s
        self._turns: deque[Turn] = deque()
        self._asked_at = float("-inf")

    def claim_next(self, room: Room) -> Claim | None:
        """Lease the step whose turn it is, if there is one that fits into `room`."""
        if time.monotonic() - self._asked_at > GOOD_FOR_S:
            self._turns.clear()
        return self._claim_known(room) or self._claim_asked(room)

    @property
    def waiting(self) -> Turn | None:
        """Return the step whose turn is next, as far as is known."""
        return self._turns[0] if self._turns else None

    def _claim_asked(self, room: Room) -> Claim | None:
        asked_at = time.monotonic()
        with self._database.begin() as session:
            self._turns = deque(next_turns(session, room))
            self._asked_at = asked_at
            claimed = None
            while self._turns and claimed is None:
                claimed = claims.claim(session, self._turns.popleft(), self._worker, self._lease_s)
        return claimed

    def _claim_known(self, room: Room) -> Claim | None:
        while self._turns and self._turns[0].fits(room):
            with self._database.begin() as session:
                claimed = claims.claim(session, self._turns.popleft(), self._worker, self._lease_s)
            if claimed is not None:
                return claimed
        return None
