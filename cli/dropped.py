"""What lies in a folder that titles are dropped into, and what of it is still growing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from farm.sidecars import (
    SUBTITLE_SUFFIXES,
    Beside,
    has_suffix,
    is_unfinished,
    stem_of,
    titles_in,
)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What changes while a file is being written."""

    size_bytes: int
    mtime_ns: int


class Settling:
    """Tells which files have stayed as they are for a while, by looking again and again."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._since: dict[Path, tuple[FileFacts, float]] = {}

    def look(self, seen: Mapping[Path, FileFacts], now_s: float) -> frozenset[Path]:
        """Return those of the files that have not changed for long enough."""
        before = self._since
        self._since = {
            path: before[path] if path in before and before[path][0] == facts else (facts, now_s)
            for path, facts in seen.items()
        }
        return frozenset(
            path for path, (_, since_s) in self._since.items() if now_s - since_s >= self._settle_s
        )


@dataclass(frozen=True, slots=True)
class FoundTitle:
    """A media file and what lies beside it for it."""

    file: Path
    facts: FileFacts
    sidecars: Beside
    ignored: tuple[str, ...] = ()  # files beside it that look as if they were meant for it

    @property
    def files(self) -> frozenset[Path]:
        """Return every file it needs."""
        return frozenset({self.file, *map(self.file.with_name, _used(self.sidecars))})

    @property
    def name(self) -> str:
        """Return the Idempotency-Key under which this file, as it is now, is handed in once."""
        told = f"{os.fsencode(self.file)!r} {self.facts.size_bytes} {self.facts.mtime_ns}"
        return f"folder-{hashlib.sha256(told.encode()).hexdigest()}"


def found_in(folder: Path) -> tuple[dict[Path, FileFacts], list[FoundTitle]]:
    """Return every file in a folder and below it, and the titles among them."""
    seen: dict[Path, FileFacts] = {}
    titles: list[FoundTitle] = []
    for path, files in _folders(folder):
        seen |= {path / name: facts for name, facts in files.items()}
        found = titles_in(files)
        unused = files.keys() - {name for sidecars in found.values() for name in _used(sidecars)}
        titles += [
            FoundTitle(path / name, files[name], sidecars, _meant_for(name, unused))
            for name, sidecars in found.items()
        ]
    return seen, titles


def _used(sidecars: Beside) -> set[str]:
    """Return the names of the files that are sidecars."""
    chapters = set() if sidecars.chapters is None else {sidecars.chapters}
    return {name for name, _ in sidecars.subtitles} | chapters


def _meant_for(media: str, unused: Iterable[str]) -> tuple[str, ...]:
    """Return the files that are named after media and look like subtitles, and are none."""
    certain = SUBTITLE_SUFFIXES - {"txt", "xml"}  # these may be anything
    beginning = f"{stem_of(media)}."
    return tuple(sorted(n for n in unused if n.startswith(beginning) and has_suffix(n, certain)))


def _folders(top: Path) -> Iterator[tuple[Path, dict[str, FileFacts]]]:
    """Give each folder that is not hidden, with its files; what goes meanwhile is left out."""
    for root, folders, names in os.walk(top):
        folders[:] = [name for name in folders if not is_unfinished(name)]
        found = {}
        for name in names:
            try:
                facts = Path(root, name).stat()
            except OSError:
                continue
            if facts.st_size:  # an empty one is only a name yet
                found[name] = FileFacts(facts.st_size, facts.st_mtime_ns)
        yield Path(root), found
