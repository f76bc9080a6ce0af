"""What the farm as a whole could do now, for steps that plan a title."""

from __future__ import annotations

from collections.abc import Sequence

from farm.devices import DeviceReport
from farm.settings import Settings
from farm.spec import JobSpec
from storage.postgres import devices, fleet
from storage.postgres.database import Database


def encode_slots(database: Database, settings: Settings, cores_per_chunk: float) -> int:
    """Return how many chunks to encode at once: as set, or as many as the farm has room for."""
    if settings.encode_slots:
        return settings.encode_slots
    with database.begin() as session:
        slots = fleet.encode_slots(session, cores_per_chunk, within_s=settings.lease_s)
        known = devices.usable(session, settings.lease_s)
        return max(slots, sum(device.encodes for device in known))


def devices_to_plan_for(
    database: Database, settings: Settings, spec: JobSpec
) -> Sequence[DeviceReport]:
    """Return the devices that may have a part in a title.

    What takes nothing else waits for those that are away, and is planned for them.
    """
    with database.autocommit() as connection:
        awaited = spec.device == "require"
        return devices.usable(connection, settings.lease_s, awaited=awaited)
