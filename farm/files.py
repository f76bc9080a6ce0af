"""Files that are there whole or not at all, for whoever looks and whenever a process dies."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced(
    target: Path, *, folder: Path | None = None, mode: int | None = None
) -> Iterator[Path]:
    """Give a name to write to; what lies there at the end of the block becomes `target`.

    Nothing is left of it when the block raises. The name is nobody else's and ends like `target`'s,
    as FFmpeg goes by that; it lies in `folder`, on the same file system, or beside `target`. With a
    `mode` the file is there already, with these permissions. Raises OSError.
    """
    temporary = (folder or target.parent) / f".{uuid.uuid4().hex}-{target.name}"
    try:
        if mode is not None:
            temporary.touch(mode)  # before the first byte: nobody reads it meanwhile
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
