"""Endpoints: receivers of webhooks that a tenant sets up, and the secrets that sign for them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from farm.access import Caller
from farm.errors import Conflict, InvalidSpec, NotFound
from farm.events import EventType
from farm.signing import SigningSecrets, new_secret
from farm.web_address import shown_url
from storage.postgres import audit, endpoints
from storage.postgres.database import Database, Transaction
from storage.postgres.endpoints import EndpointPlace, EndpointRow
from storage.postgres.models import Endpoint

MOST = 50  # of a tenant: every event is written once for each that wants it
OLD_SECRET_HOLDS = timedelta(hours=24)
LONGEST_ROTATION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class EndpointAndSecret:
    """An endpoint just made or rotated: the only moment in which its secret is told."""

    row: EndpointRow
    secret: str = field(repr=False)


def make_endpoint(
    database: Database,
    caller: Caller,
    url: str,
    events: Collection[EventType],
    description: str = "",
    enabled: bool = True,
) -> EndpointAndSecret:
    """Return a new endpoint of the tenant the caller acts for, with the secret that signs for it.

    Raises Conflict where the tenant has as many as it may.
    """
    secrets = SigningSecrets(new_secret())
    with database.begin(caller.tenant) as session:
        if endpoints.count(session, caller.acts_for) >= MOST:
            raise Conflict(f"{caller.acts_for} has {MOST} endpoints, the most there may be")
        row = Endpoint(
            id=uuid.uuid4().hex,
            tenant=caller.acts_for,
            url=url,
            description=description,
            events=[kind.value for kind in events],
        )
        made = endpoints.add(session, row, secrets, enabled)
        audit.note(session, caller, "endpoint.made", made.id, **_told(made))
    return EndpointAndSecret(made, secrets.current)


def list_endpoints(
    database: Database, caller: Caller, after: EndpointPlace | None, limit: int
) -> Sequence[EndpointRow]:
    """Return the caller's endpoints, those made first first."""
    with database.begin(caller.tenant) as session:
        return endpoints.listed(session, caller.tenant, after, limit)


def read_endpoint(database: Database, caller: Caller, endpoint_id: str) -> EndpointRow:
    """Return one endpoint; raise NotFound where the caller has no such one, as all of these do."""
    with database.begin(caller.tenant) as session:
        return _known(endpoints.find(session, caller.tenant, endpoint_id), endpoint_id)


def held_endpoint(session: Transaction, caller: Caller, endpoint_id: str) -> EndpointRow:
    """Return one endpoint, which stays as it is until the transaction ends.

    Raises NotFound as `read_endpoint`, and Conflict for one that is disabled.
    """
    row = _known(endpoints.find(session, caller.tenant, endpoint_id, hold=True), endpoint_id)
    if not row.enabled:
        raise Conflict(
            f"the endpoint {endpoint_id} is disabled: enable it first", input=endpoint_id
        )
    return row


def change_endpoint(
    database: Database,
    caller: Caller,
    endpoint_id: str,
    url: str | None = None,
    events: Collection[EventType] | None = None,
    description: str | None = None,
    enabled: bool | None = None,
) -> EndpointRow:
    """Change what is given of an endpoint. What is owed goes to the new URL.

    While it is disabled nothing is written for it, and what is owed at that moment is given up.
    """
    changes: dict[str, Any] = {
        "url": url,
        "description": description,
        "events": None if events is None else [kind.value for kind in events],
    }
    given = {name: value for name, value in changes.items() if value is not None}
    with database.begin(caller.tenant) as session:
        changed = endpoints.change(session, caller.tenant, endpoint_id, given, enabled)
        row = _known(changed, endpoint_id)
        audit.note(session, caller, "endpoint.changed", row.id, **_told(row))
    return row


def rotate_secret(
    database: Database, caller: Caller, endpoint_id: str, until: datetime | None = None
) -> EndpointAndSecret:
    """Return an endpoint with a new secret; the old one signs too until then, or for a day.

    Raises InvalidSpec for a time that is too far away; one that is past ends the old one at once.
    """

    def ends(now: datetime) -> datetime:
        if until is None:
            return now + OLD_SECRET_HOLDS
        if until > now + LONGEST_ROTATION:
            message = f"give a time within {LONGEST_ROTATION.days} days: two secrets are weaker"
            raise InvalidSpec(
                f"old_secret_expires_at: {message}",
                fields=[{"field": "old_secret_expires_at", "message": message}],
            )
        return until

    with database.begin(caller.tenant) as session:
        rotated = endpoints.rotate(session, caller.tenant, endpoint_id, ends)
        if rotated is None:
            raise _unknown(endpoint_id)
        row, secret = rotated
        old_until = row.old_secret_expires_at
        audit.note(
            session,
            caller,
            "endpoint.rotated",
            row.id,
            old_secret_expires_at=None if old_until is None else old_until.isoformat(),
        )
    return EndpointAndSecret(row, secret)


def remove_endpoint(database: Database, caller: Caller, endpoint_id: str) -> None:
    """Remove an endpoint: nothing is sent to it any more, and its secrets are forgotten."""
    with database.begin(caller.tenant) as session:
        row = _known(endpoints.remove(session, caller.tenant, endpoint_id), endpoint_id)
        audit.note(session, caller, "endpoint.removed", row.id, **_told(row))


def _told(row: EndpointRow) -> dict[str, Any]:
    """Return what the audit log has of an endpoint: no secret, be it in the URL's query."""
    return {"url": shown_url(row.url), "events": [*row.events], "enabled": row.enabled}


def _known(row: EndpointRow | None, endpoint_id: str) -> EndpointRow:
    if row is None:
        raise _unknown(endpoint_id)
    return row


def _unknown(endpoint_id: str) -> NotFound:
    return NotFound(f"there is no endpoint {endpoint_id}: check the id", input=endpoint_id)
