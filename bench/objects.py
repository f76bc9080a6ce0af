"""What a step boundary costs on top of moving the same objects with bare boto3.

One step leaves its files in the work store, the next brings them, on another host, so that nothing
lies in a cache yet: `Outputs.store` and `Outputs.fetch_all` as a worker calls them, with a real
PostgreSQL that notes the upload. Bare boto3 puts and gets the same bytes with as many requests at
once, and nothing else: no digest is compared, nothing is kept for a later step. They take turns;
without `--endpoint` an OpenStack Swift is started beside them, on the same cores.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.clips import BUILD
from bench.farm import LADDER, bench_farm
from bench.publication import Spent, bare_client, measured
from bench.publish import make_bucket, s3_endpoint
from farm.parts import Product
from farm.plan import Resource, StepPlan
from farm.settings import Settings
from farm.spec import JobSpec
from storage.objects.parallel import Transfers, in_parallel
from storage.objects.s3_client import s3_client
from storage.objects.stores import open_store, work_store
from storage.postgres import claims, jobs
from storage.postgres.admission import Turn
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from workers.engine.outputs import Outputs
from workers.sources.cache import Cache

MAX_RATIO = 1.15  # of our wall time to bare boto3's, each way
OBJECT_BYTES = 200_000
FINGERPRINT = "0" * 64


@dataclass(frozen=True, slots=True)
class Moved:
    """What one way through the store and back took."""

    put: Spent
    get: Spent


@dataclass(frozen=True, slots=True)
class Boundary:
    """A step's files, a bucket for them, and a database for ours."""

    settings: Settings
    database: Database
    bucket: str
    files: dict[str, Path]

    def ours(self) -> Moved:
        """Leave and bring the files as two workers on two hosts do."""
        settings = self.settings.model_copy(update={"work_url": f"s3://{self.bucket}/ours"})
        claimed = self._claim()
        transfers = Transfers(settings.s3_concurrency)
        with TemporaryDirectory(dir=settings.state_dir) as folder:
            here, there = (
                Outputs(
                    self.database,
                    work_store(settings),
                    Cache(Path(folder) / host, settings.cache_bytes),
                    transfers,
                )
                for host in ("here", "there")
            )
            scratch = Path(folder) / "scratch"
            scratch.mkdir()
            with measured() as put:
                product = Product(None, self.files)
                made = here.store(claimed, {"": FINGERPRINT}, {"": product}, _wanted, _untold)
            _, part = made[""]
            with measured() as got:
                wanted = {scratch / name: file for name, file in part.files.items()}
                there.fetch_all(wanted, _wanted, _untold)
            self._check(scratch)
        transfers.close()
        return Moved(put[0], got[0])

    def bare(self) -> Moved:
        """Put and get the files with nothing but boto3."""
        client = bare_client(self.settings)
        with TemporaryDirectory(dir=self.settings.state_dir) as folder:
            scratch = Path(folder)

            def put(name: str) -> None:
                with self.files[name].open("rb") as body:
                    client.put_object(Bucket=self.bucket, Key=f"bare/{name}", Body=body)

            def get(name: str) -> None:
                answer = client.get_object(Bucket=self.bucket, Key=f"bare/{name}")
                (scratch / name).write_bytes(answer["Body"].read())

            with ThreadPoolExecutor(self.settings.s3_concurrency) as pool:
                with measured() as spent_put:
                    list(pool.map(put, self.files))
                with measured() as spent_get:
                    list(pool.map(get, self.files))
            self._check(scratch)
        return Moved(spent_put[0], spent_get[0])

    def clear(self) -> None:
        """Remove what a run left, so that the next one finds the store as this one did."""
        store = open_store(f"s3://{self.bucket}", self.settings)
        left = [found.key for way in ("ours/", "bare/") for found in store.listed(way)]
        in_parallel(store.delete, left, store.parallel)

    def _claim(self) -> Claim:
        spec = JobSpec(asset="none", source="none", origin="none", ladder=LADDER)
        with self.database.begin() as session:
            job_id, [wake] = jobs.submit(session, spec, [StepPlan("noop", "noop")], "bench")
            turn = Turn(wake.step_id, job_id, Resource.CPU, job_waits=True)
            claimed = claims.claim_first(session, turn, "bench", lease_s=3600)
        assert claimed is not None
        return claimed

    def _check(self, scratch: Path) -> None:
        if {path.name for path in scratch.iterdir()} != self.files.keys():
            sys.exit("not every object came back")


