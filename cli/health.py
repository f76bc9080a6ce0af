"""Asking a part how it is: by its sign of life, or over HTTP."""

from __future__ import annotations

import httpcore

from farm.settings import Settings

PART_PORTS = {"api": 8000, "flower": 5555}
PATHS = {("api", False): "/healthz", ("api", True): "/readyz"}
FLOWER_PATH = "/healthcheck"  # the only page it shows without a password
ANSWERS_WITHIN_S = 8.0
WAITS = dict.fromkeys(("connect", "read", "write", "pool"), ANSWERS_WITHIN_S)


def health_of(part: str, ready: bool, port: int | None, settings: Settings) -> tuple[bool, str]:
    """Return whether a part on this machine is well, and what there is to say about it."""
    if part in PART_PORTS:
        path = PATHS.get((part, ready), FLOWER_PATH)
        return _ask(part, f"http://127.0.0.1:{port or PART_PORTS[part]}{path}")
    from workers.monitoring.liveness import health_from_beats

    found = health_from_beats(settings, part, ready)
    return found.well, found.line


def _ask(part: str, url: str) -> tuple[bool, str]:
    try:
        # No proxy of the environment is asked: those are for the world outside.
        answer = httpcore.request("GET", url, extensions={"timeout": WAITS})
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        return False, f"{part}: {url} does not answer: {error}"
    if answer.status < 300:
        return True, f"{part}: {url} answers {answer.status}"
    said = " ".join(answer.content.decode("utf-8", "replace")[:2000].split())
    return False, f"{part}: {url} answers {answer.status}: {said}"
