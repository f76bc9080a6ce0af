"""Deliveries to endpoints: looked at, tried, and asked for again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from farm.access import Caller
from farm.errors import Conflict, NotFound
from services.endpoints import held_endpoint
from storage.postgres import audit, deliveries
from storage.postgres.database import Database
from storage.postgres.deliveries import DeliveryFilter, DeliveryRow

AT_ONCE = 500  # deliveries asked for again in one transaction


def list_deliveries(
    database: Database, caller: Caller, wanted: DeliveryFilter, before: int | None, limit: int
) -> Sequence[DeliveryRow]:
    """Return the caller's deliveries that match, the newest first."""
    with database.begin(caller.tenant) as session:
        return deliveries.listed(session, caller.tenant, wanted, before, limit)


def read_delivery(database: Database, caller: Caller, delivery_id: int) -> DeliveryRow:
    """Return one delivery; raise NotFound where the caller has no such one."""
    with database.begin(caller.tenant) as session:
        return _known(deliveries.find(session, caller.tenant, delivery_id), delivery_id)


def redeliver(database: Database, caller: Caller, delivery_id: int) -> DeliveryRow:
    """Owe a delivery once more, whatever became of it, and return it.

    Raises NotFound where the caller has no such one, Conflict where its endpoint takes none.
    """
    with database.begin(caller.tenant) as session:
        found = _known(deliveries.find(session, caller.tenant, delivery_id), delivery_id)
        if found.endpoint_id is not None:
            try:
                held_endpoint(session, caller, found.endpoint_id)
            except NotFound as error:
                raise Conflict(
                    f"the endpoint of delivery {delivery_id} was removed", input=str(delivery_id)
                ) from error
        owed = _known(deliveries.owe_again(session, caller.tenant, delivery_id), delivery_id)
        audit.note(session, caller, "delivery.redelivered", str(delivery_id), event=owed.event)
    return owed


def redeliver_since(
    database: Database, caller: Caller, endpoint_id: str, since: datetime, everything: bool
) -> int:
    """Owe an endpoint once more what was written since then and failed, or everything.

    Returns how many. Some at a time: what is cut short can be asked for again. Raises as
    `redeliver`.
    """
    total, last = 0, 0
    with database.begin(caller.tenant) as session:
        held_endpoint(session, caller, endpoint_id)
        audit.note(
            session,
            caller,
            "endpoint.redelivered",
            endpoint_id,
            since=since.isoformat(),
            all=everything,
        )
        newest = deliveries.newest_of(session, endpoint_id)
    while last < newest:
        with database.begin(caller.tenant) as session:
            held_endpoint(session, caller, endpoint_id)
            owed = deliveries.owe_again_since(
                session, endpoint_id, since, everything, range(last + 1, newest + 1), AT_ONCE
            )
        total += len(owed)
        if len(owed) < AT_ONCE:
            break
        last = owed[-1]
    return total


def send_test(database: Database, caller: Caller, endpoint_id: str) -> DeliveryRow:
    """Owe an endpoint a call that tells of nothing, and return it; raises as `redeliver`."""
    with database.begin(caller.tenant) as session:
        endpoint = held_endpoint(session, caller, endpoint_id)
        owed = deliveries.add_test(session, endpoint)
        audit.note(session, caller, "endpoint.tested", endpoint_id)
    return owed


def _known(row: DeliveryRow | None, delivery_id: int) -> DeliveryRow:
    if row is None:
        raise NotFound(f"there is no delivery {delivery_id}: check the id", input=str(delivery_id))
    return row
