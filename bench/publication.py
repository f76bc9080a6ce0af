"""A title moved to S3, as the publish step does and with bare boto3, and what that took."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
from botocore.config import Config

from bench.farm import LADDER
from farm.command import Command, Finished
from farm.facts import Packaged, Published, Verdict
from farm.parts import FileRef, Part
from farm.plan import Resource, StepPlan
from farm.serial import from_json, to_json
from farm.settings import Settings
from farm.spec import JobSpec
from planning.params import PublishParams
from services.locations import load_locations
from services.publications import AssetGenerations
from storage.objects.parallel import Transfers, in_parallel
from storage.objects.stores import open_store, work_store
from storage.postgres import claims, jobs
from storage.postgres.admission import Turn
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from workers.engine.outputs import Outputs
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.steps import publish
from workers.steps.contract import StepContext


@dataclass(frozen=True, slots=True)
class Spent:
    """What moving the title once took, this process's CPU time included."""

    wall_s: float
    cpu_s: float


def bare_client(settings: Settings) -> Any:
    """Return boto3's own client for the server of the settings, to compare with."""
    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        region_name=settings.s3_region,
        config=Config(
            max_pool_connections=settings.s3_concurrency,
            s3={"addressing_style": settings.s3_addressing},
            # A newer kind of checksum, which servers like Swift do not know.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@dataclass(frozen=True, slots=True)
class Bench:
    """The title in a work store on disk, and a bucket to move it to."""

    settings: Settings
    database: Database
    bucket: str
    files: dict[str, FileRef]
    transfers: Transfers

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files.values())

    def publish(self, folder: str) -> Spent:
        """Publish the title below `folder` of the bucket, as a worker does."""
        spec = JobSpec(
            asset="title", source="none", origin=f"s3://{self.bucket}/{folder}", ladder=LADDER
        )
        claimed = self._claim(spec)
        with TemporaryDirectory(dir=self.settings.state_dir) as scratch, measured() as spent:
            context = self._context(claimed, spec, Path(scratch))
            published = from_json(Published, publish.run(context).products[""].facts)
        if published.objects != len(self.files) + 2:
            sys.exit(f"published {published.objects} objects instead of {len(self.files) + 2}")
        return spent[0]

    def transfer(self, folder: str) -> Spent:
        """Put the same files below `folder` with nothing but boto3."""
        client = bare_client(self.settings)
        root = Path(self.settings.work)

        def put(item: tuple[str, FileRef]) -> None:
            name, file = item
            with (root / file.key).open("rb") as body:
                client.put_object(Bucket=self.bucket, Key=f"{folder}/{name}", Body=body)

        with measured() as spent, ThreadPoolExecutor(self.settings.s3_concurrency) as pool:
            list(pool.map(put, self.files.items()))
        return spent[0]

    def clear(self, folder: str) -> None:
        """Remove what a run left, so that the next one finds the store as this one did."""
        store = open_store(f"s3://{self.bucket}/{folder}", self.settings)
        in_parallel(store.delete, [found.key for found in store.listed("")], store.parallel)

    def _claim(self, spec: JobSpec) -> Claim:
        with self.database.begin() as session:
            job_id, [wake] = jobs.submit(session, spec, [StepPlan("publish", "publish")], "bench")
            turn = Turn(wake.step_id, job_id, Resource.CPU, job_waits=True)
            claimed = claims.claim_first(session, turn, "bench", lease_s=3600)
        assert claimed is not None
        return claimed

    def _context(self, claimed: Claim, spec: JobSpec, scratch: Path) -> StepContext[PublishParams]:
        packaged = Packaged("master.m3u8", "manifest.mpd", ())
        cache = Cache(self.settings.cache, self.settings.cache_bytes)
        locations = load_locations(self.settings)
        outputs = Outputs(self.database, work_store(self.settings), cache, self.transfers)
        return StepContext(
            job_id=claimed.job_id,
            spec=spec,
            key="publish",
            params=PublishParams(),
            inputs={
                "package": Part(to_json(packaged), self.files),
                "verify": Part(to_json(Verdict("pass", ()))),
            },
            wanted=frozenset([""]),
            scratch=scratch,
            settings=self.settings,
            run_program=_no_command,
            fetch=lambda file, target: outputs.fetch(file, target, _wanted),
            fetch_all=lambda files, report: outputs.fetch_all(files, _wanted, report),
            transfers=self.transfers,
            sources=Sources(self.settings, cache, locations.sources(spec.tenant)),
            origins=lambda: locations.origins(spec.tenant),
            generations=AssetGenerations(self.database, spec, claimed),
        )


def _no_command(command: Command) -> Finished:
    raise AssertionError(f"publishing runs no {command.tool}")


def _wanted() -> None:
    """Stand in for the lease, which nobody takes away here."""


@contextmanager
def measured() -> Iterator[list[Spent]]:
    """Give a list that holds, once the block has ended, what that took."""
    spent: list[Spent] = []
    began, cpu_began = time.monotonic(), _cpu_s()
    yield spent
    spent.append(Spent(time.monotonic() - began, _cpu_s() - cpu_began))


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
