"""Files that are replaced whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from farm.files import replaced


def test_what_was_written_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    target.write_text("old")
    with replaced(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".mp4")
        assert temporary != target
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"film.mp4": "new"}


def test_nothing_is_left_of_what_failed(tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    with pytest.raises(ValueError, match="half way"), replaced(target) as temporary:
        temporary.write_text("half")
        raise ValueError("half way")
    assert list(tmp_path.iterdir()) == []


def test_who_writes_nothing_is_told_and_changes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    target.write_text("old")
    with pytest.raises(FileNotFoundError), replaced(target):
        pass
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"film.mp4": "old"}


def test_two_who_write_the_same_file_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    with replaced(target) as first, replaced(target) as second:
        first.write_text("first")
        second.write_text("second")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"film.mp4": "first"}


def test_the_temporary_file_may_lie_elsewhere(tmp_path: Path) -> None:
    target, folder = tmp_path / "kept" / "film", tmp_path / "incoming"
    for each in (target.parent, folder):
        each.mkdir()
    with replaced(target, folder=folder) as temporary:
        temporary.write_text("new")
        assert temporary.parent == folder
    assert (list(folder.iterdir()), target.read_text()) == ([], "new")


def test_a_secret_is_nobody_elses_from_its_first_byte(tmp_path: Path) -> None:
    target = tmp_path / "up.json"
    with replaced(target, mode=0o600) as temporary:
        assert temporary.stat().st_mode & 0o777 == 0o600
        temporary.write_text("password")
    assert target.stat().st_mode & 0o777 == 0o600
