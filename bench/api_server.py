"""The API to measure: a process of its own, over a real PostgreSQL and Redis."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from api.app import listen
from bench.backlog_server import MIB, BacklogServer, backlog_server
from bench.clips import BUILD
from bench.http_load import with_key, with_session
from farm.access import EVERY_TENANT, LOCAL, Scope
from farm.settings import Settings
from services.keys import make_key, make_tenant
from services.sessions import sign_in
from workers.programs.servers import start_redis

READY_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class MeasuredApi:
    """A running API; how a tenant's key, its pages and an operator's say who asks."""

    port: int
    key: str
    session: str
    operator: str
    process: psutil.Process
    backlog: BacklogServer

    @property
    def peak_mib(self) -> float:
        """Return the most memory that the API has had at once."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024 / MIB
        raise LookupError("the kernel does not tell VmHWM")

    def cpu_s(self) -> float:
        """Return the processor time that the API has had until now."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def measured_api(tenant: str) -> Iterator[MeasuredApi]:
    """Serve the API as long as the block lasts."""
    with backlog_server() as backlog, ExitStack() as closing:
        folder = Path(closing.enter_context(TemporaryDirectory(dir=BUILD, prefix="api-")))
        redis, broker_url = start_redis(Settings(state_dir=folder))
        closing.callback(redis.stop)
        with listen("127.0.0.1", 0) as socket:
            port = int(socket.getsockname()[1])
        environment = {
            "PATH": "/usr/bin:/bin",
            "REELFARM_STATE_DIR": str(folder),
            "REELFARM_DATABASE_URL": backlog.url,
            "REELFARM_BROKER_URL": broker_url,
            "REELFARM_SOURCES": "any",
            "REELFARM_ORIGINS": "any",
            "REELFARM_REQUESTS_A_MINUTE": "0",
        }
        log = closing.enter_context((folder / "api.log").open("wb"))
        child = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "api", "--port", f"{port}"],
            env=environment,
            stdout=log,
            stderr=log,
        )
        closing.callback(child.wait)
        closing.callback(child.terminate)
        _wait(port, child)
        make_tenant(backlog.database, LOCAL, tenant)
        keys = [
            make_key(backlog.database, LOCAL, "bench", list(Scope), whose).token
            for whose in (tenant, EVERY_TENANT)
        ]
        session, operator = (with_session(sign_in(backlog.database, key)) for key in keys)
        yield MeasuredApi(
            port, with_key(keys[0]), session, operator, psutil.Process(child.pid), backlog
        )


def _wait(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline or child.poll() is not None:
                raise
            time.sleep(0.05)
