"""A published generation wherever it lies, read file by file: a folder, a bucket, a web server."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpx

from farm.errors import InvalidSource, StorageUnavailable
from farm.settings import Settings
from farm.uri import WEB, path_of, scheme_of
from media.packaging.title import DASH_NAME, HLS_NAME
from qc.provenance import PROVENANCE_NAME
from qc.reproduction.document import MOST_BYTES, FileTold, ProvenanceTold, read_provenance
from qc.reproduction.files import REPORT_NAME
from workers.local.reproduction import GenerationFound

AT_ONCE = 16
TIMEOUT_S = 30.0
BLOCK_BYTES = 1 << 20
LED_TO = re.compile(r"(?:^|[\"'/>\s])(g[0-9]+-[0-9a-f]{8})/", re.MULTILINE)
ABSENT = (httpx.codes.NOT_FOUND, httpx.codes.GONE, httpx.codes.FORBIDDEN)

# Gives the blocks of a file to the second; False where there is no such file.
Read = Callable[[str, Callable[[bytes], None]], bool]


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder somewhere: how a file below it is read, and all there are, where it can tell."""

    shown: str
    read: Read
    names: Callable[[str], list[str] | None]  # of the files below a folder of it
    at_once: int = AT_ONCE


class _Enough(Exception):
    pass


def read_generation(where: str, settings: Settings) -> tuple[ProvenanceTold, GenerationFound]:
    """Return a generation's provenance, and what is there of the files it names.

    `where` is the generation, or an asset that leads to one, or a manifest of either, or the
    provenance: a path, s3:// or https://. Raises InvalidSource where there is none, or it is
    damaged, and StorageUnavailable where a server does not answer.
    """
    if scheme_of(where) in WEB:
        with httpx.Client(timeout=TIMEOUT_S, follow_redirects=True) as client:
            return _read(*_on_the_web(client, where))
    if scheme_of(where) == "s3":
        return _read(*_in_a_bucket(where, settings))
    path = path_of(where)
    if not path.exists():
        raise InvalidSource(f"{where}: there is no such file or folder: check the path")
    root, name = (path, "") if path.is_dir() else (path.parent, path.name)
    return _read(_Place(str(root), partial(_read_file, root), partial(_listed, root), 2), name)


def _read(place: _Place, name: str) -> tuple[ProvenanceTold, GenerationFound]:
    """Return what is at a place, of which `name` is the file that was given, "" for the folder."""
    alone = name not in ("", HLS_NAME, DASH_NAME)
    folder = "" if alone else _folder(place)
    provenance = f"{folder}{name if alone else PROVENANCE_NAME}"
    content = _whole(place, provenance)
    if content is None:
        raise InvalidSource(f"{place.shown}/{provenance}: it is not there, or larger than any is")
    told = read_provenance(content, f"{place.shown}/{provenance}")
    with ThreadPoolExecutor(place.at_once) as pool:
        each = {
            name: pool.submit(_digest, place, f"{folder}{name}", file.size_bytes)
            for name, file in told.files.items()
        }
        try:
            found = {name: file for name, future in each.items() if (file := future.result())}
        except StorageUnavailable:
            pool.shutdown(cancel_futures=True)  # a server that is away is not asked for the rest
            raise
    shown = f"{place.shown}/{folder}".rstrip("/")
    return told, GenerationFound(
        where=f"{place.shown}/{provenance}" if alone else shown,
        folder=unquote(shown).rpartition("/")[2],
        provenance=FileTold(hashlib.sha256(content).hexdigest(), len(content)),
        files=None if alone and not found else found,
        names=place.names(folder),
        report=_whole(place, f"{folder}{REPORT_NAME}"),
    )


def _folder(place: _Place) -> str:
    """Return where the generation is below a place: there, or where its pointers lead."""
    if _whole(place, PROVENANCE_NAME) is not None:
        return ""
    for pointer in (HLS_NAME, DASH_NAME):
        text = (_whole(place, pointer) or b"").decode(errors="replace")
        if led := LED_TO.search(text):
            return f"{led[1]}/"
    raise InvalidSource(
        f"{place.shown}: there is no {PROVENANCE_NAME}, and no pointer to a generation that has"
        " one: name the folder of a generation"
    )


def _whole(place: _Place, name: str) -> bytes | None:
    """Return a small file, None where it is not there, or is larger than it can be."""
    blocks: list[bytes] = []

    def take(block: bytes) -> None:
        blocks.append(block)
        if sum(map(len, blocks)) > MOST_BYTES:
            raise _Enough

    try:
        return b"".join(blocks) if place.read(name, take) else None
    except _Enough:
        return None


def _digest(place: _Place, name: str, at_most_bytes: int) -> FileTold | None:
    """Return a file by its content, None where it is not there; not all of one that is longer."""
    found, size_bytes = hashlib.sha256(), 0

    def take(block: bytes) -> None:
        nonlocal size_bytes
        found.update(block)
        size_bytes += len(block)
        if size_bytes > at_most_bytes:
            raise _Enough

    try:
        if not place.read(name, take):
            return None
    except _Enough:
        pass  # it is another file, whatever follows
    return FileTold(found.hexdigest(), size_bytes)


def _read_file(root: Path, name: str, take: Callable[[bytes], None]) -> bool:
    path = root / name
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                take(block)
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be read: {error.strerror}") from error
    return True


def _listed(root: Path, folder: str) -> list[str]:
    there = root / folder
    return [
        (Path(parent) / name).relative_to(there).as_posix()
        for parent, _, names in os.walk(there)
        for name in names
    ]


def _in_a_bucket(where: str, settings: Settings) -> tuple[_Place, str]:
    from storage.objects.stores import open_store

    name = _file_name(where)
    store = open_store(where.removesuffix(f"/{name}") if name else where.rstrip("/"), settings)

    def read(name: str, take: Callable[[bytes], None]) -> bool:
        with tempfile.TemporaryDirectory(prefix="reelfarm-reproduce-") as folder:
            try:
                store.fetch(name, Path(folder) / "object")
            except KeyError:
                return False
            return _read_file(Path(folder), "object", take)

    def names(folder: str) -> list[str]:
        return [found.key.removeprefix(folder) for found in store.listed(folder)]

    shown = store.url("object").removesuffix("/object")
    return _Place(shown, read, names, store.parallel), name


def _on_the_web(client: httpx.Client, url: str) -> tuple[_Place, str]:
    parts = urlsplit(url)
    query = parts.query  # a signature, perhaps: every request brings it along
    name = _file_name(parts.path)
    plain = parts._replace(query="", fragment="").geturl()
    base = plain.rpartition("/")[0] if name else plain.rstrip("/")

    def read(name: str, take: Callable[[bytes], None]) -> bool:
        there = urljoin(f"{base}/", quote(name))
        try:
            with client.stream("GET", f"{there}?{query}" if query else there) as response:
                if response.status_code in ABSENT:
                    return False
                response.raise_for_status()
                for block in response.iter_bytes():
                    take(block)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise StorageUnavailable(f"{there}: {error or type(error).__name__}") from error
        return True

    return _Place(base, read, lambda _: None), unquote(name)


def _file_name(path: str) -> str:
    """Return the file that a location names, "" where it names a folder."""
    last = path.rpartition("/")[2]
    return last if last.endswith((".json", ".m3u8", ".mpd")) else ""
