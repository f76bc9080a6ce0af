"""How a Redis may be named: by the URLs that all of the farm's clients of it understand."""

from __future__ import annotations

from farm.errors import InvalidSpec

BROKERS = ("redis://", "rediss://", "redis+socket://")


def checked_broker(url: str) -> str:
    """Return a URL of Redis; raise InvalidSpec, without repeating it, for one of another kind.

    It may hold a password. Celery knows more kinds, Sentinel's among them, but rate limits have
    connections of their own, and nobody has tried what a change of primaries does to the farm.
    """
    if url.startswith(BROKERS):
        return url
    sentinel = (
        "; Sentinel is not asked for the primary: name an address that always leads to it"
        if "sentinel" in url.partition("://")[0]
        else ""
    )
    raise InvalidSpec(f"REELFARM_BROKER_URL must begin with {' or '.join(BROKERS)}{sentinel}")
