"""A source at an http:// or https:// URL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from farm.settings import Settings
from farm.web_address import Place
from services.allowed import Allowed
from workers.web.limits import SOURCE


class WebSource:
    """What a URL leads to; at most `at_most_bytes` of it, where that is given."""

    def __init__(
        self, url: str, settings: Settings, allowed: Allowed, at_most_bytes: int | None
    ) -> None:
        self._url = url
        self._settings = settings
        self._allowed = allowed
        self._limits = replace(SOURCE, size_bytes=at_most_bytes) if at_most_bytes else SOURCE

    def identify(self) -> dict[str, Any]:
        """Return its size, ETag and time of change, None for what the server does not tell."""
        from workers.web.fetch import identity

        return identity(self._url, self._settings, check_place=self._check)

    def download(
        self, target: Path, identity: dict[str, Any], check_wanted: Callable[[], None]
    ) -> None:
        """Write it to `target`, whatever it is now: those who know its digest compare that.

        (Servers behind one name often tell different ETags and times for the same content.)
        """
        from workers.web.fetch import download_url

        del identity
        download_url(
            self._url,
            target,
            self._settings,
            check=check_wanted,
            check_place=self._check,
            limits=self._limits,
        )

    def _check(self, place: Place) -> None:
        self._allowed.check_host(place.scheme, place.host, place.port)
