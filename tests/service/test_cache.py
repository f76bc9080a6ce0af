"""The cache of a host: one download for many, nothing wrong handed out, whatever dies."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from farm.errors import Cancelled, StorageUnavailable
from workers.sources.cache import Cache

CONTENT = b"a film, in full"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MIB = 1 << 20

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


def put(cache: Cache, folder: Path, size_bytes: int, mark: bytes) -> str:
    """Have the cache keep a file of this size; return its digest."""
    content = mark * size_bytes
    path = folder / mark.decode()
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    cache.keep(sha256, path)
    return sha256


def held(folder: Path) -> set[str]:
    return {path.name for path in (folder / "cache" / "content").glob("*/*")}


def files(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


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


def test_the_least_recently_used_goes_first(cache: Cache, tmp_path: Path) -> None:
    old, used, new = (put(cache, tmp_path, MIB // 2 - 1, mark) for mark in (b"o", b"u", b"n"))
    assert held(tmp_path) == {used, new}
    cache.fetch(used, MIB // 2 - 1, tmp_path / "again", never)
    last = put(cache, tmp_path, MIB // 2, b"l")
    assert held(tmp_path) == {used, last}
    assert old not in held(tmp_path)


def test_a_file_larger_than_the_limit_stays_while_it_is_in_use(
    cache: Cache, tmp_path: Path
) -> None:
    small = put(cache, tmp_path, 1000, b"s")
    source = put(cache, tmp_path, 3 * MIB, b"S")
    assert held(tmp_path) == {source}
    parts = {put(cache, tmp_path, 1000, mark) for mark in (b"1", b"2")}
    assert held(tmp_path) == {source, *parts}
    cache.fetch(source, 3 * MIB, tmp_path / "again", never)
    assert small not in held(tmp_path)


def test_what_is_evicted_stays_with_those_who_read_it(cache: Cache, tmp_path: Path) -> None:
    assert bring(cache, tmp_path / "target", Store().download) == CONTENT
    put(cache, tmp_path, MIB, b"x")
    put(cache, tmp_path, MIB, b"y")
    assert SHA256 not in held(tmp_path)
    assert (tmp_path / "target").read_bytes() == CONTENT


def test_a_limit_of_nothing_keeps_nothing(tmp_path: Path) -> None:
    cache, store = Cache(tmp_path / "cache", 0), Store()
    assert bring(cache, tmp_path / "target", store.download) == CONTENT
    assert bring(cache, tmp_path / "target", store.download) == CONTENT
    cache.keep(SHA256, tmp_path / "target")
    assert (store.downloads, (tmp_path / "cache").exists()) == (2, False)
    with pytest.raises(StorageUnavailable, match="what was downloaded is not what was stored"):
        bring(cache, tmp_path / "target", Store(b"wrong").download)


def test_on_a_full_disk_the_cache_makes_room(cache: Cache, tmp_path: Path) -> None:
    put(cache, tmp_path, 1000, b"x")
    store = Store()

    def download(path: Path) -> None:
        if held(tmp_path):
            path.write_bytes(b"a fi")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        store.download(path)

    assert bring(cache, tmp_path / "target", download) == CONTENT
    assert (store.downloads, held(tmp_path)) == (1, {SHA256})


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


def test_what_an_unfinished_job_holds_stays_until_it_has_ended(tmp_path: Path) -> None:
    unfinished = {"job-1", "job-2"}
    cache = Cache(tmp_path / "cache", MIB, unfinished.intersection)
    source = put(cache, tmp_path, MIB // 2, b"s")
    for job_id in sorted(unfinished):
        cache.hold(source, job_id)
    for mark in (b"1", b"2", b"3"):
        put(cache, tmp_path, MIB // 2, mark)
    assert source in held(tmp_path)
    unfinished.remove("job-1")
    for mark in (b"4", b"5", b"6"):
        put(cache, tmp_path, MIB // 2, mark)
    assert source in held(tmp_path)
    assert files(tmp_path / "cache" / "pins") == [Path(source) / "job-2"]
    unfinished.clear()
    for mark in (b"7", b"8", b"9"):
        put(cache, tmp_path, MIB // 2, mark)
    assert source not in held(tmp_path)
    assert list((tmp_path / "cache" / "pins").iterdir()) == []


def test_without_postgresql_every_job_counts_as_unfinished(tmp_path: Path) -> None:
    def away(_job_ids: object) -> set[str]:
        raise StorageUnavailable("PostgreSQL did not answer")

    cache = Cache(tmp_path / "cache", MIB, away)
    source = put(cache, tmp_path, MIB // 2, b"s")
    cache.hold(source, "job")
    for mark in (b"1", b"2", b"3"):
        put(cache, tmp_path, MIB // 2, mark)
    assert source in held(tmp_path)


def test_more_than_twice_the_limit_is_not_held_and_each_loss_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = Cache(tmp_path / "cache", MIB, list)
    sources = []
    for mark in (b"1", b"2", b"3"):
        sources.append(put(cache, tmp_path, MIB, mark))
        cache.hold(sources[-1], f"job-{len(sources)}")
    passing = put(cache, tmp_path, 1000, b"x")
    assert held(tmp_path) == {*sources[1:], passing}
    said = [record.getMessage() for record in caplog.records]
    first = tmp_path / "cache" / "content" / sources[0][:2] / sources[0]
    assert f"{first}: evicted, though an unfinished title needs it" in said
    assert said[-1] == (
        f"the cache holds {2 * MIB} bytes for unfinished titles: REELFARM_CACHE_BYTES is {MIB}"
    )


def test_on_a_full_disk_what_later_steps_need_goes_last(cache: Cache, tmp_path: Path) -> None:
    source = put(cache, tmp_path, 1000, b"s")
    cache.hold(source, "job")
    other = put(cache, tmp_path, 1000, b"o")
    tries: list[set[str]] = []

    def download(path: Path) -> None:
        tries.append(held(tmp_path))
        if source in tries[-1]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        Store().download(path)

    assert bring(cache, tmp_path / "target", download) == CONTENT
    assert tries == [{source, other}, {source}, set()]
