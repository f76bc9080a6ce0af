"""The bytes of an upload as they come through the API: written, made safe, and noted as such."""

from __future__ import annotations

from farm.access import Caller
from farm.errors import Conflict, NotFound, TooLarge
from farm.settings import Settings
from farm.uploads import Way, upload_key
from storage.objects.appending import Appending, FolderReceiver
from storage.objects.stores import receiver
from storage.postgres import source_uploads
from storage.postgres.database import Database
from storage.postgres.models import SourceUpload

SAFE_EVERY_BYTES = 32 << 20  # what a machine that goes down may cost


class Arriving:
    """An upload that is being sent on, by one request at a time.

    What PostgreSQL has noted is on the disk, and is where the next request goes on; what a crash
    left behind it is written again. Not for several threads at once.
    """

    def __init__(self, database: Database, upload: SourceUpload, file: Appending) -> None:
        self._database = database
        self._upload = upload
        self._file = file
        self._safe = file.offset

    def add(self, content: bytes | bytearray) -> None:
        """Write what comes next; raise TooLarge for more than was announced."""
        if self._file.offset + len(content) > self._upload.size_bytes:
            raise _too_much(self._upload)
        self._file.write(content)
        if self._file.offset - self._safe >= SAFE_EVERY_BYTES:
            self._make_safe()

    def end(self) -> int:
        """Return how many bytes are safe, when all that came is; let the next request in."""
        try:
            self._make_safe()
        finally:
            self._file.close()
        return self._safe

    def abandon(self) -> None:
        """Let the next request in at once, which goes on where it was last safe."""
        self._file.close()

    def _make_safe(self) -> None:
        if self._file.offset == self._safe:
            return
        self._file.flush()
        upload = self._upload
        with self._database.begin(upload.tenant) as session:
            if not source_uploads.receive(session, upload.id, self._safe, self._file.offset):
                raise Conflict(
                    f"upload {upload.id} was removed, or went on elsewhere: ask where it stands",
                    input=upload.id,
                )
        self._safe = self._file.offset


def go_on(
    database: Database,
    settings: Settings,
    caller: Caller,
    upload_id: str,
    offset: int,
    length_bytes: int | None,
) -> Arriving:
    """Return an upload that goes on at `offset`; `length_bytes` are to come, None: unknown.

    Raises NotFound where the caller has none of this id, Conflict where it does not stand there,
    another request sends to it at this moment, or it does not come through the API at all, TooLarge
    for more than was announced.
    """
    taker = receiver(settings)
    upload = _find(database, caller, upload_id)
    if upload.way != Way.APPEND or not isinstance(taker, FolderReceiver):
        raise Conflict(f"upload {upload_id} is sent to the URLs that it names", input=upload_id)
    _check_offset(upload, offset)
    if offset + (length_bytes or 0) > upload.size_bytes:
        raise _too_much(upload)
    key = upload_key(upload.tenant, upload_id)
    file = taker.open(key, f"upload {upload_id}")
    try:
        try:
            upload = _find(database, caller, upload_id)  # as whoever had the file before left it
        except NotFound:
            taker.remove(key)
            raise
        _check_offset(upload, offset)
        if upload.completed_at is None:  # what jobs may read is never touched again
            file.cut(offset)
        return Arriving(database, upload, file)
    except BaseException:
        file.close()
        raise


def _find(database: Database, caller: Caller, upload_id: str) -> SourceUpload:
    with database.begin(caller.tenant) as session:
        return source_uploads.find(session, caller.tenant, upload_id)


def _check_offset(upload: SourceUpload, offset: int) -> None:
    if upload.received_bytes != offset:
        raise Conflict(
            f"upload {upload.id} stands at {upload.received_bytes}, not at {offset}: go on there",
            input="Upload-Offset",
            offset=upload.received_bytes,
        )


def _too_much(upload: SourceUpload) -> TooLarge:
    return TooLarge(
        f"upload {upload.id} was announced with {upload.size_bytes} bytes: more do not go in",
        input=upload.id,
        at_most_bytes=upload.size_bytes,
    )
