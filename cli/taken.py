"""What `reelfarm watch-folder` has handed in: a file in the state directory, kept for good."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from farm.errors import StorageUnavailable
from farm.settings import Settings

FOLDER = "watched"


class TakenTitles:
    """The names under which titles of one folder were handed in at one farm.

    The farm itself knows an Idempotency-Key for 30 days; a file may lie in its folder for longer.
    """

    def __init__(self, settings: Settings, url: str, folder: Path) -> None:
        told = hashlib.sha256(url.encode() + b"\n" + os.fsencode(folder)).hexdigest()
        self._path = settings.state_dir / FOLDER / told[:16]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path.touch(0o600)
            self._names = set(self._path.read_text("ascii").split())
        except (OSError, ValueError) as error:
            raise self._unusable(error) from error

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def add(self, name: str) -> None:
        """Remember a name, also after the machine went down."""
        self._names.add(name)
        try:
            with self._path.open("a", encoding="ascii") as file:
                file.write(f"{name}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> StorageUnavailable:
        return StorageUnavailable(f"cannot keep in {self._path} what was handed in: {error}")
