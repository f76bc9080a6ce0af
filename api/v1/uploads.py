"""Uploads: files that are handed in to the farm itself, to be the sources of titles."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.requests import ClientDisconnect

from api.context import Farm, Submitter
from api.idempotency import OnceKey
from api.v1.shown_uploads import PartsToSend, PartToSend, UploadShown, shown_upload
from farm.access import Caller
from farm.errors import Conflict, UnsupportedContent
from farm.uploads import MAX_PARTS, Way
from services import appending, multipart, uploads
from services.appending import Arriving
from services.uploads import FileOffered

routes = APIRouter(prefix="/v1/uploads", tags=["uploads"])

# Whose bodies are as long as the file: they are written as they come, and never held.
STREAMED = re.compile(r"/v1/uploads/[0-9a-f]{32}")
STREAMED_METHODS = frozenset({"PATCH", "PUT"})

TUS = {"Tus-Resumable": "1.0.0"}  # https://tus.io/protocols/resumable-upload, without creation
TUS_BODY = "application/offset+octet-stream"
BLOCK_BYTES = 1 << 20
IDLE_S = 60.0  # in which nothing came: what did is kept, and the next request may go on

UploadId = Annotated[str, Path(max_length=32, pattern="^[0-9a-f]{32}$", description="of an upload")]
Offset = Annotated[
    int, Header(alias="Upload-Offset", ge=0, lt=2**63, description="where what is sent begins")
]
NO_STORE = {"Cache-Control": "no-store"}


class UploadRequest(BaseModel):
    """A file that is to be handed in."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=255, description="with its extension")
    size_bytes: int = Field(ge=1, lt=2**63)
    sha256: str | None = Field(
        None, pattern="^[0-9a-fA-F]{64}$", description="refused at ingest where it has another"
    )
    content_type: str = Field(
        "application/octet-stream", max_length=128, pattern=r"^[\x21-\x7e][\x20-\x7e]*$"
    )

    @field_validator("sha256")
    @classmethod
    def _in_lower_case(cls, sha256: str | None) -> str | None:
        return None if sha256 is None else sha256.lower()


class PartsRequest(BaseModel):
    """Which parts are to be sent next."""

    model_config = ConfigDict(extra="forbid")

    numbers: list[int] = Field(min_length=1, max_length=MAX_PARTS)


@routes.post("", status_code=201, summary="Begin to hand in a file")
def create(
    farm: Farm, caller: Submitter, asked: UploadRequest, response: Response, once: OnceKey = None
) -> UploadShown:
    """Nothing is sent with this: the answer says where the file goes."""
    offered = FileOffered(asked.name, asked.size_bytes, asked.sha256, asked.content_type)
    seen = uploads.create(farm.database, farm.settings, caller, offered, once)
    response.headers["Location"] = f"/v1/uploads/{seen.upload.id}"
    return shown_upload(seen)


@routes.get("/{upload_id}", summary="How far an upload is, and how it goes on")
def read(farm: Farm, caller: Submitter, upload_id: UploadId) -> UploadShown:
    """A URL to PUT to is a new one each time."""
    return shown_upload(uploads.look(farm.database, farm.settings, caller, upload_id))


@routes.head("/{upload_id}", summary="Where an upload goes on", response_class=Response)
def offset_of(farm: Farm, caller: Submitter, upload_id: UploadId) -> Response:
    """In `Upload-Offset`, as the tus protocol has it."""
    upload = uploads.look(farm.database, farm.settings, caller, upload_id).upload
    if upload.way != Way.APPEND:
        raise Conflict(f"upload {upload_id} is sent to the URLs that it names", input=upload_id)
    length = {"Upload-Length": str(upload.size_bytes)}
    return Response(headers={**TUS, **NO_STORE, **length, **_offset(upload.received_bytes)})


BYTES = {"schema": {"type": "string", "format": "binary"}}


@routes.patch(
    "/{upload_id}",
    status_code=204,
    summary="Send a file, or what is missing of it",
    response_class=Response,
    openapi_extra={"requestBody": {"required": True, "content": {TUS_BODY: BYTES}}},
)
async def append(
    farm: Farm, caller: Submitter, upload_id: UploadId, request: Request, offset: Offset
) -> Response:
    """As the tus protocol has it: what was lost on the way is sent again from `Upload-Offset` on.

    With its last byte the upload is complete.
    """
    given = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if given != TUS_BODY:
        raise UnsupportedContent(f"Content-Type: {given!a}: send {TUS_BODY}", input="Content-Type")
    return await _append(farm, caller, upload_id, request, offset)


@routes.put(
    "/{upload_id}",
    status_code=204,
    summary="Send a file in one go",
    response_class=Response,
    openapi_extra={"requestBody": {"required": True, "content": {"*/*": BYTES}}},
)
async def put(
    farm: Farm, caller: Submitter, upload_id: UploadId, request: Request, offset: Offset = 0
) -> Response:
    """The same as PATCH, for programs that only know PUT: `curl --upload-file`."""
    return await _append(farm, caller, upload_id, request, offset)


@routes.post("/{upload_id}/parts", summary="Ask where parts of a file go")
def sign_parts(
    farm: Farm, caller: Submitter, upload_id: UploadId, asked: PartsRequest
) -> PartsToSend:
    """PUT each to its URL, several at once; one that was lost on the way is sent again."""
    urls, expires_at = multipart.sign_parts(
        farm.database, farm.settings, caller, upload_id, asked.numbers
    )
    parts = [PartToSend(number=u.number, size_bytes=u.size_bytes, url=u.url) for u in urls]
    return PartsToSend(parts=parts, expires_at=expires_at)


@routes.post("/{upload_id}/complete", summary="Say that all of a file was sent")
def complete(farm: Farm, caller: Submitter, upload_id: UploadId) -> UploadShown:
    """From now on jobs may name its `source`. What is missing is named otherwise."""
    return shown_upload(uploads.complete(farm.database, farm.settings, caller, upload_id))


@routes.delete("/{upload_id}", status_code=204, summary="Take a file back")
def remove(farm: Farm, caller: Submitter, upload_id: UploadId) -> None:
    """Complete or not; not while a title that waits or is under way needs it."""
    uploads.remove(farm.database, farm.settings, caller, upload_id)


async def _append(
    farm: Farm, caller: Caller, upload_id: str, request: Request, offset: int
) -> Response:
    length = request.headers.get("Content-Length")
    arriving = await run_in_threadpool(
        appending.go_on,
        farm.database,
        farm.settings,
        caller,
        upload_id,
        offset,
        int(length) if length else None,
    )
    try:
        await _take(request, arriving)
        safe = await run_in_threadpool(arriving.end)
    finally:
        arriving.abandon()  # nothing, where it has ended
    return Response(status_code=204, headers={**TUS, **NO_STORE, **_offset(safe)})


async def _take(request: Request, arriving: Arriving) -> None:
    """Write what comes, some at a time, until it ends, breaks off, or nothing more comes."""
    block, loop = bytearray(), asyncio.get_running_loop()
    with suppress(ClientDisconnect, TimeoutError):
        async with asyncio.timeout(IDLE_S) as patience:
            async for chunk in request.stream():
                block += chunk
                if len(block) >= BLOCK_BYTES:
                    patience.reschedule(None)  # a slow disk is not the client's fault
                    await run_in_threadpool(arriving.add, block)
                    block = bytearray()
                patience.reschedule(loop.time() + IDLE_S)
    await run_in_threadpool(arriving.add, block)


def _offset(at: int) -> dict[str, str]:
    return {"Upload-Offset": str(at)}
