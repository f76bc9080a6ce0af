"""The PostgreSQL, Redis and object stores of a fault farm, and the ways in which they fail."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

import redis

from farm.errors import StorageUnavailable
from farm.settings import Settings
from storage.postgres.database import Database
from tests.cluster import copy_cluster
from tests.swift import Swift
from tests.waiting import HANGS_AFTER_S
from workers.programs.servers import Server, start_postgres, start_redis


@dataclass(frozen=True, slots=True)
class Places:
    """Where a farm's objects lie; with `s3`, in buckets that exist."""

    work: str
    origin: str
    s3: Swift | None = None


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Have our own process, and what it starts, know `variables` meanwhile."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def credentials(places: Places) -> dict[str, str]:
    """Return what opens the object store, as variables S3 clients look for."""
    if places.s3 is None:
        return {}
    return {
        "AWS_ACCESS_KEY_ID": places.s3.access_key,
        "AWS_SECRET_ACCESS_KEY": places.s3.secret_key,
    }


def make_buckets(swift: Swift, mark: str) -> Places:
    """Return places in two new buckets whose names end in `mark`."""
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=swift.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=swift.access_key,
        aws_secret_access_key=swift.secret_key,
    )
    for kind in ("work", "origin"):
        client.create_bucket(Bucket=f"{kind}-{mark}")
    client.close()
    return Places(f"s3://work-{mark}/parts", f"s3://origin-{mark}/vod", swift)


class Servers:
    """PostgreSQL and Redis on Unix sockets in a state directory, while a `with` lasts.

    Start it from a thread that lasts: servers end with the thread that started them.
    """

    def __init__(self, state: Path, cluster: Path | None = None) -> None:
        """With a `cluster`, PostgreSQL starts with a copy of it, or else with an empty new one."""
        if cluster is not None:
            copy_cluster(cluster, state)
        self._settings = Settings(state_dir=state)
        self._postgres: Server
        self._redis: Server
        self.database_url: str
        self.broker_url: str

    def __enter__(self) -> Servers:
        self.start_redis()
        self.start_postgres()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_redis()
        self._postgres.stop()

    @property
    def postgres_socket(self) -> Path:
        folder = parse_qs(urlsplit(self.database_url).query)["host"][0]
        return Path(folder) / ".s.PGSQL.5432"

    @property
    def redis_socket(self) -> Path:
        return Path(urlsplit(self.broker_url).path)

    @property
    def pids(self) -> frozenset[int]:
        """Return the servers that run; what they started themselves belongs to them."""
        children = (self._postgres.child, self._redis.child)
        return frozenset(child.pid for child in children if child.poll() is None)

    def start_postgres(self, **variables: str) -> None:
        """Start PostgreSQL, again perhaps, and return when it answers."""
        with environment(variables):
            self._postgres, self.database_url = start_postgres(self._settings)
        database = Database(self.database_url, pool_size=1)
        deadline = time.monotonic() + HANGS_AFTER_S
        try:
            while not _answers(database):
                self._postgres.check()
                assert time.monotonic() < deadline, "PostgreSQL did not come up"
                time.sleep(0.02)
        finally:
            database.close()

    def stop_postgres(self, how: signal.Signals = signal.SIGINT) -> None:
        """End PostgreSQL: SIGINT is its fast shutdown, SIGQUIT its immediate one (postgres(1))."""
        self._postgres.child.send_signal(how)
        self._postgres.child.wait(HANGS_AFTER_S)

    def start_redis(self) -> None:
        """Start Redis, empty, and return when it answers."""
        self._redis, self.broker_url = start_redis(self._settings)
        deadline = time.monotonic() + HANGS_AFTER_S
        while not self._redis_answers():
            assert time.monotonic() < deadline, "Redis did not come up"
            time.sleep(0.02)

    def stop_redis(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End Redis with everything in it."""
        self._redis.child.send_signal(how)
        self._redis.child.wait(HANGS_AFTER_S)

    def wipe_redis(self) -> int:
        """Remove every key; return how many there were."""
        with self._client() as client:
            keys = int(client.dbsize())
            client.flushall()
            return keys

    def _redis_answers(self) -> bool:
        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    def _client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.redis_socket), socket_timeout=5)


def _answers(database: Database) -> bool:
    try:
        database.ping()
    except StorageUnavailable:
        return False
    return True
