"""An object store in a directory: any static web server can serve it as it is."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path

from farm.errors import StorageUnavailable
from storage.objects.links import link_or_copy
from storage.objects.store import Headers, Listed, ObjectInfo, check_key, sha256_of

SIDE = ".reelfarm"  # holds what a file system cannot: content types and digests
RACES = 100  # with deletions that remove the same empty folders
LOOKS = 3  # at an object that is just being replaced: its headers come before its content
LOOK_AGAIN_S = 0.01


class DirectoryStore:
    """Objects as files below `root`, their headers as JSON below `root/.reelfarm`."""

    local = True
    parallel = parallel_large = 1  # a disk is fastest with one thing after the other

    def __init__(self, root: Path, *, links: bool = False) -> None:
        """`links` shares files with the scratch directory instead of copying them.

        For the work store, which nobody else touches; what lies at an origin is its own.
        """
        self.root = root.resolve()
        self._take = link_or_copy if links else shutil.copyfile

    def put_file(
        self, key: str, path: Path, headers: Headers, *, create_only: bool = False
    ) -> ObjectInfo:
        if create_only and self._path(key).exists() and (there := self.head(key)):
            if there.sha256 == sha256_of(path):
                return there
            raise StorageUnavailable(
                f"{self.url(key)}: somebody else put something else there: look for what else"
                " writes there"
            )
        with self._incoming(key) as temporary:
            self._take(path, temporary)
            return self._keep(key, temporary, sha256_of(temporary), headers)

    def put_bytes(self, key: str, content: bytes, headers: Headers) -> ObjectInfo:
        with self._incoming(key) as temporary:
            temporary.write_bytes(content)
            return self._keep(key, temporary, hashlib.sha256(content).hexdigest(), headers)

    def get_bytes(self, key: str) -> bytes:
        with _translated("read", key):
            return self._path(key).read_bytes()

    def get_range(self, key: str, first: int, size_bytes: int) -> bytes:
        with _translated("read", key), self._path(key).open("rb") as file:
            file.seek(first)
            return file.read(size_bytes)

    def fetch(self, key: str, target: Path) -> None:
        if not self._path(key).is_file():
            raise KeyError(key)
        try:
            self._take(self._path(key), target)
        except OSError as error:
            raise _unavailable("bring", key, error) from error

    def head(self, key: str) -> ObjectInfo | None:
        with suppress(KeyError), _translated("read", key):
            for look in range(LOOKS):
                tag = _tag(self._path(key).stat())
                known = ObjectInfo(**json.loads(self._side(key).read_bytes()))
                # What was only copied or touched since is still the same.
                if known.tag == tag or known.sha256 == sha256_of(self._path(key)):
                    return replace(known, tag=tag)
                if look < LOOKS - 1:
                    time.sleep(LOOK_AGAIN_S)
        return None

    def listed(self, prefix: str) -> Iterator[Listed]:
        # Only the directory the prefix names is walked, not the whole store.
        start = self.root / prefix.rpartition("/")[0]
        found = []
        for folder, folders, files in os.walk(start):
            folders[:] = [name for name in folders if name != SIDE]
            for name in files:
                path = Path(folder) / name
                key = path.relative_to(self.root).as_posix()
                if not key.startswith(prefix):
                    continue
                with suppress(KeyError), _translated("read", key):  # gone since it was listed
                    facts = path.stat()
                    found.append(Listed(key, facts.st_size, _tag(facts)))
        yield from sorted(found, key=lambda one: one.key)

    def delete(self, key: str) -> None:
        with suppress(KeyError), _translated("delete", key):
            for path in (self._path(key), self._side(key)):
                path.unlink(missing_ok=True)
                self._remove_empty_folders(path.parent)

    def clear_abandoned(self, prefix: str, older_than_s: float) -> int:
        del prefix  # what is on its way does not show where to
        cleared = 0
        for path in self._incoming_folder.glob("*"):
            with suppress(KeyError), _translated("delete", path.name):  # it arrived just now
                # Not the time of the last write, which a linked file brings with it.
                if path.stat().st_ctime < time.time() - older_than_s:
                    path.unlink()
                    cleared += 1
        return cleared

    def check_writable(self) -> None:
        there = next(folder for folder in (self.root, *self.root.parents) if folder.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise StorageUnavailable(
                f"{self.root} cannot be written: check the permissions of {there}"
                if there.is_dir()
                else f"{self.root} cannot be made: {there} is a file"
            )

    def url(self, key: str) -> str:
        return self._path(key).as_uri()

    @property
    def _incoming_folder(self) -> Path:
        # Below SIDE: on the same file system, and never inside what a web server would list.
        return self.root / SIDE / "incoming"

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)

    def _side(self, key: str) -> Path:
        return self.root / SIDE / "headers" / f"{check_key(key)}.json"

    @contextmanager
    def _incoming(self, key: str) -> Iterator[Path]:
        """Give a name for what is on its way to `key`; nothing is left there afterwards."""
        check_key(key)
        temporary = self._incoming_folder / uuid.uuid4().hex
        try:
            make_readable(self._incoming_folder)
            yield temporary
        except OSError as error:
            for left in (temporary, temporary.with_suffix(".json")):
                with suppress(OSError):
                    left.unlink()
            raise _unavailable("write", key, error) from error

    def _keep(self, key: str, temporary: Path, sha256: str, headers: Headers) -> ObjectInfo:
        temporary.chmod(0o644)
        facts = temporary.stat()
        info = ObjectInfo(
            key,
            facts.st_size,
            sha256,
            headers.content_type,
            headers.cache_control,
            dict(headers.metadata),
            _tag(facts),
        )
        side = temporary.with_suffix(".json")
        side.write_text(json.dumps(asdict(info)))
        _move(side, self._side(key))
        _move(temporary, self._path(key))
        return info

    def _remove_empty_folders(self, folder: Path) -> None:
        with suppress(OSError):  # not empty, or somebody else removed it
            while folder not in (self.root, self.root / SIDE):
                folder.rmdir()
                folder = folder.parent


def _move(temporary: Path, path: Path) -> None:
    """Rename `temporary` to `path`, making the folders that a deletion may just be removing."""
    for attempt in range(1, RACES + 1):
        try:
            make_readable(path.parent)
            temporary.replace(path)
            break
        except (FileNotFoundError, FileExistsError):
            if attempt == RACES:
                raise


def make_readable(folder: Path) -> None:
    """Make a folder that is not there, for all to read as its files are, whatever the umask."""
    if folder.is_dir():
        return
    make_readable(folder.parent)
    with suppress(FileExistsError):  # made by somebody else just now, or no folder, as is soon seen
        folder.mkdir()
        folder.chmod(0o755)


def _tag(facts: os.stat_result) -> str:
    return f"{facts.st_mtime_ns:x}-{facts.st_size:x}"


@contextmanager
def _translated(verb: str, key: str) -> Iterator[None]:
    """Raise KeyError for what is not there, StorageUnavailable for every other trouble."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise KeyError(key) from error
    except OSError as error:
        raise _unavailable(verb, key, error) from error


def _unavailable(verb: str, key: str, error: OSError) -> StorageUnavailable:
    return StorageUnavailable(
        f"cannot {verb} {key} in the store: {error.strerror}: check the directory and its disk",
        key=key,
    )
