"""What a full cache gives up: the least recently used, and last what unfinished jobs need."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from farm.errors import StorageUnavailable
from tests.service.cached import CONTENT, MIB, SHA256, Store, bring, cache, files, never
from workers.sources.cache import Cache

__all__ = ["cache"]  # a fixture


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
