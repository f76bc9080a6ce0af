"""Quotas: how much of the farm a tenant may have, looked at where titles are taken in."""

from __future__ import annotations

from dataclasses import dataclass

from farm.errors import QuotaExceeded
from farm.spec import JobSpec
from services.documents import TENANT, TenantPolicy, tenant_policy
from services.locations import ITSELF
from storage.postgres import quotas
from storage.postgres.database import Transaction
from storage.postgres.statements import Connected

S_A_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class WaitingRoom:
    """How many more titles of a tenant may wait, of so many in all; below zero for too many."""

    tenant: str
    limit: int
    left: int

    def refusal(self) -> QuotaExceeded:
        """Return what is said of a title for which there is no room."""
        return QuotaExceeded(
            f"tenant {self.tenant} has {self.limit - self.left} titles that wait, of {self.limit}"
            " it may: wait until some have begun, or cancel some",
            input=self.tenant,
            quota="waiting_titles",
            limit=self.limit,
        )


def check(session: Transaction, spec: JobSpec) -> None:
    """Return if the title may be taken in; raise QuotaExceeded otherwise. Tests always may.

    Exact for titles that wait: whoever takes in titles under a quota does so one after the other,
    from here to the end of the transaction, however many requests come at once. Minutes are known
    once a source was probed: of titles that wait and were not, any number may be there.
    """
    if spec.mode == "test":
        return
    tenant = spec.tenant
    policy = tenant_policy(session, tenant)
    room = waiting_room(session, tenant, policy)
    if room is not None and room.left <= 0:
        raise room.refusal()
    check_minutes(session, tenant, policy)


def waiting_room(
    session: Transaction, tenant: str, policy: TenantPolicy | None = None
) -> WaitingRoom | None:
    """Return how many more titles of the tenant may wait, None where any number may.

    Nobody else takes in titles of a tenant that has this quota until the transaction ends.
    """
    limit = (policy or tenant_policy(session, tenant)).waiting_titles
    if limit is None:
        return None
    quotas.take_turn(session, tenant)
    return WaitingRoom(tenant, limit, limit - quotas.waiting(session, tenant, limit))


def cut_short(error: QuotaExceeded, done: int) -> QuotaExceeded:
    """Return what is said where titles were retried until the quota was used up."""
    told = f"{done} titles are made again, then the quota was used up: {error.message}"
    return QuotaExceeded(told, **{**error.detail, "done": done})


def check_minutes(session: Transaction, tenant: str, policy: TenantPolicy | None = None) -> None:
    """Return if the tenant has minutes of source left for today; raise QuotaExceeded otherwise."""
    minutes = (policy or tenant_policy(session, tenant)).minutes_a_day
    if minutes is None:
        return
    probed = quotas.probed(session, tenant, minutes * S_A_MINUTE)
    if probed.duration_s < minutes * S_A_MINUTE:
        return
    raise QuotaExceeded(
        f"tenant {tenant} has had {probed.duration_s / S_A_MINUTE:.1f} minutes of source probed"
        f" within 24 hours, of {minutes:g} it may: wait until some of that is longer ago",
        input=tenant,
        quota="minutes_a_day",
        limit=minutes,
        # A quota of 0 never has room: asking again tomorrow is soon enough.
        retry_after_s=probed.below_in_s or 24 * 3600.0,
    )


def running_limits(there: Connected) -> dict[str, int]:
    """Return how many titles may be in progress of tenants that have a limit of their own."""
    return quotas.running_limits(there, TENANT, ITSELF)
