"""What publishing to S3 costs on top of moving the same bytes there with bare boto3.

Ours is the publish step as a worker runs it: segments, manifests, read-back, pointers, with its
generation in a real PostgreSQL. Bare boto3 puts the same files with as many requests at once, and
nothing else. They take turns; without `--endpoint` an OpenStack Swift is started beside them, on
the same cores.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import boto3
from botocore.config import Config

from bench.clips import BUILD
from bench.farm import LADDER, bench_farm
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
from storage.objects.s3_client import s3_client
from storage.objects.store import Headers, ObjectStore
from storage.objects.stores import open_store, work_store
from storage.postgres import claims, jobs
from storage.postgres.admission import Turn
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from tests.swift import swift_server
from workers.engine.outputs import Outputs
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.steps import publish
from workers.steps.contract import StepContext

MAX_RATIO = 1.1  # of our wall time to bare boto3's
SEGMENT_BYTES = 1_000_000
PER_PLAYLIST = 400
MPD = b'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period/></MPD>'


@dataclass(frozen=True, slots=True)
class Spent:
    """What moving the title once took, this process's CPU time included."""

    wall_s: float
    cpu_s: float


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
        client = boto3.client(
            "s3",
            endpoint_url=self.settings.s3_endpoint_url,
            region_name=self.settings.s3_region,
            config=Config(
                max_pool_connections=self.settings.s3_concurrency,
                s3={"addressing_style": self.settings.s3_addressing},
                # A newer kind of checksum, which servers like Swift do not know.
                request_checksum_calculation="when_required",
            ),
        )
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
            run=_no_command,
            fetch=lambda file, target: outputs.fetch(file, target, _wanted),
            fetch_all=lambda files, report: outputs.fetch_all(files, _wanted, report),
            transfers=self.transfers,
            sources=Sources(self.settings, cache, locations.sources(spec.tenant)),
            origins=locations.origins(spec.tenant),
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


def make_title(work: ObjectStore, segments: int) -> dict[str, FileRef]:
    """Return the files of a title of so many segments of random bytes, stored in the work store."""
    content = {"master.m3u8": b"#EXTM3U\n", "manifest.mpd": MPD}
    names = [f"{number // PER_PLAYLIST}/{number}.m4s" for number in range(segments)]
    for folder in dict.fromkeys(name.partition("/")[0] for name in names):
        below = [name for name in names if name.startswith(f"{folder}/")]
        content[f"{folder}/playlist.m3u8"] = "\n".join(["#EXTM3U", *below]).encode()
    infos = {name: work.put_bytes(name, each, Headers()) for name, each in content.items()}
    random_bytes = random.Random(0).randbytes
    for name in names:
        infos[name] = work.put_bytes(name, random_bytes(SEGMENT_BYTES), Headers())
    return {name: FileRef(info.key, info.sha256, info.size_bytes) for name, info in infos.items()}


def measure(bench: Bench, runs: int) -> tuple[list[Spent], list[Spent]]:
    """Move the title `runs` times each way, in turn, each way first every second time."""
    bench.clear("warm-up")
    ways: dict[str, Callable[[str], Spent]] = {"ours": bench.publish, "bare": bench.transfer}
    spent: dict[str, list[Spent]] = {name: [] for name in ways}
    for number in range(runs):
        for name in sorted(ways, reverse=number % 2 == 0):
            folder = f"{name}-{number}"
            print(f"run {number + 1} of {runs}: {name}", file=sys.stderr)
            os.sync()  # what an earlier run wrote is not this one's burden
            spent[name].append(ways[name](folder))
            bench.clear(folder)
    return spent["ours"], spent["bare"]


def table(ours: list[Spent], bare: list[Spent], size_bytes: int) -> tuple[list[str], bool]:
    """Return the lines of the table, medians over the runs, and whether the limit is kept."""
    ours_s, bare_s = (median(run.wall_s for run in runs) for runs in (ours, bare))
    ours_cpu_s, bare_cpu_s = (median(run.cpu_s for run in runs) for runs in (ours, bare))
    ratio = median(one.wall_s / other.wall_s for one, other in zip(ours, bare, strict=True))
    rates = [f"{size_bytes / wall_s / 1e6:.1f} MB/s" for wall_s in (ours_s, bare_s)]
    verdict = "kept" if ratio <= MAX_RATIO else "MISSED"
    lines = [
        _row("", "ReelFarm", "boto3", "", "limit"),
        _row("wall", f"{ours_s:.1f} s", f"{bare_s:.1f} s", f"{ratio:.3f} x", f"{MAX_RATIO} x")
        + f"  {verdict}",
        _row("throughput", *rates),
        _row("CPU of the client", f"{ours_cpu_s:.1f} s", f"{bare_cpu_s:.1f} s"),
    ]
    return [line.rstrip() for line in lines], ratio <= MAX_RATIO


def _row(what: str, ours: str, bare: str, ratio: str = "", limit: str = "") -> str:
    return f"{what:<20}{ours:>12}{bare:>12}{ratio:>10}{limit:>8}"


@contextmanager
def s3_endpoint(given: str | None) -> Iterator[str]:
    """Give the address of the S3 server to use, one of our own where none is given."""
    if given is not None:
        yield given
        return
    with (
        TemporaryDirectory(dir=BUILD, prefix="swift-") as folder,
        swift_server(Path(folder)) as swift,
    ):
        os.environ.update(swift.environment)
        yield swift.endpoint_url


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.publish", description=__doc__)
    parser.add_argument("--segments", type=int, default=2000, help="of 1 MB")
    parser.add_argument("--runs", type=int, default=3, help="medians are over so many")
    parser.add_argument("--endpoint", help="a given S3 server; credentials as boto3 finds them")
    parser.add_argument("--bucket", default="published-segments", help="made where it is missing")
    parser.add_argument("--concurrency", type=int, default=32, help="requests at once")
    options = parser.parse_args()
    with bench_farm(()) as farm, s3_endpoint(options.endpoint) as endpoint_url:
        settings = farm.settings.model_copy(
            update={
                "s3_endpoint_url": endpoint_url,
                "s3_addressing": "path",
                "s3_concurrency": options.concurrency,
            }
        )
        make_bucket(s3_client(settings), options.bucket)
        files = make_title(work_store(settings), options.segments)
        transfers = Transfers(options.concurrency)
        bench = Bench(settings, farm.database, options.bucket, files, transfers)
        ours, bare = measure(bench, options.runs)
    print(
        f"{options.segments} segments of 1 MB, {options.concurrency} requests at once,"
        f" median of {options.runs} runs\n"
    )
    lines, kept = table(ours, bare, bench.size_bytes)
    print("\n".join(lines))
    sys.exit(0 if kept else 1)


def make_bucket(client: Any, bucket: str) -> None:
    names = [found["Name"] for found in client.list_buckets()["Buckets"]]
    if bucket not in names:
        client.create_bucket(Bucket=bucket)


if __name__ == "__main__":
    main()
