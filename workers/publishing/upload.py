"""Uploading a generation: many objects at once, none twice, and proof that all arrived whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from farm.errors import StorageUnavailable
from farm.failpoint import reached
from farm.parts import FileRef
from farm.serial import digest
from storage.objects.store import Listed, ObjectInfo, ObjectStore
from workers.publishing.origin import headers_of, is_manifest
from workers.steps.contract import StepContext


def upload(
    context: StepContext[Any], origin: ObjectStore, prefix: str, files: Mapping[str, FileRef]
) -> None:
    """Put files below `prefix` under their names, those that name others last.

    What an interrupted publication of the same content left is not put again, and replaced only
    where it is not whole. Raises StorageUnavailable unless every object is there whole in the end.
    """
    wanted = {f"{prefix}/{name}": file for name, file in files.items()}
    left = _listed(origin, prefix)
    tags: dict[str, str] = {}
    arrived: list[str] = []
    staging = context.scratch / "objects"
    staging.mkdir()

    def put(key: str) -> str:
        if key in left and _is_whole(origin.head(key), wanted[key]):
            tag = left[key].tag
        else:
            tag = _put(context, origin, key, wanted[key], staging, create_only=key not in left)
        arrived.append(key)
        context.progress.report(len(arrived) / len(wanted))
        return tag

    reached("publish.before-upload")
    # Nobody ever reads about what is not there yet.
    for batch in (
        [key for key in sorted(wanted) if not is_manifest(key)],
        [key for key in sorted(wanted) if is_manifest(key)],
    ):
        put_now = context.transfers.each(put, batch, origin.parallel, context.check_wanted)
        tags.update(zip(batch, put_now, strict=True))
    reached("publish.after-upload")
    _read_back(context, origin, prefix, wanted, tags)
    reached("publish.after-read-back")


def _listed(origin: ObjectStore, prefix: str) -> dict[str, Listed]:
    return {found.key: found for found in origin.listed(f"{prefix}/")}


def _is_whole(there: ObjectInfo | None, file: FileRef) -> bool:
    return there is not None and (there.sha256, there.size_bytes) == (file.sha256, file.size_bytes)


def _put(
    context: StepContext[Any],
    origin: ObjectStore,
    key: str,
    file: FileRef,
    staging: Path,
    create_only: bool,
) -> str:
    """Put one file; return the tag by which a listing shows it."""
    local = staging / digest(key)
    context.fetch(file, local)
    put = origin.put_file(key, local, headers_of(key), create_only=create_only)
    local.unlink()
    if put.sha256 != file.sha256:
        raise StorageUnavailable(
            f"{file.key} in the work store is damaged: remove it and submit the title again"
        )
    reached("publish.mid-upload")
    return put.tag


def _read_back(
    context: StepContext[Any],
    origin: ObjectStore,
    prefix: str,
    wanted: Mapping[str, FileRef],
    tags: Mapping[str, str],
) -> None:
    """Return if all that is wanted is there; a listing may lag behind, so a head has the last word.

    Raises StorageUnavailable otherwise.
    """
    shown = _listed(origin, prefix)

    def look(key: str) -> None:
        there = origin.head(key)
        if not _is_whole(there, wanted[key]):
            raise StorageUnavailable(
                f"{origin.url(key)} did not arrive whole: {_described(there)} instead of"
                f" {wanted[key].size_bytes} bytes (SHA-256 {wanted[key].sha256}):"
                " check what else writes there"
            )

    unsure = [
        key
        for key, file in wanted.items()
        if not tags[key] or shown.get(key) != Listed(key, file.size_bytes, tags[key])
    ]
    context.transfers.each(look, unsure, origin.parallel, context.check_wanted)


def _described(there: ObjectInfo | None) -> str:
    return f"{there.size_bytes} bytes (SHA-256 {there.sha256})" if there else "nothing"
