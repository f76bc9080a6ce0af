"""Uploading a generation: many objects at once, none twice, and proof that all arrived whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from farm.errors import StorageUnavailable
from farm.failpoint import reached
from farm.parts import FileRef
from farm.serial import digest
from services.origin import headers_of, is_manifest
from storage.objects.parallel import Transfers
from storage.objects.store import Listed, ObjectInfo, ObjectStore

Fetch = Callable[[FileRef, Path], None]


def upload(
    origin: ObjectStore,
    prefix: str,
    files: Mapping[str, FileRef],
    *,
    fetch: Fetch,
    staging: Path,
    transfers: Transfers,
    check_wanted: Callable[[], None],
    report: Callable[[float], None],
) -> None:
    """Put files below `prefix` under their names, those that name others last.

    `fetch` brings one of the work store's into the folder `staging`, which is made; `report` is
    told the share that has arrived. What an interrupted publication of the same content left is not
    put again, and replaced only where it is not whole. Raises StorageUnavailable unless every
    object is there whole in the end, and what `check_wanted` raises, which is called meanwhile.
    """
    wanted = {f"{prefix}/{name}": file for name, file in files.items()}
    left = _listed(origin, prefix)
    tags: dict[str, str] = {}
    arrived: list[str] = []
    staging.mkdir()

    def put(key: str) -> str:
        if key in left and _is_whole(origin.head(key), wanted[key]):
            tag = left[key].tag
        else:
            local = staging / digest(key)
            fetch(wanted[key], local)
            tag = _put(origin, key, wanted[key], local, create_only=key not in left)
        arrived.append(key)
        report(len(arrived) / len(wanted))
        return tag

    reached("publish.before-upload")
    # Nobody ever reads about what is not there yet.
    for batch in (
        [key for key in sorted(wanted) if not is_manifest(key)],
        [key for key in sorted(wanted) if is_manifest(key)],
    ):
        put_now = transfers.each(put, batch, origin.parallel, check_wanted)
        tags.update(zip(batch, put_now, strict=True))
    reached("publish.after-upload")
    unsure = _unsure(origin, prefix, wanted, tags)
    check = partial(_check_whole, origin, wanted)
    transfers.each(check, unsure, origin.parallel, check_wanted)
    reached("publish.after-read-back")


def _listed(origin: ObjectStore, prefix: str) -> dict[str, Listed]:
    return {found.key: found for found in origin.listed(f"{prefix}/")}


def _is_whole(there: ObjectInfo | None, file: FileRef) -> bool:
    return there is not None and (there.sha256, there.size_bytes) == (file.sha256, file.size_bytes)


def _put(origin: ObjectStore, key: str, file: FileRef, local: Path, *, create_only: bool) -> str:
    """Put one file, which is gone from here then; return the tag by which a listing shows it."""
    put = origin.put_file(key, local, headers_of(key), create_only=create_only)
    local.unlink()
    if put.sha256 != file.sha256:
        raise StorageUnavailable(
            f"{file.key} in the work store is damaged: remove it and submit the title again"
        )
    reached("publish.mid-upload")
    return put.tag


def _unsure(
    origin: ObjectStore, prefix: str, wanted: Mapping[str, FileRef], tags: Mapping[str, str]
) -> list[str]:
    """Return the keys that a listing does not show as they were put; it may lag behind."""
    shown = _listed(origin, prefix)
    return [
        key
        for key, file in wanted.items()
        if not tags[key] or shown.get(key) != Listed(key, file.size_bytes, tags[key])
    ]


def _check_whole(origin: ObjectStore, wanted: Mapping[str, FileRef], key: str) -> None:
    """Return if the object is there as wanted: a head has the last word."""
    there = origin.head(key)
    if not _is_whole(there, wanted[key]):
        raise StorageUnavailable(
            f"{origin.url(key)} did not arrive whole: {_described(there)} instead of"
            f" {wanted[key].size_bytes} bytes (SHA-256 {wanted[key].sha256}):"
            " check what else writes there"
        )


def _described(there: ObjectInfo | None) -> str:
    return f"{there.size_bytes} bytes (SHA-256 {there.sha256})" if there else "nothing"
