"""Sources that tenants hand in themselves: begun, looked at, completed, taken back."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from farm.access import EVERY_TENANT, Caller
from farm.errors import Conflict, InvalidSpec, QuotaExceeded, StorageUnavailable, TooLarge
from farm.settings import Settings
from farm.uploads import PART_BYTES, ReceivedPart, Way, safe_name, upload_key
from services.multipart import (
    after,
    finish,
    incomplete,
    multipart_of,
    taker_of_s3,
    valid_s_of,
)
from services.once import Once, answered_before, keep_answer
from services.origins import server_of
from storage.objects.appending import FolderReceiver
from storage.objects.stores import receiver
from storage.postgres import audit, source_uploads
from storage.postgres.database import Database
from storage.postgres.models import SourceUpload

if TYPE_CHECKING:  # only those who use S3 wait for its import
    from storage.objects.s3_receiving import S3Receiver

CREATED = 201
OPEN_AT_ONCE = 1000  # of one tenant: whoever needs more forgets to complete them
SPARE_BYTES = 1 << 30  # of the disk: steps need room as well


@dataclass(frozen=True, slots=True)
class FileOffered:
    """A file that somebody is about to send."""

    name: str
    size_bytes: int
    sha256: str | None
    content_type: str


@dataclass(frozen=True, slots=True)
class UploadSeen:
    """An upload as it stands, with what is needed to go on with it."""

    upload: SourceUpload
    url: str | None = None  # where to PUT all of it
    parts: tuple[ReceivedPart, ...] = ()  # those that have arrived
    expires_at: datetime | None = None  # of the URL


def create(
    database: Database,
    settings: Settings,
    caller: Caller,
    offered: FileOffered,
    once: Once | None = None,
) -> UploadSeen:
    """Begin an upload and return how to send it; to the same request again, the same upload.

    Raises TooLarge for what is larger than the farm takes, QuotaExceeded for a tenant that has very
    many unfinished ones, StorageUnavailable where there is no room.
    """
    taker = receiver(settings)
    _check_room(database, settings, taker, offered.size_bytes)
    with database.begin(caller.tenant) as session:
        before = answered_before(session, caller, once)
        upload_id = uuid.uuid4().hex if before is None else before["id"]
        if before is None:
            tenant = caller.acts_for
            if source_uploads.open_ones(session, tenant) >= OPEN_AT_ONCE:
                raise QuotaExceeded(
                    f"tenant {tenant} has {OPEN_AT_ONCE} unfinished uploads: complete some, or"
                    " remove them"
                )
            upload = SourceUpload(
                id=upload_id,
                tenant=tenant,
                name=safe_name(offered.name),
                content_type=offered.content_type,
                size_bytes=offered.size_bytes,
                sha256=offered.sha256,
                way=_way(taker, offered.size_bytes),
                received_bytes=0,
                created_by=caller.name,
            )
            source_uploads.add(session, upload)
            size_bytes = offered.size_bytes
            audit.note(session, caller, "upload.begun", upload_id, size_bytes=size_bytes)
            keep_answer(session, caller, once, CREATED, {"id": upload_id})
    return look(database, settings, caller, upload_id)


def look(database: Database, settings: Settings, caller: Caller, upload_id: str) -> UploadSeen:
    """Return an upload as it stands; raise NotFound where the caller has none of this id."""
    with database.begin(caller.tenant) as session:
        upload = source_uploads.find(session, caller.tenant, upload_id)
    if upload.completed_at is not None or upload.way == Way.APPEND:
        return UploadSeen(upload)
    taker, key = taker_of_s3(settings), upload_key(upload.tenant, upload_id)
    if upload.way == Way.PUT:
        valid_s = valid_s_of(settings)
        url = taker.put_url(key, upload.size_bytes, valid_s)
        return UploadSeen(upload, url, expires_at=after(valid_s))
    multipart = multipart_of(database, taker, upload)
    with suppress(KeyError):  # it was just completed
        return UploadSeen(upload, parts=tuple(taker.parts(key, multipart)))
    return UploadSeen(upload)


def complete(database: Database, settings: Settings, caller: Caller, upload_id: str) -> UploadSeen:
    """Return an upload that is complete from now on; a complete one stays as it is.

    Raises Conflict where not all of it has arrived, saying what is missing.
    """
    with database.begin(caller.tenant) as session:
        upload = source_uploads.find(session, caller.tenant, upload_id)
    if upload.completed_at is None:
        if upload.way == Way.APPEND:
            raise incomplete(upload, upload.received_bytes, offset=upload.received_bytes)
        finish(database, taker_of_s3(settings), upload)
        with database.begin(caller.tenant) as session:
            source_uploads.find(session, caller.tenant, upload_id)  # is not being removed
            source_uploads.complete(session, upload_id)
    return look(database, settings, caller, upload_id)


def remove(database: Database, settings: Settings, caller: Caller, upload_id: str) -> None:
    """Take an upload back, complete or not.

    Raises Conflict while a job that has not ended needs it, or a catalog's title that waits.
    """
    with database.begin(caller.tenant) as session:
        upload = source_uploads.find(session, caller.tenant, upload_id, lock=True)
        if source_uploads.is_used(session, upload_id):
            raise Conflict(
                f"upload {upload_id} is a file of a title that waits or is under way: cancel that"
                " first, or wait for its end",
                input=upload_id,
            )
        source_uploads.mark(session, upload_id)
        audit.note(session, caller, "upload.removed", upload_id)
    with suppress(StorageUnavailable):  # housekeeping does it again
        receiver(settings).remove(upload_key(upload.tenant, upload_id))


def server_for_browsers(settings: Settings) -> str | None:
    """Return scheme and host that files are sent to, None where it is the API's own.

    None as well where the farm's settings take no uploads: beginning one says why.
    """
    with suppress(InvalidSpec, StorageUnavailable):
        taker = receiver(settings)
        if not isinstance(taker, FolderReceiver):
            return server_of(taker.put_url("any", 1, 1))  # a bucket may be part of the host
    return None


def _check_room(
    database: Database, settings: Settings, taker: FolderReceiver | S3Receiver, size_bytes: int
) -> None:
    if size_bytes > settings.upload_bytes:
        raise TooLarge(
            f"size_bytes: {size_bytes} is more than the {settings.upload_bytes} bytes that an"
            " upload may have (REELFARM_UPLOAD_BYTES)",
            fields=[{"field": "size_bytes", "message": f"at most {settings.upload_bytes}"}],
            at_most_bytes=settings.upload_bytes,
        )
    if isinstance(taker, FolderReceiver):
        with database.begin(EVERY_TENANT) as session:
            promised_bytes = source_uploads.promised_bytes(session)
        left_bytes = taker.free_bytes() - promised_bytes - SPARE_BYTES
        if size_bytes > left_bytes:
            raise StorageUnavailable(
                f"there is room for {max(0, left_bytes)} bytes more, not for {size_bytes}: try"
                " again when others are done, or have the disk of REELFARM_WORK_URL enlarged"
            )


def _way(taker: FolderReceiver | S3Receiver, size_bytes: int) -> Way:
    if isinstance(taker, FolderReceiver):
        return Way.APPEND
    return Way.PUT if size_bytes <= PART_BYTES else Way.PARTS
