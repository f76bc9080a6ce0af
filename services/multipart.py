"""Uploads that their owners send to S3 themselves: whole, or in parts, by URLs that we sign."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from farm.access import Caller
from farm.errors import Conflict, InvalidSpec
from farm.settings import Settings
from farm.uploads import URL_S, Way, part_sizes, upload_key
from storage.objects.appending import FolderReceiver
from storage.objects.stores import receiver
from storage.postgres import source_uploads
from storage.postgres.database import Database
from storage.postgres.models import SourceUpload

if TYPE_CHECKING:  # only those who use S3 wait for its import
    from storage.objects.s3_receiving import S3Receiver


@dataclass(frozen=True, slots=True)
class PartUrl:
    """Where to PUT one part."""

    number: int
    url: str
    size_bytes: int


def sign_parts(
    database: Database, settings: Settings, caller: Caller, upload_id: str, numbers: list[int]
) -> tuple[list[PartUrl], datetime]:
    """Return where to PUT parts of a file, counted from 1, and until when.

    Raises Conflict for an upload that is complete, or not sent in parts.
    """
    with database.begin(caller.tenant) as session:
        upload = source_uploads.find(session, caller.tenant, upload_id)
        if upload.way != Way.PARTS or not source_uploads.touch(session, upload_id):
            why = "is complete" if upload.completed_at else f"is not sent in parts: {upload.way}"
            raise Conflict(f"upload {upload_id} {why}", input=upload_id)
    sizes = part_sizes(upload.size_bytes)
    if wrong := [number for number in numbers if not 1 <= number <= len(sizes)]:
        message = f"there is no part {wrong[0]}: they go from 1 to {len(sizes)}"
        raise InvalidSpec(
            f"numbers: {message}",
            fields=[{"field": "numbers", "message": message}],
            input="numbers",
        )
    taker, key, valid_s = (
        taker_of_s3(settings),
        upload_key(upload.tenant, upload_id),
        valid_s_of(settings),
    )
    multipart = multipart_of(database, taker, upload)
    urls = [
        PartUrl(
            number,
            taker.part_url(key, multipart, number, sizes[number - 1], valid_s),
            sizes[number - 1],
        )
        for number in numbers
    ]
    return urls, after(valid_s)


def finish(database: Database, taker: S3Receiver, upload: SourceUpload) -> None:
    """Make an object of what was sent to S3; raise Conflict where that is not all of it."""
    key = upload_key(upload.tenant, upload.id)
    if upload.way == Way.PARTS:
        multipart, sizes = multipart_of(database, taker, upload), part_sizes(upload.size_bytes)
        with suppress(KeyError):  # a call before this one was cut short, after it had done this
            parts = taker.parts(key, multipart)
            there = {part.number: part.size_bytes for part in parts}
            wanted = dict(enumerate(sizes, 1))
            if missing := [number for number in wanted if there.get(number) != wanted[number]]:
                raise incomplete(upload, sum(there.values()), missing=missing[:1000])
            taker.finish(key, multipart, [part for part in parts if part.number in wanted])
    size_bytes = taker.size_bytes(key)
    if size_bytes != upload.size_bytes:
        raise incomplete(upload, size_bytes or 0)


def incomplete(upload: SourceUpload, there_bytes: int, **detail: object) -> Conflict:
    return Conflict(
        f"upload {upload.id} is not complete: {there_bytes} of {upload.size_bytes} bytes are there",
        input=upload.id,
        **detail,
    )


def multipart_of(database: Database, taker: S3Receiver, upload: SourceUpload) -> str:
    """Return S3's name of an upload in parts, begun if need be: one, whoever asks at once."""
    if upload.multipart is not None:
        return upload.multipart
    key = upload_key(upload.tenant, upload.id)
    begun = taker.begin(key, upload.content_type)
    with database.begin(upload.tenant) as session:
        if source_uploads.name_multipart(session, upload.id, begun):
            return begun
    taker.abort(key, begun)
    with database.begin(upload.tenant) as session:
        known = source_uploads.find(session, upload.tenant, upload.id).multipart
    assert known is not None
    return known


def taker_of_s3(settings: Settings) -> S3Receiver:
    taker = receiver(settings)
    if isinstance(taker, FolderReceiver):
        raise Conflict("the farm keeps its work elsewhere now: begin a new upload")
    return taker


def valid_s_of(settings: Settings) -> float:
    # An upload counts as abandoned when nobody has asked for a URL for so long.
    return min(URL_S, max(1.0, settings.abandoned_after_s))


def after(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
