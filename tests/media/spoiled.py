"""Ways to spoil a sound generation, so that a conformance rule has something to object to."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from farm.checks import CheckOutcome
from qc.conformance.expectations import Expectations
from qc.conformance.lint import lint
from tests.media.packaged import Made

TOP = "h264-180p"
MASTER = "master.m3u8"
MPD = "manifest.mpd"

Spoil = Callable[[Path], object]
Expect = Callable[[Expectations], Expectations]


@dataclass(frozen=True, slots=True)
class Case:
    """How to spoil a generation, or what is expected of it, so that one rule must object."""

    rule: str
    outcome: CheckOutcome
    evidence: str
    spoil: Spoil
    expect: Expect = lambda expected: expected

    def __str__(self) -> str:
        return f"{self.rule}: {self.evidence}"


def assert_objection(case: Case, sound: Made, folder: Path) -> None:
    """Spoil a copy of `sound` in `folder`, lint it, and find the objection the case wants."""
    generation = folder / "generation"
    shutil.copytree(sound.generation, generation)
    case.spoil(generation)
    checks = {check.rule: check for check in lint(generation, case.expect(sound.expected))}
    assert checks[case.rule].outcome == case.outcome
    assert case.evidence in checks[case.rule].evidence


def edit(name: str, old: str, new: str, *, count: int = 1) -> Spoil:
    """Replace text that must be there in a text file of the generation."""

    def spoil(root: Path) -> None:
        text = (root / name).read_text("utf-8")
        spoiled = re.sub(old, new, text, count=count)
        assert spoiled != text, f"{name} has no {old}"
        (root / name).write_text(spoiled, "utf-8")

    return spoil


def patch(name: str, box: bytes, at: int, new: bytes) -> Spoil:
    """Overwrite bytes `at` an offset behind the type of the first `box` in a media file."""

    def spoil(root: Path) -> None:
        data = bytearray((root / name).read_bytes())
        start = data.index(box) + 4 + at
        assert data[start : start + len(new)] != new
        data[start : start + len(new)] = new
        (root / name).write_bytes(data)

    return spoil


def later(name: str, ticks: int) -> Spoil:
    """Move the first fragment of a segment on by `ticks` (tfdt is a 32- or 64-bit big-endian)."""

    def spoil(root: Path) -> None:
        data = bytearray((root / name).read_bytes())
        body = data.index(b"tfdt") + 4
        size = 8 if data[body] else 4
        start = body + 4
        ticks_now = int.from_bytes(data[start : start + size], "big")
        data[start : start + size] = (ticks_now + ticks).to_bytes(size, "big")
        (root / name).write_bytes(data)

    return spoil


def without(name: str) -> Spoil:
    return lambda root: (root / name).unlink()


def with_file(name: str) -> Spoil:
    return lambda root: (root / name).write_bytes(b"?")


def cut(name: str, size_bytes: int) -> Spoil:
    return lambda root: (root / name).write_bytes((root / name).read_bytes()[:-size_bytes])


def heavy(name: str, size_bytes: int) -> Spoil:
    """Append a `free` box, which players skip, to a segment."""

    def spoil(root: Path) -> None:
        box = size_bytes.to_bytes(4, "big") + b"free" + bytes(size_bytes - 8)
        (root / name).write_bytes((root / name).read_bytes() + box)

    return spoil


def drop_last(name: str, segments: int) -> Spoil:
    """Take the last segments out of a media playlist."""

    def spoil(root: Path) -> None:
        *lines, end = (root / name).read_text("utf-8").splitlines()
        (root / name).write_text("\n".join([*lines[: -2 * segments], end, ""]), "utf-8")

    return spoil


def unchanged(root: Path) -> None:
    pass


def spoil_sync_flag(path: Path) -> None:
    """Mark the first sample of a segment as a non-sync sample, in the table of its trun."""
    data = bytearray(path.read_bytes())
    trun = data.index(b"trun") + 4
    flags = int.from_bytes(data[trun + 1 : trun + 4], "big")
    assert flags & 0x400, "the packager keeps flags per sample"
    column = 4 * (bool(flags & 0x100) + bool(flags & 0x200))
    row = trun + 8 + 4 * (bool(flags & 1) + bool(flags & 4)) + column
    data[row : row + 4] = (0x00010000).to_bytes(4, "big")
    path.write_bytes(data)


def silence(folder: Path) -> None:
    for path in folder.glob("*.vtt"):
        header = path.read_text("utf-8").split("\n\n")[0]
        path.write_text(f"{header}\n\n", "utf-8")