def _untold(_share: float) -> None:
    """Stand in where nobody wants to know how far it is."""


def _wanted() -> None:
    """Stand in for the lease, which nobody takes away here."""


def make_files(folder: Path, objects: int) -> dict[str, Path]:
    """Return so many files of random bytes, as a step has them in its scratch directory."""
    random_bytes = random.Random(0).randbytes
    files = {f"{number}.m4s": folder / f"{number}.m4s" for number in range(objects)}
    for path in files.values():
        path.write_bytes(random_bytes(OBJECT_BYTES))
    return files


def measure(boundary: Boundary, runs: int) -> tuple[list[Moved], list[Moved]]:
    """Move the files `runs` times each way, in turn, each way first every second time."""
    boundary.clear()
    ways: dict[str, Callable[[], Moved]] = {"ours": boundary.ours, "bare": boundary.bare}
    moved: dict[str, list[Moved]] = {name: [] for name in ways}
    for number in range(runs):
        for name in sorted(ways, reverse=number % 2 == 0):
            print(f"run {number + 1} of {runs}: {name}", file=sys.stderr)
            os.sync()  # what an earlier run wrote is not this one's burden
            moved[name].append(ways[name]())
            boundary.clear()
    return moved["ours"], moved["bare"]


def table(ours: list[Moved], bare: list[Moved]) -> tuple[list[str], bool]:
    """Return the lines of the table, medians over the runs, and whether the limit is kept."""
    lines, all_kept = [_row("", "ReelFarm", "boto3", "", "limit")], True
    for way in ("put", "get"):
        ours_spent, bare_spent = ([getattr(each, way) for each in runs] for runs in (ours, bare))
        ratio = median(
            one.wall_s / other.wall_s for one, other in zip(ours_spent, bare_spent, strict=True)
        )
        kept = ratio <= MAX_RATIO
        all_kept = all_kept and kept
        put_or_get = (ours_spent, bare_spent)
        walls, cpus = (
            [f"{median(getattr(each, what) for each in runs):.2f} s" for runs in put_or_get]
            for what in ("wall_s", "cpu_s")
        )
        verdict = "kept" if kept else "MISSED"
        lines += [
            _row(f"{way}, wall", walls[0], walls[1], f"{ratio:.3f} x", f"{MAX_RATIO} x")
            + f"  {verdict}",
            _row(f"{way}, CPU of client", cpus[0], cpus[1]),
        ]
    return [line.rstrip() for line in lines], all_kept


def _row(what: str, ours: str, bare: str, ratio: str = "", limit: str = "") -> str:
    return f"{what:<20}{ours:>12}{bare:>12}{ratio:>10}{limit:>8}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.objects", description=__doc__)
    parser.add_argument("--objects", type=int, default=2000, help="of 200 kB")
    parser.add_argument("--runs", type=int, default=5, help="medians are over so many")
    parser.add_argument("--endpoint", help="a given S3 server; credentials as boto3 finds them")
    parser.add_argument("--bucket", default="step-boundary", help="made where it is missing")
    parser.add_argument("--concurrency", type=int, default=32, help="requests at once")
    options = parser.parse_args()
    with (
        bench_farm(()) as farm,
        s3_endpoint(options.endpoint) as endpoint_url,
        TemporaryDirectory(dir=BUILD, prefix="step-") as folder,
    ):
        settings = farm.settings.model_copy(
            update={
                "s3_endpoint_url": endpoint_url,
                "s3_addressing": "path",
                "s3_concurrency": options.concurrency,
            }
        )
        make_bucket(s3_client(settings), options.bucket)
        files = make_files(Path(folder), options.objects)
        ours, bare = measure(Boundary(settings, farm.database, options.bucket, files), options.runs)
    print(
        f"{options.objects} objects of 200 kB, {options.concurrency} requests at once,"
        f" median of {options.runs} runs\n"
    )
    lines, kept = table(ours, bare)
    print("\n".join(lines))
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
