"""A worker process's own folder, with one in it for each step that runs, and clearing the dead's."""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import IO

from farm.errors import StorageUnavailable

LOCK = "lock"


class Scratch:
    """A folder below `root`, locked while this process lives; any number may share the root."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.folder = root / uuid.uuid4().hex[:12]
        self._lock: IO[bytes]
        self._empty: list[Path] = []  # folders no step is using

    def __enter__(self) -> Scratch:
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with self._root.with_name(f"{self._root.name}.{LOCK}").open("wb") as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)  # or another's clearing could find ours unlocked
                clear_dead(self._root)
                self.folder.mkdir()
                self._lock = (self.folder / LOCK).open("wb")
                fcntl.flock(self._lock, fcntl.LOCK_EX)
        except OSError as error:
            raise StorageUnavailable(
                f"cannot use {self._root} as scratch directory: {error.strerror}:"
                " check REELFARM_SCRATCH_DIR and its disk"
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


    @contextmanager
    def folder_for_a_step(self) -> Iterator[Path]:
        """Give an empty folder that nobody else uses, and empty it again afterwards.

        Folders are used again: to make one can cost more than the rest of a short step (ext4
        looks for a free inode among those just deleted).
        """
        folder = self._empty.pop() if self._empty else self._new_folder()
        try:
            yield folder
        finally:
            if _emptied(folder):
                self._empty.append(folder)

    def _new_folder(self) -> Path:
        return Path(mkdtemp(prefix="step-", dir=self.folder))


def _emptied(folder: Path) -> bool:
    """Empty a folder; return False, with nothing left of it, where that is not to be had."""
    try:
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry)
            else:
                os.unlink(entry)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        return False
    return True


def clear_dead(root: Path) -> None:
    """Remove the folders below `root` whose process is gone: nobody holds their lock."""
    for folder in root.iterdir():
        try:
            with (folder / LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue  # its process lives
        except (FileNotFoundError, NotADirectoryError):
            continue  # nothing of ours
