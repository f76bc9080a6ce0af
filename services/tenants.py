"""The tenants of a farm as operators keep them, and what each may have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from farm.access import Caller
from farm.errors import Conflict, NotFound
from services.documents import TENANT, TenantPolicy, read_body
from services.keys import make_tenant
from services.locations import ITSELF
from storage.postgres import audit, documents, keys, quotas
from storage.postgres.database import Database, Transaction
from storage.postgres.models import TenantRow

ANY_NUMBER = 10**12


@dataclass(frozen=True, slots=True)
class TenantUse:
    """What a tenant has of the farm at this moment."""

    running_titles: int
    waiting_titles: int
    minutes_in_a_day: float


@dataclass(frozen=True, slots=True)
class TenantView:
    """A tenant, and what the farm holds it to; `version` is None before that was ever said."""

    name: str
    created_at: datetime
    disabled_at: datetime | None
    policy: TenantPolicy
    version: int | None
    use: TenantUse | None  # where it was asked for


def list_tenants(database: Database, caller: Caller, after: str, limit: int) -> list[TenantView]:
    """Return tenants by name; raise NotPermitted for no operator."""
    caller.check_operator()
    with database.begin(caller.tenant) as session:
        rows = keys.tenants(session, caller.tenant, after, limit)
        return [_view(session, row) for row in rows]


def create_tenant(
    database: Database, caller: Caller, name: str, policy: TenantPolicy | None = None
) -> TenantView:
    """Write down a tenant; raise Conflict for one that is there, NotPermitted for no operator."""
    if not make_tenant(database, caller, name):
        raise Conflict(f"there is a tenant {name} already: look at it", input=name)
    if policy is not None:
        return set_policy(database, caller, name, policy)
    return read_tenant(database, caller.as_operator(), name)


def read_tenant(database: Database, caller: Caller, name: str) -> TenantView:
    """Return a tenant with what it has under way; raise NotFound for another's."""
    with database.begin(caller.about(name).tenant) as session:
        view = _view(session, find(session, name))
        use = TenantUse(
            running_titles=quotas.running(session, name),
            waiting_titles=quotas.waiting(session, name, ANY_NUMBER),
            minutes_in_a_day=round(quotas.probed(session, name, 0).duration_s / 60, 3),
        )
    return replace(view, use=use)


def set_policy(database: Database, caller: Caller, name: str, policy: TenantPolicy) -> TenantView:
    """Hold a tenant to a policy from now on; raise NotPermitted for no operator."""
    owner = caller.as_operator().about(name)
    body = read_body(TenantPolicy, policy.model_dump(mode="json")).model_dump(mode="json")
    with database.begin(name) as session:
        find(session, name)
        row, is_new = documents.write(session, name, TENANT, ITSELF, body, caller.name)
        if is_new:
            audit.note(session, owner, "tenant.policy", name, version=row.version)
    return read_tenant(database, owner, name)


def set_disabled(database: Database, caller: Caller, name: str, disabled: bool) -> TenantView:
    """Let none of a tenant's keys hold, or again those that did; raise NotPermitted."""
    owner = caller.as_operator().about(name)
    with database.begin(name) as session:
        was = find(session, name).disabled_at is not None
        keys.disable(session, name, disabled)
        if disabled != was:
            audit.note(session, owner, "tenant.disabled" if disabled else "tenant.enabled", name)
    return read_tenant(database, owner, name)


def find(session: Transaction, name: str) -> TenantRow:
    """Return a tenant; raise NotFound where there is none of that name."""
    row = keys.tenant(session, name)
    if row is None:
        raise NotFound(f"there is no tenant {name}: check the name", input=name)
    return row


def _view(session: Transaction, row: TenantRow) -> TenantView:
    kept = documents.newest(session, row.name, TENANT, ITSELF)
    return TenantView(
        name=row.name,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        policy=TenantPolicy() if kept is None else TenantPolicy.model_validate(kept.body),
        version=None if kept is None else kept.version,
        use=None,
    )
