"""What a full cache lets go: what was not used for longest, and last what titles still need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PINNED_SHARE = 2.0  # of the limit: so much stays for unfinished titles, then the oldest go
PASSING_SHARE = 0.1  # of the limit: beside that, for what only passes through


@dataclass(frozen=True, slots=True)
class Held:
    """A file in the cache; `is_pinned` where an unfinished job holds it."""

    is_pinned: bool
    used_at_ns: int
    size_bytes: int
    path: Path


@dataclass(frozen=True, slots=True)
class Eviction:
    """What goes, and how much stays; `pinned_bytes` of that are held by unfinished jobs."""

    gone: tuple[Held, ...]
    kept_bytes: int
    pinned_bytes: int


def evict(held: Iterable[Held], limit_bytes: int, share: float, pinned_share: float) -> Eviction:
    """Return what goes so that `share` of the limit stays, the file that reaches over it included.

    What unfinished jobs hold stays up to `pinned_share` of the limit, whatever `share` says. Where
    that is more, a little stays beside it: not each file that passes through shall evict others.
    """
    ordered = sorted(held, key=lambda one: (one.is_pinned, one.used_at_ns), reverse=True)
    gone: list[Held] = []
    kept_bytes = pinned_bytes = 0
    for one in ordered:
        mark = limit_bytes * (pinned_share if one.is_pinned else share)
        if share and pinned_bytes and not one.is_pinned:
            mark = max(mark, pinned_bytes + limit_bytes * PASSING_SHARE)
        if kept_bytes < mark:
            kept_bytes += one.size_bytes
            pinned_bytes += one.size_bytes * one.is_pinned
        else:
            gone.append(one)
    return Eviction(tuple(gone), kept_bytes, pinned_bytes)


def full_bytes(limit_bytes: int, pinned_bytes: int) -> int:
    """Return beyond how much a cache is full in which so much is held by unfinished jobs."""
    return max(limit_bytes, pinned_bytes + int(limit_bytes * 2 * PASSING_SHARE))
