"""Files that come bit by bit into a directory store: one writer at a time, from an offset on."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path

from farm.errors import Conflict, StorageUnavailable
from storage.objects.directory import DirectoryStore, make_readable
from storage.objects.store import check_key

RACES = 100  # with deletions that remove the same empty folders


class Appending:
    """A file that is open for one writer, which holds its lock until it is closed.

    What was written is safe on the disk after `flush`. Raises StorageUnavailable where the disk
    takes no more.
    """

    def __init__(self, shown: str, descriptor: int, offset: int) -> None:
        self._shown = shown
        self._descriptor = descriptor
        self.offset = offset

    def write(self, content: bytes | bytearray) -> None:
        """Write what comes next."""
        left = memoryview(content)
        try:
            while left:
                written = os.pwrite(self._descriptor, left, self.offset)
                self.offset += written
                left = left[written:]
        except OSError as error:
            raise _unavailable(self._shown, error) from error

    def flush(self) -> None:
        """Return when all that was written is on the disk."""
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            raise _unavailable(self._shown, error) from error

    def close(self) -> None:
        """Let go of the file, and of its lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def cut(self, offset: int) -> None:
        """Forget what lies behind an offset: nobody knows whether all of it is there.

        Raises Conflict where the file is shorter than that: it was lost.
        """
        size_bytes = os.fstat(self._descriptor).st_size
        if size_bytes < offset:
            raise Conflict(
                f"{self._shown} has {size_bytes} bytes of the {offset} that had arrived: upload the"
                " file anew",
                input=self._shown,
            )
        os.ftruncate(self._descriptor, offset)
        self.offset = offset


class FolderReceiver:
    """Takes in files below a directory store's root."""

    def __init__(self, store: DirectoryStore) -> None:
        self._store = store

    def path(self, key: str) -> Path:
        """Return where a file is, or will be."""
        return self._store.root / check_key(key)

    def open(self, key: str, shown: str) -> Appending:
        """Return the file, made if need be, for one writer; raise Conflict where it has one."""
        descriptor = self._open(self.path(key), shown)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise Conflict(
                f"{shown} is being sent by another request: wait until that has ended", input=shown
            ) from error
        return Appending(shown, descriptor, 0)

    def free_bytes(self) -> int:
        """Return how much more the disk takes."""
        root = self._store.root
        there = next(folder for folder in (root, *root.parents) if folder.exists())
        try:
            return shutil.disk_usage(there).free
        except OSError as error:
            raise _unavailable(str(root), error) from error

    def remove(self, key: str) -> None:
        """Remove a file; that there is none is no error."""
        self._store.delete(key)

    def _open(self, path: Path, shown: str) -> int:
        try:
            for _ in range(RACES):
                with suppress(FileNotFoundError):
                    make_readable(path.parent)
                    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise _unavailable(shown, error) from error
        raise StorageUnavailable(f"cannot write {shown}: its folder goes as fast as it is made")


def _unavailable(shown: str, error: OSError) -> StorageUnavailable:
    return StorageUnavailable(
        f"cannot write {shown}: {error.strerror}: check the directory and its disk", key=shown
    )
