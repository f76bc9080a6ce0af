"""A cache, content for it, and how often that was downloaded."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.sources.cache import Cache

CONTENT = b"a film, in full"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MIB = 1 << 20


class Store:
    """Content to download, and how often that was done."""

    def __init__(self, content: bytes = CONTENT, takes_s: float = 0.0) -> None:
        self._content = content
        self._takes_s = takes_s
        self._counting = threading.Lock()
        self.downloads = 0

    def download(self, path: Path) -> None:
        with self._counting:
            self.downloads += 1
        path.write_bytes(self._content[:4])
        time.sleep(self._takes_s)
        path.write_bytes(self._content)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", MIB)


def never(path: Path) -> None:
    raise AssertionError(f"downloaded {path}")


def bring(cache: Cache, target: Path, download: Callable[[Path], None]) -> bytes:
    cache.fetch(SHA256, len(CONTENT), target, download)
    return target.read_bytes()


def files(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
