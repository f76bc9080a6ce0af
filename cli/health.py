"""Asking a part how it is: by its sign of life, or over HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request

from farm.settings import Settings

PORTS = {"api": 8000, "flower": 5555}
PATHS = {("api", False): "/healthz", ("api", True): "/readyz"}
FLOWER_PATH = "/healthcheck"  # the only page it shows without a password
ANSWERS_WITHIN_S = 8.0


def health_of(part: str, ready: bool, port: int | None, settings: Settings) -> tuple[bool, str]:
    """Return whether a part on this machine is well, and what there is to say about it."""
    if part in PORTS:
        path = PATHS.get((part, ready), FLOWER_PATH)
        return _ask(part, f"http://127.0.0.1:{port or PORTS[part]}{path}")
    from workers.monitoring.liveness import health

    found = health(settings, part, ready)
    return found.well, found.line


def _ask(part: str, url: str) -> tuple[bool, str]:
    # A proxy of the environment is for the world outside.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ANSWERS_WITHIN_S) as answer:
            return True, f"{part}: {url} answers {answer.status}"
    except urllib.error.HTTPError as error:
        said = " ".join(error.read(2000).decode("utf-8", "replace").split())
        return False, f"{part}: {url} answers {error.code}: {said}"
    except OSError as error:
        return False, f"{part}: {url} does not answer: {getattr(error, 'reason', error)}"
