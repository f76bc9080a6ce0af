"""What an asset has published, and will: its generations, as PostgreSQL numbers them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from farm.events import EventType, News
from farm.spec import JobSpec
from storage.postgres import events, generations, leases
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.generations import Asset


class AssetGenerations:
    """The `Publications` of one job's asset at its origin, for the step that publishes it.

    Every use takes the job's row before the asset's lock, or two attempts at one step could
    deadlock.
    """

    def __init__(self, database: Database, spec: JobSpec, claimed: Claim) -> None:
        self._database = database
        self._asset = Asset(spec.origin, spec.tenant, spec.asset)
        self._claimed = claimed

    def reserve(self, digest: str) -> int:
        with self._database.begin() as session:
            leases.secure(session, self._claimed)
            return generations.reserve(session, self._asset, digest, self._claimed.job_id).number

    @contextmanager
    def publishing(self, number: int) -> Iterator[bool]:
        with self._database.begin() as session:
            job = leases.secure(session, self._claimed)
            generations.lock(session, self._asset)
            job.superseded_by = generations.published_since(session, self._asset, job)
            yield job.superseded_by is None
            if job.superseded_by is None:
                generations.publish(session, self._asset, number, job)
                playable = {"asset": job.asset, "generation": number}
                events.tell(session, job.id, [News(EventType.TITLE_PLAYABLE, playable)])
            else:
                generations.keep_back(session, self._asset, number)
