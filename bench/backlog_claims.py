"""How many claims a second several workers make of one backlog, through the code a worker uses."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from bench.backlog_calls import ROOMS
from storage.postgres.admission import TitleLimits
from storage.postgres.database import Database
from workers.engine.turns import Turns

CLAIMERS = 8
START_WITHIN_S = 10.0  # interpreters come up meanwhile
LEASE_S = 3600.0
GIVE_UP_AFTER = 5


def claims_per_s(url: str, limits: TitleLimits, for_s: float) -> float:
    """Return claims per second of `CLAIMERS` processes, until nothing is left or time is up."""
    start_at = time.time() + START_WITHIN_S
    with ProcessPoolExecutor(CLAIMERS, mp_context=get_context("spawn")) as processes:
        each = [
            processes.submit(_claim, url, f"bench:{number}", limits, start_at, for_s)
            for number in range(CLAIMERS)
        ]
        done = [future.result() for future in each]
    return sum(claims for claims, _ in done) / max(took_s for _, took_s in done)


def _claim(
    url: str, worker: str, limits: TitleLimits, start_at: float, for_s: float
) -> tuple[int, float]:
    """Claim whatever there is; return how many steps that were, and the seconds to the last one."""
    database = Database(url, pool_size=1, few_statements=True)
    turns = Turns(database, worker, LEASE_S, limits)
    database.ping()
    time.sleep(max(0.0, start_at - time.time()))
    began = last = time.monotonic()
    claims, in_vain = 0, 0
    while last - began < for_s and in_vain < GIVE_UP_AFTER:
        if turns.claim_next(ROOMS[0]) is None:  # others were faster, or nothing is left
            in_vain += 1
            continue
        claims, in_vain, last = claims + 1, 0, time.monotonic()
    database.close()
    return claims, max(last - began, 1e-3)
