"""Uploads as the API shows them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from farm.uploads import Way, part_bytes, part_sizes, upload_uri
from services.uploads import UploadSeen


class PartReceived(BaseModel):
    """A part that has arrived."""

    number: int
    size_bytes: int


class HowToSend(BaseModel):
    """Where the file goes."""

    way: Way = Field(
        description="append: PATCH it to `url`; put: PUT it to `url`; parts: ask for their URLs"
    )
    url: str | None
    expires_at: datetime | None = Field(None, description="of the URL: look again for a new one")
    part_bytes: int | None = Field(None, description="the size of every part but the last one")
    parts: int | None = Field(None, description="how many there are, counted from 1")


class UploadShown(BaseModel):
    """An upload as it stands."""

    id: str
    source: str = Field(description="what jobs name it by, once it is complete")
    name: str
    size_bytes: int
    sha256: str | None
    complete: bool
    received_bytes: int = Field(description="of `append`: where to go on")
    received: list[PartReceived] = Field(description="of `parts`: those that need not be sent")
    send: HowToSend | None = Field(description="null: there is nothing left to send")
    created_at: datetime


class PartToSend(BaseModel):
    """Where to PUT one part."""

    number: int
    size_bytes: int
    url: str


class PartsToSend(BaseModel):
    """Where to PUT parts, and until when."""

    parts: list[PartToSend]
    expires_at: datetime


def shown_upload(seen: UploadSeen) -> UploadShown:
    """Return what is shown of an upload."""
    upload = seen.upload
    return UploadShown(
        id=upload.id,
        source=upload_uri(upload.id, upload.name),
        name=upload.name,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        complete=upload.completed_at is not None,
        received_bytes=upload.received_bytes,
        received=[PartReceived(number=p.number, size_bytes=p.size_bytes) for p in seen.parts],
        send=None if upload.completed_at is not None else _how(seen),
        created_at=upload.created_at,
    )


def _how(seen: UploadSeen) -> HowToSend:
    upload, way = seen.upload, Way(seen.upload.way)
    if way == Way.PARTS:
        size_bytes = upload.size_bytes
        count = len(part_sizes(size_bytes))
        return HowToSend(way=way, url=None, part_bytes=part_bytes(size_bytes), parts=count)
    url = seen.url if way == Way.PUT else f"/v1/uploads/{upload.id}"
    return HowToSend(way=way, url=url, expires_at=seen.expires_at)
