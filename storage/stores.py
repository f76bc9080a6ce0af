"""From the name of a place to the object store that is there."""

from __future__ import annotations

from pathlib import Path

from farm.errors import InvalidSpec
from storage.directory import DirectoryStore
from storage.objects import ObjectStore


def work_store(folder: Path) -> ObjectStore:
    """Return the store of the outputs of steps on this machine."""
    return DirectoryStore(folder, links=True)


def open_store(location: str) -> ObjectStore:
    """Return the store at `location`, a directory path; raise InvalidSpec for any other kind."""
    scheme, separator, _ = location.partition("://")
    if separator and scheme != "file":
        raise InvalidSpec(
            f"origin {location!r}: {scheme}:// is not a kind of storage this farm writes to;"
            " give a directory"
        )
    return DirectoryStore(Path(location.removeprefix("file://")))
