"""An object store in a directory: any static web server can serve it as it is."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from farm.errors import StorageUnavailable
from storage.objects import Headers, ObjectInfo, check_key

SIDE = ".reelfarm"  # holds what a file system cannot: content types and digests


class DirectoryStore:
    """Objects as files below `root`, their headers as JSON below `root/.reelfarm`."""

    def __init__(self, root: Path, *, links: bool = False) -> None:
        """`links` shares files with the scratch directory instead of copying them.

        For the work store, which nobody else touches; what lies at an origin is its own.
        """
        self.root = root.resolve()
        self._take = _link_or_copy if links else shutil.copyfile

    def put_file(self, key: str, path: Path, headers: Headers) -> ObjectInfo:
        temporary = self._temporary(key)
        try:
            self._take(path, temporary)
            with temporary.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return self._keep(key, temporary, sha256, headers)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise _unavailable(key, error) from error

    def put_bytes(self, key: str, content: bytes, headers: Headers) -> ObjectInfo:
        temporary = self._temporary(key)
        try:
            temporary.write_bytes(content)
            return self._keep(key, temporary, hashlib.sha256(content).hexdigest(), headers)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise _unavailable(key, error) from error

    def get_bytes(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError as error:
            raise KeyError(key) from error

    def fetch(self, key: str, target: Path) -> None:
        if not self._path(key).is_file():
            raise KeyError(key)
        try:
            self._take(self._path(key), target)
        except OSError as error:
            raise StorageUnavailable(f"cannot bring {key}: {error.strerror}", key=key) from error

    def head(self, key: str) -> ObjectInfo | None:
        path = self._path(key)
        try:
            known = json.loads(self._side(key).read_bytes())
            return ObjectInfo(**known) if path.stat().st_size == known["size_bytes"] else None
        except FileNotFoundError:
            return None

    def keys(self, prefix: str) -> Iterator[str]:
        # Only the directory the prefix names is walked, not the whole store.
        start = self.root / prefix.rpartition("/")[0]
        found = []
        for folder, folders, files in os.walk(start):
            folders[:] = [name for name in folders if name != SIDE]
            for name in files:
                key = (Path(folder) / name).relative_to(self.root).as_posix()
                if key.startswith(prefix):
                    found.append(key)
        yield from sorted(found)

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)
        self._side(key).unlink(missing_ok=True)
        self._remove_empty_folders(self._path(key).parent)
        self._remove_empty_folders(self._side(key).parent)

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

    def _remove_empty_folders(self, folder: Path) -> None:
        while folder not in (self.root, self.root / SIDE) and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)

    def _side(self, key: str) -> Path:
        return self.root / SIDE / "headers" / f"{check_key(key)}.json"

    def _temporary(self, key: str) -> Path:
        # Below SIDE: on the same file system, and never inside what a web server would list.
        folder = self.root / SIDE / "incoming"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unavailable(key, error) from error
        return folder / uuid.uuid4().hex

    def _keep(self, key: str, temporary: Path, sha256: str, headers: Headers) -> ObjectInfo:
        info = ObjectInfo(
            key,
            temporary.stat().st_size,
            sha256,
            headers.content_type,
            headers.cache_control,
            dict(headers.metadata),
        )
        side, path = self._side(key), self._path(key)
        for folder in (side.parent, path.parent):
            folder.mkdir(parents=True, exist_ok=True)
        side_temporary = temporary.with_suffix(".json")
        side_temporary.write_text(json.dumps(asdict(info)))
        side_temporary.replace(side)
        temporary.chmod(0o644)
        temporary.replace(path)
        return info


def _link_or_copy(source: Path, target: Path) -> None:
    """Give `source` a second name, or a copy where the file system has no hard links for it.

    Safe because files are never written in place: steps write new files and rename them.
    """
    target.unlink(missing_ok=True)  # a copy into it would reach every other name it has
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _unavailable(key: str, error: OSError) -> StorageUnavailable:
    return StorageUnavailable(
        f"cannot write {key} to the store: {error.strerror}: check the directory and its disk",
        key=key,
    )
