"""Playing a title: HLS or DASH, its rungs, languages, chapters and pictures on the seek bar."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.context import Farm
from api.pages.forms import PageReader
from api.pages.page import show
from api.v1.shown import OneJob
from farm.errors import NotFound
from services import records
from services.origins import base_url, server_of

routes = APIRouter(prefix="/titles", include_in_schema=False)


@routes.get("/{job_id}/play")
def play(request: Request, farm: Farm, caller: PageReader, job_id: OneJob) -> Response:
    job = records.read_job(farm.database, caller, job_id)
    record = records.read_record(farm.database, caller, job_id)
    outputs = record["outputs"]
    if outputs is None:
        raise NotFound(
            f"{job.asset} is not published yet: its page says how far it is", input=job_id
        )
    base = base_url(job, farm.settings)
    server = server_of(base)
    generation = outputs["origin_prefix"].rpartition("/")[2]
    return show(
        request,
        "player.html.j2",
        caller,
        media_from=[server] if server else [],
        record=record,
        source={
            "hls": f"{base}/master.m3u8",
            "dash": f"{base}/manifest.mpd",
            "thumbnails": f"{base}/{generation}/thumbnails/thumbnails.vtt",
            "poster": f"{base}/{generation}/thumbnails/poster.jpg",
            "duration_s": record["source"]["duration_s"],
            "chapters": [
                {"start_s": each["start_s"], "title": next(iter(each["titles"].values()), "")}
                for each in record["chapters"]
            ],
        },
    )
