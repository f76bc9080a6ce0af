"""Requests a minute, counted in Redis: a moving window that all processes of the API share.

Redis may forget or be away at any time, and a limit must not take the API down with it: then
nobody is held to one.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from farm.errors import StorageUnavailable
from storage.wakeups import Wakeups

if TYPE_CHECKING:
    from limits.strategies import MovingWindowRateLimiter

log = logging.getLogger("reelfarm.api")

WINDOW_S = 60
PATIENCE_S = 0.3  # with Redis, of a request that somebody waits for
ASK_AGAIN_S = 5.0  # so long Redis is left alone once it did not answer
TELL_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What was left of a limit when a request came."""

    allowed: bool
    limit: int
    remaining: int
    frees_in_s: float  # until the oldest request that counts no longer does


class RequestRates:
    """The requests of the last minute, by whom."""

    def __init__(self, wakeups: Wakeups) -> None:
        """`wakeups` know the way to Redis."""
        self._wakeups = wakeups
        self._limiter: MovingWindowRateLimiter | None = None
        self._connecting = threading.Lock()
        self._away_until = self._tell_again_at = float("-inf")

    def take(self, name: str, limit: int) -> Allowance | None:
        """Count a request of `name` unless it made `limit` within a minute; say what is left.

        Returns None while Redis is away.
        """
        from limits import RateLimitItemPerMinute

        if time.monotonic() < self._away_until:
            return None
        item = RateLimitItemPerMinute(limit)
        try:
            limiter = self._limiter or self._connect()
            allowed = limiter.hit(item, name)
            left = limiter.get_window_stats(item, name)
        except (RedisError, OSError, StorageUnavailable) as error:
            self._note_away(error)
            return None
        frees_in_s = min(max(0.0, left.reset_time - time.time()), float(WINDOW_S))
        return Allowance(allowed, limit, max(0, left.remaining), frees_in_s)

    def _connect(self) -> MovingWindowRateLimiter:
        from limits.storage import RedisStorage
        from limits.strategies import MovingWindowRateLimiter

        with self._connecting:
            if self._limiter is None:
                pool = self._wakeups.redis_pool(PATIENCE_S)
                storage = RedisStorage("redis://", connection_pool=pool, key_prefix="reelfarm.rate")
                self._limiter = MovingWindowRateLimiter(storage)
            return self._limiter

    def _note_away(self, error: Exception) -> None:
        now = time.monotonic()
        self._away_until = now + ASK_AGAIN_S
        if now >= self._tell_again_at:
            self._tell_again_at = now + TELL_EVERY_S
            log.warning("nobody is held to requests a minute: Redis did not answer: %s", error)
