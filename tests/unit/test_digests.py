"""A source is read once on a host to know what it is."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from storage.objects.store import sha256_of
from workers.sources import digests
from workers.sources.digests import Digests

CONTENT = b"a film, in full"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Note which files are read."""
    read: list[Path] = []

    def noting(path: Path, _report: object) -> str:
        read.append(path)
        return sha256_of(path)

    monkeypatch.setattr("workers.sources.digests.sha256_of", noting)
    return read


def test_a_file_that_has_not_changed_is_read_once(
    film: Path, tmp_path: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "SETTLED_AFTER_S", -1.0)
    found = [Digests(tmp_path / "digests").of_file(film) for _ in range(3)]
    assert (found, len(reads)) == (3 * [SHA256], 1)


def test_a_file_of_which_nothing_but_the_content_and_ctime_changed_is_read_again(
    film: Path, tmp_path: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "SETTLED_AFTER_S", -1.0)
    known = Digests(tmp_path / "digests")
    before = film.stat()
    assert known.of_file(film) == SHA256
    time.sleep(0.02)  # more than a tick of the file system's clock
    film.write_bytes(CONTENT[::-1])
    os.utime(film, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert known.of_file(film) == hashlib.sha256(CONTENT[::-1]).hexdigest()
    assert len(reads) == 2


def test_a_file_that_was_just_written_is_read_again(
    film: Path, tmp_path: Path, reads: list[Path]
) -> None:
    known = Digests(tmp_path / "digests")
    assert [known.of_file(film), known.of_file(film)] == [SHA256, SHA256]
    assert (len(reads), (tmp_path / "digests").exists()) == (2, False)


def test_of_very_many_digests_the_oldest_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "MOST_KEPT", 10)
    known = Digests(tmp_path / "digests")
    for number in range(11):
        known.note({"file": number}, f"{number}")
        for path in (tmp_path / "digests").iterdir():
            os.utime(path, ns=(0, path.stat().st_mtime_ns - 1_000_000_000))
    assert [known.known({"file": number}) for number in (0, 1, 10)] == [None, "1", "10"]
