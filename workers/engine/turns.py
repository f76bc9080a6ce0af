"""Whose turn it is, asked of PostgreSQL a few steps at a time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from itertools import islice, takewhile

from storage.postgres import claims
from storage.postgres.admission import NO_LIMITS, Room, TitleLimits, Turn, next_turns
from storage.postgres.claims import Claim
from storage.postgres.database import Database

GOOD_FOR_S = 0.1  # so long an answer is used up before it is asked for anew


class Turns:
    """The next turns as last answered; used by one thread at a time.

    An answer names several steps, and asking is the dearest part of a claim. What somebody else
    took meanwhile cannot be claimed, and what came in meanwhile waits a moment at most.
    """

    def __init__(
        self, database: Database, worker: str, lease_s: float, limits: TitleLimits = NO_LIMITS
    ) -> None:
        self._database = database
        self._worker = worker
        self._lease_s = lease_s
        self.limits = limits
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
        self._asked_at = time.monotonic()
        with self._database.autocommit() as connection:
            self._turns = deque(next_turns(connection, room, self.limits))
        return self._claim_known(room)

    def _claim_known(self, room: Room) -> Claim | None:
        while turns := self._next_alike(room):
            claimed = self._claim(turns)
            for turn in turns:  # those before the one claimed are somebody else's by now
                self._turns.popleft()
                if claimed and turn.step_id == claimed.step_id:
                    return claimed
        return None

    def _next_alike(self, room: Room) -> list[Turn]:
        """Return the next turns that fit: one whose job waits, or all before the next such one."""
        going_on = takewhile(lambda turn: turn.fits(room) and not turn.job_waits, self._turns)
        return list(going_on) or [turn for turn in islice(self._turns, 1) if turn.fits(room)]

    def _claim(self, turns: Sequence[Turn]) -> Claim | None:
        if turns[0].job_waits:
            with self._database.begin() as session:
                return claims.claim_first(
                    session, turns[0], self._worker, self._lease_s, self.limits
                )
        with self._database.autocommit() as connection:
            ids = [turn.step_id for turn in turns]
            return claims.claim(connection, ids, self._worker, self._lease_s)
