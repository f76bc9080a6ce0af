"""A source that is a file here: opened once, checked after that, and seen by commands as opened."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from farm.command import SOURCE_NAME
from farm.errors import InvalidSource
from services.allowed import Allowed, real_path

BLOCK_BYTES_ON_DISK = 512  # of st_blocks (stat(2))


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is held open: whatever happens to its name, this is what was checked."""

    path: Path  # when it was opened, through no symlink
    descriptor: int

    @property
    def identity(self) -> dict[str, int]:
        """Return what tells an unchanged file from a changed one, without reading it."""
        facts = os.fstat(self.descriptor)
        return {"size_bytes": facts.st_size, "mtime_ns": facts.st_mtime_ns}

    @property
    def link(self) -> Path:
        """Return a path under which programs of this user open the very same file (proc(5))."""
        return Path(f"/proc/{os.getpid()}/fd/{self.descriptor}")

    def close(self) -> None:
        """Let go of it; `link` leads nowhere from now on."""
        os.close(self.descriptor)


def open_file(uri: str, allowed: Allowed, place: Path | None = None) -> OpenFile:
    """Return the file that a plain path or a file:// URI means, open; or the one at `place`.

    No symlink leads out of what is allowed, not even one that is put in place meanwhile: what
    counts is where the file lies that has been opened. (A hard link is a file of its folder.)
    Raises InvalidSource for other schemes, and for files that are not there or no regular, readable
    file with something in it; LocationNotAllowed before it looks whether there is such a file.
    """
    path = real_path(str(place or uri))
    allowed.check_path(uri, path)
    try:
        # Not to wait for a named pipe's writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InvalidSource(f"{uri!r} does not exist: check the path") from error
    except PermissionError as error:
        raise InvalidSource(f"{uri!r} may not be read: give this user the permission to") from error
    except OSError as error:
        raise InvalidSource(f"{uri!r} cannot be read: {error.strerror}") from error
    try:
        allowed.check_path(uri, Path(f"/proc/self/fd/{descriptor}").readlink())
        _check_content(uri, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return OpenFile(path, descriptor)


def place_link(path: Path, scratch: Path) -> None:
    """Link the source into `scratch`, so that no text of a user ever reaches a command."""
    link = scratch / SOURCE_NAME
    link.unlink(missing_ok=True)
    link.symlink_to(path)


def _check_content(uri: str, facts: os.stat_result) -> None:
    if stat.S_ISDIR(facts.st_mode):
        raise InvalidSource(f"{uri!r} is a directory: give the file in it")
    if not stat.S_ISREG(facts.st_mode):
        raise InvalidSource(f"{uri!r} is not a regular file: copy its content to one first")
    if facts.st_size == 0:
        raise InvalidSource(f"{uri!r} is empty: upload it again")


def bytes_in(folder: Path) -> int:
    """Return what the files of a folder take on the disk, whatever they are called meanwhile."""
    taken = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # just renamed
            taken += path.stat().st_blocks * BLOCK_BYTES_ON_DISK
    return taken
