"""A generation recorded for the unit tests, and what the conformance rules say of it.

`python -m tests.media.recorded` records anew what they say, and, where the archive was removed, the
generation as well.

Written by the real packager, and every byte of it kept but the pictures and the sound themselves:
they are zeros, as no rule looks at them, and so the archive is small. Beside it lies what the rules
say of it, and of every way to spoil it: read the differences before you commit new ones.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from farm.facts import Check, Packaged
from farm.settings import Settings
from media.isobmff.boxes import boxes
from qc.conformance.lint import lint
from tests.media.packaged import Made, expectations, full_title, make
from tests.media.spoiled import Case
from workers.programs.runner import run
from workers.programs.tools import find_tools

FOLDER = Path(__file__).parent.parent / "unit" / "generation"
ARCHIVE = FOLDER / "full-title.zip"
OBJECTIONS = FOLDER / "objections.json"
NAL_LENGTH_BYTES = 4
WHEN = (2000, 1, 1, 0, 0, 0)  # equal files make an equal archive


def unpack(folder: Path) -> Made:
    """Return the recorded generation of `full_title`, unpacked into `folder`."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(folder)
    title = full_title()
    return Made(folder, title, Packaged("master.m3u8", "manifest.mpd", ()), expectations(title))


def objections(case: Case, sound: Made) -> list[str]:
    """Return what the rules object to in a generation spoiled so; it is sound again afterwards."""
    before = _stamps(sound.generation)
    case.spoil(sound.generation)
    checks = lint(sound.generation, case.expect(sound.expected))
    _mend(sound.generation, before)
    return in_words(check for check in checks if check.outcome != "pass")


def _mend(folder: Path, before: dict[str, int]) -> None:
    """Bring a folder back to the archive's files, of which few have changed."""
    now = _stamps(folder)
    for name in now.keys() - before.keys():
        (folder / name).unlink()
    with zipfile.ZipFile(ARCHIVE) as archive:
        for name in (name for name, changed_ns in before.items() if now.get(name) != changed_ns):
            archive.extract(name, folder)


def _stamps(folder: Path) -> dict[str, int]:
    """Return when each file below a folder was last changed, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_ctime_ns
        for path in folder.rglob("*")
        if path.is_file()
    }


def in_words(checks: Iterable[Check]) -> list[str]:
    return [f"{check.rule} {check.outcome}: {check.evidence}" for check in checks]


def _record(folder: Path, cases: Sequence[Case]) -> None:
    if not ARCHIVE.exists():  # or else only what is said of it is recorded anew
        _record_generation(folder)
    sound = unpack(folder / "sound")
    said = {str(case): objections(case, sound) for case in cases}
    said["nothing is spoiled"] = in_words(lint(sound.generation, sound.expected))
    OBJECTIONS.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _record_generation(folder: Path) -> None:
    tools = find_tools(Settings(state_dir=folder))
    work = folder / "work"
    work.mkdir()
    made = make(lambda command, cwd: run(command, tools=tools, cwd=cwd), work, full_title())
    FOLDER.mkdir(exist_ok=True)
    with zipfile.ZipFile(ARCHIVE, "w", zipfile.ZIP_LZMA) as archive:
        for path in sorted(path for path in made.generation.rglob("*") if path.is_file()):
            name = path.relative_to(made.generation).as_posix()
            archive.writestr(zipfile.ZipInfo(name, WHEN), _blank(path), zipfile.ZIP_LZMA)


def _blank(path: Path) -> bytes:
    """Return a file with zeros for pictures and sound; of pictures, NAL units keep their heads."""
    data = bytearray(path.read_bytes())
    if path.suffix != ".m4s" or path.parent.name.startswith("text"):
        return bytes(data)
    for kind, start, end in boxes(bytes(data)):
        if kind != "mdat":
            continue
        if path.parent.name.startswith("audio"):
            data[start:end] = bytes(end - start)
            continue
        at = start
        while at < end:
            payload = at + NAL_LENGTH_BYTES + 1
            at += NAL_LENGTH_BYTES + int.from_bytes(data[at : at + NAL_LENGTH_BYTES], "big")
            data[payload:at] = bytes(at - payload)
    return bytes(data)


if __name__ == "__main__":
    from tests.unit.slips import CASES

    with tempfile.TemporaryDirectory() as temporary:
        _record(Path(temporary), CASES)
