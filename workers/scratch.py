"""A worker process's own folder for running steps, and clearing those of processes that died."""

from __future__ import annotations

import fcntl
import shutil
import uuid
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
