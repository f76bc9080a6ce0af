"""Clips of a title's worst stretches: what there is, and the files, whole or in parts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field

from api.context import Farm, Reader
from api.ranges import AskedRange, RangeBeyondEnd, range_asked
from api.v1.shown import OneJob
from farm.clips import Clip
from services import clips
from services.origin import CONTENT_TYPES

routes = APIRouter(prefix="/v1/jobs", tags=["reviews"])

ClipFileName = Annotated[str, Path(max_length=64, examples=["0-source.mp4"])]


class ClipShown(BaseModel):
    """One stretch as two files of the same frames; they count on the rung's own timeline."""

    name: str = Field(examples=["0"])
    rung: str = Field(examples=["h264-1080p-6000k"])
    at_s: float = Field(description="when the worst frame is shown")
    fps: str = Field(description="frames a second, as a fraction", examples=["30000/1001"])
    first_frame: int
    frames: int
    worst_frame: int
    score: float = Field(description="VMAF of that frame")
    source: str = Field(description="where the source's file is: what the rung was encoded from")
    encode: str = Field(description="where the rung's file is")
    source_skip: int = Field(description="how many frames of that file come before `first_frame`")
    encode_skip: int
    delivered: bool = Field(
        description="whether the rung's file holds the very bits that were delivered; else they are"
        " coded anew, nearly without loss, in SDR that every browser decodes"
    )


class ClipsShown(BaseModel):
    """The clips of a title, the worst stretch first."""

    clips: list[ClipShown]


@routes.get("/{job_id}/clips", summary="List the clips of a title that is to be looked at")
def list_clips(farm: Farm, caller: Reader, job_id: OneJob) -> ClipsShown:
    """404 says why there are none: the title passed, is not verified yet, or their time is over."""
    found = clips.clips_of(farm.database, caller, job_id, farm.settings)
    return ClipsShown(clips=[_shown(job_id, clip) for clip in found])


@routes.get(
    "/{job_id}/clips/{file}",
    summary="A file of a clip",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"video/mp4": {}}},
        206: {"description": "the part that Range asks for", "content": {"video/mp4": {}}},
        416: {"description": "the part begins behind the end"},
    },
)
def read_file(
    farm: Farm,
    caller: Reader,
    job_id: OneJob,
    file: ClipFileName,
    part: Annotated[str | None, Header(alias="Range", max_length=128)] = None,
    if_same: Annotated[str | None, Header(alias="If-Range", max_length=128)] = None,
) -> Response:
    """MP4, whole or the one part that is asked for."""
    found = clips.clip_file(farm.database, caller, job_id, file, farm.settings)
    size_bytes, tag = found.file.size_bytes, f'"{found.file.sha256}"'
    headers = {"Accept-Ranges": "bytes", "ETag": tag, "Cache-Control": "private, max-age=86400"}
    try:
        asked = range_asked(part if if_same in (None, tag) else None, size_bytes)
    except RangeBeyondEnd:
        return Response(None, 416, {**headers, "Content-Range": f"bytes */{size_bytes}"})
    sent = asked or AskedRange(0, size_bytes)
    headers["Content-Length"] = str(sent.size_bytes)
    if asked is not None:
        headers["Content-Range"] = asked.content_range(size_bytes)
    return StreamingResponse(
        found.read(sent.first, sent.size_bytes, farm.settings),
        status_code=200 if asked is None else 206,
        headers=headers,
        media_type=CONTENT_TYPES[".mp4"],
    )


def _shown(job_id: str, clip: Clip) -> ClipShown:
    folder = f"/v1/jobs/{job_id}/clips"
    return ClipShown(
        name=clip.name,
        rung=clip.rung,
        at_s=round(float(clip.at_s), 6),
        fps=f"{clip.fps.numerator}/{clip.fps.denominator}",
        first_frame=clip.first_frame,
        frames=clip.frames,
        worst_frame=clip.worst_frame,
        score=clip.score,
        source=f"{folder}/{clip.source}",
        encode=f"{folder}/{clip.encode}",
        source_skip=clip.source_skip,
        encode_skip=clip.encode_skip,
        delivered=clip.delivered,
    )
