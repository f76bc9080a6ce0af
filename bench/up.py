"""A farm of `reelfarm up`, its API, and its end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx


@contextmanager
def a_farm(state: Path, port: int, workers: int = 1, **environment: str) -> Iterator[httpx.Client]:
    """Run a farm as long as the block lasts, and give a client of its API."""
    argv = [sys.executable, "-m", "cli.main", "up", "--state", str(state)]
    argv += ["--port", f"{port}", "--workers", f"{workers}"]
    with (state / "up.log").open("wb") as log:
        farm = subprocess.Popen(
            argv,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + 120
        while "The farm is up" not in (state / "up.log").read_text():
            if farm.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"the farm did not come up: {(state / 'up.log').read_text()}")
            time.sleep(0.2)
        headers = {"Authorization": f"Bearer {(state / 'admin.key').read_text().strip()}"}
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
            yield client
    finally:
        farm.terminate()
        farm.wait(timeout=120)
