"""What a store in a directory does beyond the contract of all stores."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from farm.errors import StorageUnavailable
from farm.settings import Settings
from storage.objects.directory import DirectoryStore
from storage.objects.store import Headers
from storage.objects.stores import open_store

VTT = Headers("text/vtt", "max-age=10", {"made-by": "a test"})
LARGE_BYTES = (17 << 20) + 1  # in parts on S3


def test_a_directory_holds_nothing_temporary_after_a_put(
    settings: Settings, tmp_path: Path
) -> None:
    store = open_store(str(tmp_path), settings)
    store.put_bytes("a", b"new", Headers())
    with pytest.raises(StorageUnavailable, match="No such file"):
        store.put_file("a", tmp_path / "absent", Headers())
    assert list((tmp_path / ".reelfarm" / "incoming").iterdir()) == []


def test_what_a_killed_process_left_in_a_directory_is_cleared_once_it_is_old(
    settings: Settings, tmp_path: Path
) -> None:
    store = open_store(str(tmp_path), settings)
    store.put_bytes("a", b"x", Headers())
    for name in ("5eed", "5eed.json"):
        (tmp_path / ".reelfarm" / "incoming" / name).write_bytes(b"half a fi")
    assert store.clear_abandoned("", 3600) == 0
    assert store.clear_abandoned("", -1) == 2
    assert list((tmp_path / ".reelfarm" / "incoming").iterdir()) == []


def test_an_object_cut_short_behind_the_stores_back_counts_as_absent(
    settings: Settings, tmp_path: Path
) -> None:
    store = open_store(str(tmp_path), settings)
    store.put_bytes("a", b"whole", Headers())
    (tmp_path / "a").write_bytes(b"who")
    assert store.head("a") is None


def test_an_object_that_is_just_being_replaced_is_not_taken_for_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = DirectoryStore(tmp_path / "one"), DirectoryStore(tmp_path / "other")
    store.put_bytes("a.json", b"old", VTT)
    put = other.put_bytes("a.json", b"new", VTT)
    headers = Path(".reelfarm/headers/a.json.json")
    (other.root / headers).replace(store.root / headers)  # so far a put of ours has come
    monkeypatch.setattr("storage.objects.directory.time.sleep", lambda _: None)
    assert store.head("a.json") is None  # and no further: headers and content are not one object

    def go_on(_: float) -> None:
        (other.root / "a.json").replace(store.root / "a.json")

    monkeypatch.setattr("storage.objects.directory.time.sleep", go_on)
    assert store.head("a.json") == put


def test_an_object_that_was_copied_elsewhere_without_its_times_is_still_there(
    tmp_path: Path,
) -> None:
    store = DirectoryStore(tmp_path / "origin")
    put = store.put_bytes("a.vtt", b"cue", VTT)
    os.utime(store.root / "a.vtt", (1, 1))
    found = store.head("a.vtt")
    assert found == replace(put, tag=next(store.listed("")).tag)
    assert found.tag != put.tag


def test_a_directory_that_cannot_be_written_says_so(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageUnavailable, match="check the directory and its disk"):
        open_store(str(tmp_path / "file" / "below"), settings).put_bytes("a", b"", Headers())


def test_whether_a_directory_can_be_written_is_known_before_anything_is_put(
    settings: Settings, tmp_path: Path
) -> None:
    open_store(str(tmp_path / "new" / "origin"), settings).check_writable()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageUnavailable, match="file is a file"):
        open_store(str(tmp_path / "file" / "origin"), settings).check_writable()


def test_folders_are_as_readable_as_files_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        store = DirectoryStore(tmp_path / "made" / "origin")
        store.put_bytes("tenant/asset/master.m3u8", b"#EXTM3U", Headers())
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "made").rglob("*")}
    folders = {"origin", "tenant", "asset"}
    assert {modes[name] for name in folders} == {0o755}
    assert modes["master.m3u8"] == 0o644
