"""How many requests a minute a tenant may send: its own limit, or the farm's."""

from __future__ import annotations

import time

from farm.access import EVERY_TENANT, Caller
from farm.errors import RateLimited
from farm.settings import Settings
from services.documents import tenant_policy
from storage.postgres.database import Database
from storage.rates import Allowance, RequestRates
from storage.wakeups import Wakeups

GOOD_FOR_S = 5.0  # so long a policy counts before it is read anew: a query less for each request


class RequestLimits:
    """Counts the requests of each tenant, all its keys together, operators as one of their own."""

    def __init__(self, database: Database, wakeups: Wakeups, settings: Settings) -> None:
        self._database = database
        self._rates = RequestRates(wakeups)
        self._default = settings.requests_a_minute
        self._known: dict[str, tuple[float, int]] = {}  # when it was read, and what it said

    def take(self, caller: Caller) -> Allowance | None:
        """Count a request and return what is left; None where there is no limit, or Redis is away.

        `refuse` tells whoever was not allowed to.
        """
        limit = self._limit(caller.key_tenant)
        return self._rates.take(caller.key_tenant, limit) if limit else None

    def _limit(self, tenant: str) -> int:
        if tenant == EVERY_TENANT:
            return self._default
        read_at, limit = self._known.get(tenant, (float("-inf"), 0))
        if time.monotonic() - read_at > GOOD_FOR_S:
            with self._database.begin(tenant) as session:
                own = tenant_policy(session, tenant).requests_a_minute
            limit = self._default if own is None else own
            self._known[tenant] = time.monotonic(), limit
        return limit


def refuse(caller: Caller, allowance: Allowance) -> RateLimited:
    """Return what a caller is told who sent too many."""
    return RateLimited(
        f"tenant {caller.key_tenant} sent {allowance.limit} requests within a minute, which is all"
        " it may: wait a moment",
        input=caller.key_tenant,
        limit=allowance.limit,
        retry_after_s=allowance.frees_in_s,
    )
