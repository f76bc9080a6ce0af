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
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench.clips import BUILD
from bench.farm import bench_farm
from bench.publication import Bench, Spent
from farm.parts import FileRef
from storage.objects.parallel import Transfers
from storage.objects.s3_client import s3_client
from storage.objects.store import Headers, ObjectStore
from storage.objects.stores import work_store
from tests.swift import swift_server

MAX_RATIO = 1.1  # of our wall time to bare boto3's
SEGMENT_BYTES = 1_000_000
PER_PLAYLIST = 400
MPD = b'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period/></MPD>'


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
