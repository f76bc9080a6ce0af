"""A worker process's own folder, with one in it per step that runs, and clearing the dead's."""

from __future__ import annotations

import fcntl
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
    def folder_for(self, name: str) -> Iterator[Path]:
        """Give an empty folder of this name, gone afterwards.

        One that was used before gets the new name: to make one can cost more than the rest of a
        short step (ext4 looks for a free inode among those just deleted).
        """
        folder = self.folder / name
        try:
            self._empty.pop().rename(folder)
        except (IndexError, FileNotFoundError):  # there is none, or somebody tidied up here
            folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            self._put_back(folder)

    def _put_back(self, folder: Path) -> None:
        try:
            for path in folder.iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            self._empty.append(folder.rename(self.folder / f"empty-{uuid.uuid4().hex[:12]}"))
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)  # the next step gets a new one


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
