"""Digests of sources that this host has read once, so that it need not read them again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from farm.files import replaced
from farm.serial import digest
from storage.objects.store import sha256_of

# A file changed so shortly before it was read may be changed again within one tick of its clock,
# unseen (as Git has it: "racy-git").
SETTLED_AFTER_S = 2.0
MOST_KEPT = 10_000


class Digests:
    """SHA-256 by what tells a source from a changed one; the processes of a host may share them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of_file(self, path: Path, report: Callable[[float], None] | None = None) -> str:
        """Return the digest of a file here, read only where it is not known as it is now.

        `report` is told the share that has been read.
        """
        before = _identity(path)
        if (known := self.known(before)) is not None:
            return known
        sha256 = sha256_of(path, report)
        changed_s = max(before["mtime_ns"], before["ctime_ns"]) / 1e9
        if _identity(path) == before and time.time() - changed_s > SETTLED_AFTER_S:
            self.note(before, sha256)
        return sha256

    def known(self, identity: Mapping[str, Any]) -> str | None:
        """Return the digest of what has this identity, None where nobody has read it here."""
        try:
            return (self._folder / digest(identity)).read_text()
        except FileNotFoundError:
            return None

    def note(self, identity: Mapping[str, Any], sha256: str) -> None:
        """Remember a digest; of very many the oldest are forgotten."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with replaced(self._folder / digest(identity)) as temporary:
            temporary.write_text(sha256)
        kept = list(self._folder.iterdir())
        if len(kept) > MOST_KEPT:
            kept.sort(key=_written_at)
            for old in kept[: MOST_KEPT // 10]:
                old.unlink(missing_ok=True)


def _identity(path: Path) -> dict[str, Any]:
    """Return what no change of a file leaves as it is; a change of its time shows in ctime."""
    facts = path.stat()
    return {
        "path": str(path.resolve()),
        "inode": [facts.st_dev, facts.st_ino],
        "size_bytes": facts.st_size,
        "mtime_ns": facts.st_mtime_ns,
        "ctime_ns": facts.st_ctime_ns,
    }


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process has forgotten it
        return 0.0
