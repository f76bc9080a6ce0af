"""How many titles may be in progress now: as the settings say, and operators of single tenants."""

from __future__ import annotations

import time

from farm.settings import Settings
from services.quotas import running_limits
from storage.postgres.admission import TitleLimits
from storage.postgres.database import Database

GOOD_FOR_S = 5.0  # so long what operators said counts before it is read anew


class CurrentLimits:
    """The limits for claims; used by one thread at a time."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._limits = TitleLimits()
        self._read_at = float("-inf")

    def now(self) -> TitleLimits:
        """Return the limits as they were some seconds ago at most."""
        if time.monotonic() - self._read_at > GOOD_FOR_S:
            with self._database.autocommit() as connection:
                of_tenants = running_limits(connection)
            self._limits = TitleLimits(
                self._settings.titles_in_progress,
                self._settings.titles_in_progress_per_tenant,
                of_tenants,
            )
            self._read_at = time.monotonic()
        return self._limits
