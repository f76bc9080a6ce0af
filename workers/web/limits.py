"""What a fetch may take: bytes, and time, whoever it waits for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What a fetch may take."""

    connect_s: float  # the look-up, each address tried, and the TLS handshake: so long each
    silence_s: float  # longest wait for another byte
    total_s: float  # everything, redirects too
    size_bytes: int  # of the answer's body


SOURCE = FetchLimits(connect_s=10.0, silence_s=30.0, total_s=12 * 3600.0, size_bytes=512 << 30)
QUESTION = FetchLimits(connect_s=10.0, silence_s=30.0, total_s=60.0, size_bytes=0)
CALL = FetchLimits(connect_s=5.0, silence_s=10.0, total_s=10.0, size_bytes=64 << 10)


class Deadline:
    """How much longer a fetch may take, and whether it is wanted at all."""

    def __init__(self, limits: FetchLimits, check: Callable[[], None]) -> None:
        """`check` raises when the fetch is not wanted any more."""
        self.limits = limits
        self._check = check
        self._ends_at = time.monotonic() + limits.total_s

    def wait_s(self, at_most: float) -> float:
        """Return how long to wait for the next thing; raise TimeoutError when time is up."""
        self._check()
        left_s = self._ends_at - time.monotonic()
        if left_s <= 0:
            raise TimeoutError(f"not done in {self.limits.total_s:g} s")
        return min(at_most, left_s)
