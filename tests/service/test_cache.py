"""The cache of a host: one download for many, nothing wrong handed out, whatever dies."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from farm.errors import Cancelled, StorageUnavailable
from tests.service.cached import CONTENT, MIB, SHA256, Store, bring, cache, files, never
from workers.sources.cache import Cache

__all__ = ["cache"]  # a fixture


# Takes the lock of a content, begins to download, and stays there.
DOWNLOADER = """
import sys, time
from pathlib import Path
from workers.sources.cache import Cache
folder, target, sha256 = sys.argv[1:]
def download(path):
    path.write_bytes(b"a fi")
    print("downloading", flush=True)
    time.sleep(600)
Cache(Path(folder), 1 << 30).fetch(sha256, 15, Path(target), download)
"""


def test_what_was_downloaded_once_is_linked_from_then_on(cache: Cache, tmp_path: Path) -> None:
    assert bring(cache, tmp_path / "first", Store().download) == CONTENT
    assert bring(cache, tmp_path / "second", never) == CONTENT
    assert (tmp_path / "first").samefile(tmp_path / "second")
    assert bring(Cache(tmp_path / "cache", MIB), tmp_path / "third", never) == CONTENT


def test_what_a_step_made_need_not_be_downloaded(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "made").write_bytes(CONTENT)
    cache.keep(SHA256, tmp_path / "made")
    (tmp_path / "made").unlink()
    assert bring(cache, tmp_path / "target", never) == CONTENT


def test_a_target_that_is_there_is_replaced(cache: Cache, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).write_bytes(b"what was there before")
        assert bring(cache, tmp_path / name, Store().download) == CONTENT


def test_many_threads_and_caches_share_one_download(cache: Cache, tmp_path: Path) -> None:
    store = Store(takes_s=0.3)
    caches = [cache, Cache(tmp_path / "cache", MIB)]
    with ThreadPoolExecutor(8) as threads:
        found = list(
            threads.map(
                lambda n: bring(caches[n % 2], tmp_path / f"target-{n}", store.download), range(8)
            )
        )
    assert (set(found), store.downloads) == ({CONTENT}, 1)
    assert list((tmp_path / "cache" / "locks").iterdir()) == []


def test_different_content_is_downloaded_side_by_side(cache: Cache, tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=60)

    def fetch(content: bytes) -> None:
        def download(path: Path) -> None:
            both.wait()
            path.write_bytes(content)

        sha256 = hashlib.sha256(content).hexdigest()
        cache.fetch(sha256, len(content), tmp_path / sha256, download)

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(fetch, (b"one", b"two"))) == [None, None]


@pytest.mark.parametrize("wrong", [b"a film, in f", b"a film, in fu11", b""])
def test_wrong_content_is_refused_and_nothing_of_it_kept(
    cache: Cache, tmp_path: Path, wrong: bytes
) -> None:
    with pytest.raises(StorageUnavailable, match="what was downloaded is not what was stored"):
        bring(cache, tmp_path / "target", Store(wrong).download)
    assert files(tmp_path) == [Path("cache/boot")]
    assert bring(cache, tmp_path / "target", Store().download) == CONTENT


def test_when_a_download_fails_the_next_who_waits_tries(cache: Cache, tmp_path: Path) -> None:
    store, begun = Store(), threading.Event()

    def fail(_path: Path) -> None:
        begun.set()
        time.sleep(0.2)
        raise KeyError("gone")

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(bring, cache, tmp_path / "first", fail)
        assert begun.wait(60)
        second = threads.submit(bring, cache, tmp_path / "second", store.download)
        assert (second.result(), store.downloads) == (CONTENT, 1)
        with pytest.raises(KeyError, match="gone"):
            first.result()


def test_a_killed_downloader_holds_nobody_up(cache: Cache, tmp_path: Path) -> None:
    arguments = (str(tmp_path / "cache"), str(tmp_path / "killed"), SHA256)
    argv = [sys.executable, "-c", DOWNLOADER, *arguments]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as downloader:
        assert downloader.stdout is not None
        assert downloader.stdout.readline() == b"downloading\n"
        waits: list[int] = []

        def wait() -> None:
            waits.append(1)
            if len(waits) == 3:
                os.kill(downloader.pid, signal.SIGKILL)

        cache.fetch(SHA256, len(CONTENT), tmp_path / "target", Store().download, wait)
    assert ((tmp_path / "target").read_bytes(), len(waits) >= 3) == (CONTENT, True)


def test_who_waits_may_be_cancelled(cache: Cache, tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def download(path: Path) -> None:
        begun.set()
        assert go_on.wait(60)
        path.write_bytes(CONTENT)

    def cancelled() -> None:
        raise Cancelled("the job was cancelled")

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(bring, cache, tmp_path / "first", download)
        assert begun.wait(60)
        with pytest.raises(Cancelled):
            cache.fetch(SHA256, len(CONTENT), tmp_path / "second", never, cancelled)
        go_on.set()
        assert first.result() == CONTENT


def test_what_killed_processes_left_is_forgotten_and_the_content_is_not(tmp_path: Path) -> None:
    assert bring(Cache(tmp_path / "cache", MIB), tmp_path / "target", Store().download) == CONTENT
    for left in ("incoming/5eed", f"locks/{SHA256}"):
        (tmp_path / "cache" / left).parent.mkdir(exist_ok=True)
        (tmp_path / "cache" / left).write_bytes(b"")
    assert bring(Cache(tmp_path / "cache", MIB), tmp_path / "again", never) == CONTENT
    assert files(tmp_path / "cache") == [Path("boot"), Path(f"content/{SHA256[:2]}/{SHA256}")]


def test_content_from_before_the_machine_went_down_is_not_trusted(tmp_path: Path) -> None:
    assert bring(Cache(tmp_path / "cache", MIB), tmp_path / "target", Store().download) == CONTENT
    (tmp_path / "cache" / "boot").write_text("another boot")
    cache, store = Cache(tmp_path / "cache", MIB), Store()
    assert bring(cache, tmp_path / "target", store.download) == CONTENT
    assert store.downloads == 1


def test_a_cached_file_that_was_cut_short_is_downloaded_again(cache: Cache, tmp_path: Path) -> None:
    assert bring(cache, tmp_path / "target", Store().download) == CONTENT
    os.truncate(tmp_path / "cache" / "content" / SHA256[:2] / SHA256, 4)
    assert bring(cache, tmp_path / "again", Store().download) == CONTENT
    assert bring(cache, tmp_path / "third", never) == CONTENT
