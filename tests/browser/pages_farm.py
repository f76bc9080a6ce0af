"""A farm whose pages are looked at: `reelfarm up` on the state the title was published from."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests import evidence
from tests.service.ports import free_port
from tests.waiting import wait_until

PRICES = {
    "REELFARM_CURRENCY": "EUR",
    "REELFARM_PRICE_CORE_HOUR": "9.5",  # so much that a short clip's pennies show
    "REELFARM_PRICE_GB_MONTH": "5",
}
LINK = re.compile(r"^pages +(http://\S+/sign-in/\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PagesFarm:
    """A running farm: where its pages are, and a key of its operator."""

    url: str
    key: str
    link: str  # signs in once
    folder: Path  # of the published title's source
    job: str  # that published it

    def client(self) -> httpx.Client:
        """Return a client of its API."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)


@contextmanager
def running(folder: Path, job: str) -> Iterator[PagesFarm]:
    """Run the farm until the block ends."""
    port, said = free_port(), folder / "up.log"
    evidence.note_log(said)
    with said.open("w") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "cli.main", "up"),
                *("--state", str(folder / "state"), "--port", str(port)),
            ],
            cwd=folder,
            env={**os.environ, **PRICES},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: "The farm is up" in said.read_text(), child=process)
        found = LINK.search(said.read_text())
        assert found is not None, said.read_text()
        key = (folder / "state" / "admin.key").read_text().strip()
        yield PagesFarm(f"http://127.0.0.1:{port}", key, found[1], folder, job)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
