"""This host's cache of content from far away, by its SHA-256: what one step brought, all have."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from farm.errors import StorageUnavailable
from farm.files import replaced
from storage.objects.links import link_or_copy
from workers.sources.eviction import PINNED_SHARE, Held, evict, full_bytes
from workers.sources.pins import Pins, Unfinished, all_of_them

log = logging.getLogger("reelfarm.worker")

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # random(4): another one after each boot
WAIT_S = 0.05
KEPT_SHARE = 0.9  # of the limit, after an eviction: not every new file shall cause one


class WrongContent(StorageUnavailable):
    """What was downloaded is not what the digest promised."""


def _go_on() -> None:
    """Stand in where nobody would cancel."""


class Cache:
    """Files by the digest of their content; the threads and processes of a host may share them.

    `limit_bytes` may be exceeded by one file, however large, as long as it is in use, and by what
    unfinished jobs hold (all steps of a title read its source), up to twice the limit. 0 keeps
    nothing. What is handed out is a hard link: what is evicted stays with those who read it.
    """

    def __init__(
        self, folder: Path, limit_bytes: int, unfinished: Unfinished = all_of_them
    ) -> None:
        self._folder = folder
        self._content = folder / "content"
        self._incoming = folder / "incoming"
        self._locks = folder / "locks"
        self._limit_bytes = limit_bytes
        self._full_bytes = limit_bytes  # more, where unfinished jobs hold more
        self._pins = Pins(folder / "pins", unfinished)
        self._beginning = threading.Lock()
        self._counting = threading.Lock()
        self._held_bytes: int | None = None  # as the last look said, and what we added since

    def fetch(
        self,
        sha256: str,
        size_bytes: int,
        target: Path,
        download: Callable[[Path], None],
        check_wanted: Callable[[], None] = _go_on,
    ) -> None:
        """Make the content readable at `target`, by `download` (to a path) if it is not here yet.

        Of several who want the same content, one downloads it and the others wait for that, calling
        `check_wanted`. Raises WrongContent when what was downloaded is something else.
        """
        if not self._limit_bytes:
            return _bring(sha256, size_bytes, target, download)
        self._begin()
        while not self._hand_out(sha256, size_bytes, target):
            with self._lock(sha256) as mine:
                if mine and not self._hand_out(sha256, size_bytes, target):
                    self._bring_in(sha256, size_bytes, target, download)
                if mine:
                    return None
            check_wanted()
            time.sleep(WAIT_S)
        return None

    def hold(self, sha256: str, job_id: str) -> None:
        """Keep content, once it is here, until a job has ended."""
        if self._limit_bytes:
            self._pins.hold(sha256, job_id)

    def keep(self, sha256: str, path: Path) -> None:
        """Take in a file that was made here: the next step on this host need not download it."""
        if not self._limit_bytes:
            return
        with suppress(OSError):  # a full disk, most likely: then it is downloaded
            self._begin()
            if not self._path(sha256).exists():
                self._take_in(sha256, path)

    def _bring_in(
        self, sha256: str, size_bytes: int, target: Path, download: Callable[[Path], None]
    ) -> None:
        # On a full disk, running steps need the room more; what later steps need goes last.
        for pinned_share in (PINNED_SHARE, 0.0):
            try:
                _bring(sha256, size_bytes, target, download)
                break
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                self._evict(0.0, pinned_share)
        else:
            _bring(sha256, size_bytes, target, download)
        self.keep(sha256, target)

    def _hand_out(self, sha256: str, size_bytes: int, target: Path) -> bool:
        path = self._path(sha256)
        try:
            if path.stat().st_size != size_bytes:  # somebody cut it short
                path.unlink()
                return False
            link_or_copy(path, target)
            os.utime(path)  # used now
        except FileNotFoundError:  # not here, or evicted just now
            return False
        return True

    def _take_in(self, sha256: str, path: Path) -> None:
        kept = self._path(sha256)
        for folder in (kept.parent, self._incoming):
            folder.mkdir(parents=True, exist_ok=True)
        with replaced(kept, folder=self._incoming) as temporary:
            link_or_copy(path, temporary)
            os.utime(temporary)
            size_bytes = temporary.stat().st_size
        with self._counting:
            self._held_bytes = (self._held_bytes or 0) + size_bytes
            full = self._held_bytes > self._full_bytes
        if full:
            self._evict(KEPT_SHARE)

    def _evict(self, share: float, pinned_share: float = PINNED_SHARE) -> None:
        """Remove what was not used for longest, until `share` of the limit is left."""
        pinned, held = self._pins.held(), []
        for path in self._content.glob("*/*"):
            with suppress(FileNotFoundError):  # evicted by another process
                facts = path.stat()
                is_pinned = path.name in pinned
                held.append(Held(is_pinned, facts.st_mtime_ns, facts.st_size, path))
        eviction = evict(held, self._limit_bytes, share, pinned_share)
        for one in eviction.gone:
            one.path.unlink(missing_ok=True)
            if one.is_pinned:
                log.warning("%s: evicted, though an unfinished title needs it", one.path)
        if eviction.pinned_bytes > self._limit_bytes:
            log.warning(
                "the cache holds %d bytes for unfinished titles: REELFARM_CACHE_BYTES is %d",
                *(eviction.pinned_bytes, self._limit_bytes),
            )
        with self._counting:
            self._held_bytes = eviction.kept_bytes
            self._full_bytes = full_bytes(self._limit_bytes, eviction.pinned_bytes)

    def _path(self, sha256: str) -> Path:
        return self._content / sha256[:2] / sha256

    @contextmanager
    def _lock(self, name: str) -> Iterator[bool]:
        """Give whether the lock of this name is ours as long as the `with` lasts.

        It ends with the process that holds it, however that ends (flock(2)).
        """
        self._locks.mkdir(parents=True, exist_ok=True)
        path = self._locks / name
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # A holder removes the file before it lets go: the name may be another file's now.
                mine = os.path.samestat(path.stat(), os.fstat(file.fileno()))
            except (BlockingIOError, FileNotFoundError):
                mine = False
            try:
                yield mine
            finally:
                if mine:
                    path.unlink(missing_ok=True)

    def _begin(self) -> None:
        """Before the first use, forget what killed processes left.

        And all content from before the machine went down: it was not flushed to the disk, so that
        it may have holes.
        """
        with self._beginning:
            if self._held_bytes is None:
                self._forget_the_dead()
                self._evict(1.0)

    def _forget_the_dead(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "boot").open("a+") as boot:
            fcntl.flock(boot, fcntl.LOCK_EX)
            boot.seek(0)
            now = BOOT_ID.read_text()
            if boot.read() != now:
                shutil.rmtree(self._content, ignore_errors=True)
                boot.truncate(0)
                boot.write(now)
                boot.flush()
        shutil.rmtree(self._incoming, ignore_errors=True)
        for left in self._locks.glob("*"):
            with self._lock(left.name):
                pass  # which removes it, unless it is held


def _bring(sha256: str, size_bytes: int, target: Path, download: Callable[[Path], None]) -> None:
    """Download to a temporary name beside `target`; it gets its own when the content is right."""
    with replaced(target) as temporary:
        download(temporary)
        arrived_bytes = temporary.stat().st_size
        with temporary.open("rb") as file:
            arrived = hashlib.file_digest(file, "sha256").hexdigest()
        if (arrived, arrived_bytes) != (sha256, size_bytes):
            raise WrongContent(
                f"{target.name}: what was downloaded is not what was stored: {arrived_bytes} bytes"
                f" with SHA-256 {arrived}, not {size_bytes} with {sha256}"
            )
