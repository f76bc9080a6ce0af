"""How far a source has come, as ingest tells it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from farm.settings import Settings
from storage.objects.store import BLOCK_BYTES, sha256_of
from tests.conftest import ANYWHERE
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.sources.remote import Remote

SIZE_BYTES = 4 << 20


class Slow:
    """A remote source that comes in four pieces, under another name until it is whole."""

    def __init__(self, declared_bytes: int | None) -> None:
        self._declared_bytes = declared_bytes

    def identify(self) -> dict[str, Any]:
        return {"size_bytes": self._declared_bytes}

    def download(
        self, target: Path, identity: dict[str, Any], check_wanted: Callable[[], None]
    ) -> None:
        del identity
        partial = target.with_name("source.part")
        with partial.open("wb", buffering=0) as file:
            for _ in range(4):
                file.write(b"x" * (SIZE_BYTES // 4))
                check_wanted()
        partial.rename(target)


class SlowSources(Sources):
    def __init__(self, settings: Settings, folder: Path, declared_bytes: int | None) -> None:
        super().__init__(settings, Cache(folder / "cache", 0), ANYWHERE)
        self._slow = Slow(declared_bytes)

    def _remote(self, uri: str, at_most_bytes: int | None = None) -> Remote | None:
        del uri, at_most_bytes
        return self._slow


def brought(settings: Settings, folder: Path, declared_bytes: int | None) -> list[float]:
    told: list[float] = []
    scratch = folder / "scratch"
    scratch.mkdir()
    sources = SlowSources(settings, folder, declared_bytes)
    sources.bring("far://away", scratch, lambda: None, lambda share: told.append(round(share, 2)))
    return told


def test_a_download_tells_the_share_that_is_there(settings: Settings, tmp_path: Path) -> None:
    assert brought(settings, tmp_path, SIZE_BYTES) == [0.25, 0.5, 0.75, 1.0]


def test_a_source_of_unknown_size_tells_nothing(settings: Settings, tmp_path: Path) -> None:
    assert brought(settings, tmp_path, None) == []


def test_a_digest_tells_the_share_that_was_read_and_is_the_same(tmp_path: Path) -> None:
    path, told = tmp_path / "file", list[float]()
    content = bytes(range(256)) * (BLOCK_BYTES // 128)
    path.write_bytes(content)
    assert sha256_of(path, told.append) == sha256_of(path) == hashlib.sha256(content).hexdigest()
    assert told == [0.5, 1.0]
