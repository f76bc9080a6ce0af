"""Which content of a host's cache the unfinished titles on this host still need."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from farm.errors import StorageUnavailable

Unfinished = Callable[[Collection[str]], Collection[str]]


def all_of_them(job_ids: Collection[str]) -> Collection[str]:
    """Stand in where nobody can say which jobs have ended."""
    return job_ids


class Pins:
    """Content by digest, held by jobs: empty files `<digest>/<job id>`, shared by processes."""

    def __init__(self, folder: Path, unfinished: Unfinished) -> None:
        """`unfinished` returns those of some jobs that have not ended."""
        self._folder = folder
        self._unfinished = unfinished

    def hold(self, sha256: str, job_id: str) -> None:
        """Keep content until the job has ended."""
        folder = self._folder / sha256
        folder.mkdir(parents=True, exist_ok=True)
        (folder / job_id).touch()

    def held(self) -> set[str]:
        """Return the digests of what is still needed; forget what ended jobs held.

        While PostgreSQL is away every job counts as unfinished.
        """
        pins = list(self._folder.glob("*/*"))
        job_ids = {pin.name for pin in pins}
        try:
            unfinished = set(self._unfinished(job_ids)) if job_ids else set()
        except StorageUnavailable:
            unfinished = job_ids
        for pin in pins:
            if pin.name not in unfinished:
                pin.unlink(missing_ok=True)
                with suppress(OSError):  # others hold it
                    pin.parent.rmdir()
        return {pin.parent.name for pin in pins if pin.name in unfinished}
