"""The settings of a fault farm: quick leases and beats, and where everything is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from farm.settings import Settings
from tests.faults.servers import Places, Servers, credentials

# Small, so that a fault and its repair fit into a test; the relations are those of the defaults.
QUICK = {
    "REELFARM_LEASE_S": "3",
    "REELFARM_HEARTBEAT_S": "1",
    "REELFARM_RECONCILE_S": "0.5",
    "REELFARM_WAKE_AGAIN_S": "2",
    "REELFARM_BACKOFF_S": "0.5",
    "REELFARM_GRACE_S": "2",
    "REELFARM_ENCODE_SLOTS": "3",
    "REELFARM_CORES": "1",
    "REELFARM_SOURCES": "any",
    "REELFARM_ORIGINS": "any",
}


def shared_variables(places: Places, settings: Mapping[str, str]) -> dict[str, str]:
    """Return what all processes of a farm have in their environment, `settings` above all."""
    return {**QUICK, **settings, **credentials(places), "REELFARM_WORK_URL": places.work}


def desk_settings(
    variables: Mapping[str, str], servers: Servers, places: Places, folder: Path
) -> Settings:
    """Return the settings of the tests' own access: the same, without proxies in between."""
    shared = {
        name.removeprefix("REELFARM_").lower(): value
        for name, value in variables.items()
        if name.startswith("REELFARM_")
    }
    s3 = {"s3_endpoint_url": places.s3.endpoint_url} if places.s3 else {}
    own = {
        "state_dir": folder / "desk",
        "database_url": servers.database_url,
        "broker_url": servers.broker_url,
    }
    return Settings.model_validate({**shared, **s3, **own})
