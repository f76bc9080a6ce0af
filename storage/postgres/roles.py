"""The role of the API: no superuser, so that row-level security stands beneath what it asks."""

from __future__ import annotations

from storage.postgres.database import Database

API_ROLE = "reelfarm_api"  # made by the migrations, with what it may do


def open_as_api(url: str, pool_size: int) -> Database:
    """Return the farm's database as the API is to use it, whoever the URL is of.

    A member of the role may take it on; so may whoever ran the migrations.
    """
    return Database(url, pool_size=pool_size, role=API_ROLE)
