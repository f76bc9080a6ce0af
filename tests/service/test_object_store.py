"""The contract of object stores, held against both: a directory, and S3 on a real server."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from farm.errors import InvalidSpec, StorageUnavailable
from farm.settings import Settings
from storage.objects.store import Headers, Listed, ObjectInfo, ObjectStore
from storage.objects.stores import open_store, work_store
from tests.conftest import S3

VTT = Headers("text/vtt", "max-age=10", {"made-by": "a test"})
LARGE_BYTES = (17 << 20) + 1  # in parts on S3


@pytest.fixture(params=["directory", "s3"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "directory":
        return str(tmp_path / "origin")
    s3: S3 = request.getfixturevalue("s3")
    return s3.new_location()


@pytest.fixture
def settings_there(location: str, settings: Settings, request: pytest.FixtureRequest) -> Settings:
    if not location.startswith("s3://"):
        return settings
    s3: S3 = request.getfixturevalue("s3")
    return s3.settings


@pytest.fixture
def store(location: str, settings_there: Settings) -> ObjectStore:
    return open_store(location, settings_there)


def keys(store: ObjectStore, prefix: str = "") -> list[str]:
    return [found.key for found in store.listed(prefix)]


def test_what_is_put_can_be_had_back(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"cue")
    info = store.put_file("a/b.vtt", tmp_path / "file", VTT)
    sha256 = hashlib.sha256(b"cue").hexdigest()
    expected = ObjectInfo(
        "a/b.vtt", 3, sha256, "text/vtt", "max-age=10", {"made-by": "a test"}, info.tag
    )
    assert (info, store.head("a/b.vtt"), store.get_bytes("a/b.vtt")) == (expected, expected, b"cue")
    assert list(store.listed("a/")) == [Listed("a/b.vtt", 3, info.tag)]
    store.fetch("a/b.vtt", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"cue"


def test_a_large_file_is_put_and_had_back_as_a_small_one_is(
    store: ObjectStore, tmp_path: Path
) -> None:
    content = hashlib.shake_256(b"film").digest(LARGE_BYTES)
    sha256 = hashlib.sha256(content).hexdigest()
    (tmp_path / "film.mp4").write_bytes(content)
    info = store.put_file("film.mp4", tmp_path / "film.mp4", VTT)
    assert info == ObjectInfo(
        "film.mp4", LARGE_BYTES, sha256, "text/vtt", "max-age=10", {"made-by": "a test"}, info.tag
    )
    assert store.head("film.mp4") == info
    assert list(store.listed("")) == [Listed("film.mp4", LARGE_BYTES, info.tag)]
    store.fetch("film.mp4", tmp_path / "copy")
    assert hashlib.sha256((tmp_path / "copy").read_bytes()).hexdigest() == sha256
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "copy",
        "film.mp4",
    ]


def test_a_part_of_an_object_can_be_had(store: ObjectStore) -> None:
    store.put_bytes("a", b"0123456789", VTT)
    parts = [store.get_range("a", first, size) for first, size in ((0, 3), (4, 1), (7, 100))]
    assert parts == [b"012", b"4", b"789"]
    with pytest.raises(KeyError):
        store.get_range("absent", 0, 1)


def test_an_object_may_be_empty(store: ObjectStore, tmp_path: Path) -> None:
    store.put_bytes("a", b"", Headers())
    store.fetch("a", tmp_path / "copy")
    assert (store.get_bytes("a"), (tmp_path / "copy").read_bytes()) == (b"", b"")


def test_a_put_replaces_content_and_headers_and_changes_the_tag(store: ObjectStore) -> None:
    old = store.put_bytes("a", b"old", VTT)
    new = store.put_bytes("a", b"newer", Headers())
    assert (store.get_bytes("a"), store.head("a")) == (b"newer", new)
    assert new.tag != old.tag
    assert (new.metadata, new.cache_control) == ({}, "")
    assert list(store.listed("")) == [Listed("a", 5, new.tag)]


@pytest.mark.parametrize("size_bytes", [4, LARGE_BYTES])
def test_what_is_only_created_is_never_replaced(
    store: ObjectStore, tmp_path: Path, size_bytes: int
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a" * size_bytes)
    first = store.put_file("a", file, VTT, create_only=True)
    assert store.put_file("a", file, Headers(), create_only=True) == first
    file.write_bytes(b"b" * size_bytes)
    with pytest.raises(StorageUnavailable, match="/a: somebody else put something else there"):
        store.put_file("a", file, VTT, create_only=True)
    assert store.head("a") == first
    assert store.put_file("a", file, VTT).tag != first.tag
    assert store.get_bytes("a") == b"b" * size_bytes


def test_a_fetch_replaces_what_the_target_was(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"what was there before, and longer")
    store.put_bytes("a", b"new", Headers())
    store.fetch("a", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"new"


def test_objects_are_listed_by_prefix_in_order(store: ObjectStore) -> None:
    for key in ("t/a/2", "t/a/1", "t/ab/1", "t/a-b", "u/1"):
        store.put_bytes(key, b"", Headers())
    assert keys(store, "t/a") == ["t/a-b", "t/a/1", "t/a/2", "t/ab/1"]
    assert keys(store, "t/a/") == ["t/a/1", "t/a/2"]
    assert keys(store, "nothing/") == []


def test_keys_keep_their_odd_characters(store: ObjectStore) -> None:
    odd = ["Z b+c.vtt", "a/100%20.m4s", "a/?#;=.txt", "a/Fünf & <6>'.mp4"]
    for key in odd:
        store.put_bytes(key, key.encode(), Headers())
    assert keys(store) == odd
    assert [store.get_bytes(key) for key in odd] == [key.encode() for key in odd]


def test_a_listing_shows_at_once_what_was_put_and_deleted(store: ObjectStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: store.put_bytes(f"p/{n:03}", b"x", Headers()), range(64)))
        assert keys(store, "p/") == [f"p/{n:03}" for n in range(64)]
        list(threads.map(lambda n: store.delete(f"p/{n:03}"), range(0, 64, 2)))
    assert keys(store, "p/") == [f"p/{n:03}" for n in range(1, 64, 2)]


def test_many_may_put_and_delete_in_one_folder_at_once(store: ObjectStore) -> None:
    def put_and_delete(number: int) -> None:
        for _ in range(10):
            store.put_bytes(f"folder/deep/{number}", b"x", Headers())
            store.delete(f"folder/deep/{number}")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put_and_delete, range(4)))
    assert keys(store) == []


def test_what_is_deleted_is_gone_and_deleting_twice_is_no_error(store: ObjectStore) -> None:
    store.put_bytes("a/b/c", b"x", Headers())
    store.delete("a/b/c")
    store.delete("a/b/c")
    assert (store.head("a/b/c"), keys(store)) == (None, [])


def test_absent_objects_are_key_errors(store: ObjectStore, tmp_path: Path) -> None:
    store.put_bytes("a/b/c", b"a folder is no object", Headers())
    assert store.head("a/b") is None
    with pytest.raises(KeyError, match=r"^'a/b'$"):
        store.get_bytes("a/b")
    with pytest.raises(KeyError, match=r"^'a/b'$"):
        store.fetch("a/b", tmp_path / "x")
    assert list(tmp_path.glob("*x")) == []


@pytest.mark.parametrize("key", ["", "/a", "../a", "a/../b", "a//b", "."])
def test_keys_cannot_leave_the_store(store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="is not an object key"):
        store.put_bytes(key, b"", Headers())


def test_a_trial_of_whether_a_store_can_be_written_leaves_nothing_there(
    store: ObjectStore,
) -> None:
    store.check_writable()
    assert keys(store) == []


def test_nothing_is_cleared_where_no_put_was_interrupted(store: ObjectStore) -> None:
    store.put_bytes("a", b"x", Headers())
    assert store.clear_abandoned("", 0) == 0
    assert store.get_bytes("a") == b"x"


def test_stores_below_one_another_see_what_is_theirs(
    store: ObjectStore, location: str, settings_there: Settings
) -> None:
    below = open_store(f"{location}/tenant/", settings_there)
    below.put_bytes("a", b"x", Headers())
    assert keys(store) == ["tenant/a"]
    assert (keys(below), below.url("a")) == (["a"], store.url("tenant/a"))


def test_the_work_store_is_where_the_settings_say(
    location: str, settings_there: Settings, store: ObjectStore
) -> None:
    work_store(settings_there.model_copy(update={"work_url": location})).put_bytes(
        "a", b"x", Headers()
    )
    assert store.get_bytes("a") == b"x"


@pytest.mark.parametrize(
    ("location", "complaint"),
    [
        ("ftp://host/x", "ftp:// is not a kind of storage"),
        ("s3:///x", "'' is not the name of a bucket"),
        ("s3://no/x", "'no' is not the name of a bucket"),
        ("s3://host:80/x", "'host:80' is not the name of a bucket"),
        ("s3://bucket/a//b", "'a//b' is not an object key"),
    ],
)
def test_an_origin_of_an_unknown_kind_is_refused(
    location: str, complaint: str, settings: Settings
) -> None:
    with pytest.raises(InvalidSpec, match=complaint):
        open_store(location, settings)
