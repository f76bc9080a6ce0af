"""Whose turn it is, asked of PostgreSQL a few steps at a time."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, takewhile

from farm.errors import StorageUnavailable
from farm.plan import Resource
from storage.postgres import claims, decoders, devices
from storage.postgres.admission import (
    NO_LIMITS,
    FreeDevice,
    Room,
    TitleLimits,
    Turn,
    next_turns,
)
from storage.postgres.claims import Claim
from storage.postgres.database import Database

log = logging.getLogger("reelfarm.worker")

GOOD_FOR_S = 0.1  # so long an answer is used up before it is asked for anew


class Turns:
    """The next turns as last answered; used by one thread at a time.

    An answer names several steps, and asking is the dearest part of a claim. What somebody else
    took meanwhile cannot be claimed, and what came in meanwhile waits a moment at most.
    """

    def __init__(
        self,
        database: Database,
        worker: str,
        lease_s: float,
        limits: TitleLimits = NO_LIMITS,
        device_keys: Sequence[str] = (),
        decoder_keys: Sequence[str] = (),
    ) -> None:
        """`device_keys` are those of the worker's devices: without any, nobody is asked of them.

        `decoder_keys`: those of devices that decode alone.
        """
        self._database = database
        self._worker = worker
        self._lease_s = lease_s
        self.limits = limits
        self._device_keys = device_keys
        self._decoder_keys = decoder_keys
        self._free: tuple[FreeDevice, ...] = ()
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

    def fits(self, turn: Turn, room: Room) -> bool:
        """Return whether a turn fits into `room`, with what was free of devices lately."""
        return turn.fits(replace(room, devices=self._free))

    def _claim_asked(self, room: Room) -> Claim | None:
        self._asked_at = time.monotonic()
        with self._database.autocommit() as connection:
            if self._device_keys:
                self._free = devices.free(connection, self._device_keys)
            room = replace(room, devices=self._free)
            self._turns = deque(next_turns(connection, room, self.limits))
        return self._claim_known(room)

    def _claim_known(self, room: Room) -> Claim | None:
        while turns := self._next_alike(replace(room, devices=self._free)):
            claimed = self._claim(turns)
            for turn in turns:  # those before the one claimed are somebody else's by now
                self._turns.popleft()
                if claimed and turn.step_id == claimed.step_id:
                    return claimed
        return None

    def _next_alike(self, room: Room) -> list[Turn]:
        """Return the next turns that fit: one that is claimed apart, or all before the next one.

        Those are turns whose job waits, and those that need a device.
        """
        going_on = takewhile(lambda turn: turn.fits(room) and not _is_apart(turn), self._turns)
        return list(going_on) or [turn for turn in islice(self._turns, 1) if turn.fits(room)]

    def _claim(self, turns: Sequence[Turn]) -> Claim | None:
        if turns[0].resource == Resource.GPU:
            return self._claim_with_device(turns[0])
        claimed = self._claim_first_of(turns)
        return self._with_decoder(claimed) if claimed and self._decoder_keys else claimed

    def _claim_first_of(self, turns: Sequence[Turn]) -> Claim | None:
        if turns[0].job_waits:
            with self._database.begin() as session:
                return claims.claim_first(
                    session, turns[0], self._worker, self._lease_s, self.limits
                )
        with self._database.autocommit() as connection:
            ids = [turn.step_id for turn in turns]
            return claims.claim(connection, ids, self._worker, self._lease_s)

    def _claim_with_device(self, turn: Turn) -> Claim | None:
        """Lease a step with the device that has most to spare, of those that have enough."""
        for device in sorted(self._free, key=lambda each: -each.sessions):
            with self._database.begin() as session:
                claimed = devices.claim_with_device(
                    session, turn, device.key, self._worker, self._lease_s
                )
                self._free = devices.free(session, self._device_keys)
            if claimed is not None:
                return claimed
        return None

    def _with_decoder(self, claimed: Claim) -> Claim:
        """Return a claim with the device that decodes for it, where it wants one and one is free.

        A decode that is not free now is not waited for: the processor has the step already.
        """
        if not claimed.params.get("share"):
            return claimed
        try:
            with self._database.begin() as session:
                keys = decoders.by_load(session, self._decoder_keys)
            for key in keys:
                with self._database.begin() as session:
                    lent = decoders.lend(session, claimed, key)
                if lent is not None:
                    return replace(claimed, device=lent)
        except StorageUnavailable as error:  # the step is ours, and is done without
            log.warning("%s is decoded on the processor: %s", claimed.key, error.message)
        return claimed


def _is_apart(turn: Turn) -> bool:
    return turn.job_waits or turn.resource == Resource.GPU
