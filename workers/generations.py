"""An asset's generation book, kept in PostgreSQL."""

from __future__ import annotations

from farm.spec import JobSpec
from storage import generations
from storage.database import Database


class AssetGenerations:
    """The `GenerationBook` of one job's asset at its origin."""

    def __init__(self, database: Database, spec: JobSpec, job_id: str) -> None:
        self._database = database
        self._asset = (spec.origin, spec.tenant, spec.asset)
        self._job_id = job_id

    def reserve(self, digest: str) -> int:
        with self._database.begin() as session:
            return generations.reserve(session, *self._asset, digest, self._job_id)

    def publish(self, number: int) -> None:
        with self._database.begin() as session:
            generations.publish(session, *self._asset, number)
