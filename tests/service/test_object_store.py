"""The contract of object stores, held against the directory implementation."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from farm.errors import InvalidSpec, StorageUnavailable
from storage.directory import DirectoryStore
from storage.objects import Headers, ObjectInfo, ObjectStore
from storage.stores import open_store

VTT = Headers("text/vtt", "max-age=10", {"made-by": "a test"})


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return open_store(str(tmp_path / "origin"))


def test_what_is_put_can_be_had_back(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"cue")
    info = store.put_file("a/b.vtt", tmp_path / "file", VTT)
    expected = ObjectInfo(
        "a/b.vtt",
        3,
        hashlib.sha256(b"cue").hexdigest(),
        "text/vtt",
        "max-age=10",
        {"made-by": "a test"},
    )
    assert (info, store.head("a/b.vtt"), store.get_bytes("a/b.vtt")) == (expected, expected, b"cue")
    store.fetch("a/b.vtt", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"cue"


def test_a_put_replaces_and_leaves_nothing_temporary(store: ObjectStore, tmp_path: Path) -> None:
    store.put_bytes("a", b"old", Headers())
    store.put_bytes("a", b"new", Headers())
    assert store.get_bytes("a") == b"new"
    assert list((tmp_path / "origin" / ".reelfarm" / "incoming").iterdir()) == []


def test_keys_are_listed_by_prefix_in_order(store: ObjectStore) -> None:
    for key in ("t/a/2", "t/a/1", "t/ab/1", "u/1"):
        store.put_bytes(key, b"", Headers())
    assert list(store.keys("t/a")) == ["t/a/1", "t/a/2", "t/ab/1"]
    assert list(store.keys("t/a/")) == ["t/a/1", "t/a/2"]
    assert list(store.keys("nothing/")) == []


def test_what_is_deleted_is_gone_and_deleting_twice_is_no_error(store: ObjectStore) -> None:
    store.put_bytes("a/b/c", b"x", Headers())
    store.delete("a/b/c")
    assert (store.head("a/b/c"), list(store.keys(""))) == (None, [])


def test_absent_objects_are_key_errors(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="a/b"):
        store.get_bytes("a/b")
    with pytest.raises(KeyError, match="a/b"):
        store.fetch("a/b", tmp_path / "x")


@pytest.mark.parametrize("key", ["", "/a", "../a", "a/../b", "a//b", "."])
def test_keys_cannot_leave_the_store(store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="is not an object key"):
        store.put_bytes(key, b"", Headers())


def test_an_object_cut_short_behind_the_stores_back_counts_as_absent(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    store.put_bytes("a", b"whole", Headers())
    (tmp_path / "a").write_bytes(b"who")
    assert store.head("a") is None


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageUnavailable, match="check the directory and its disk"):
        open_store(str(tmp_path / "file" / "below")).put_bytes("a", b"", Headers())


def test_whether_a_store_can_be_written_is_known_before_anything_is_put(tmp_path: Path) -> None:
    DirectoryStore(tmp_path / "new" / "origin").check_writable()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageUnavailable, match="file is a file"):
        DirectoryStore(tmp_path / "file" / "origin").check_writable()


def test_an_origin_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InvalidSpec, match="ftp:// is not a kind of storage"):
        open_store("ftp://host/x")
