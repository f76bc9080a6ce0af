"""What was published to a directory, and reports, for whoever may see the title.

An origin of its own serves the world. This is so that a farm on one machine can be looked at.
"""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from api.context import ApiContext, Farm
from api.pages.forms import PageReader
from api.v1.shown import OneJob
from farm.errors import NotFound
from farm.snapshots import JobSnapshot
from services import records
from services.origin import CONTENT_TYPES
from services.origins import published_file, read_poster
from services.reports import read_report

routes = APIRouter(include_in_schema=False)

# A report has scripts of its own, and a policy that names them. It may load the pictures beside it,
# and nothing else: neither send anything, nor be framed.
REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self'"
    " data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ELSE_POLICY = "default-src 'none'; frame-ancestors 'none'"
POINTERS = ("master.m3u8", "manifest.mpd")


@routes.get("/published/{job_id}/{path:path}")
def published(farm: Farm, caller: PageReader, job_id: OneJob, path: str) -> Response:
    """Return a file below the folder of the title's asset."""
    job = records.read_job(farm.database, caller, job_id)
    return _file(farm, job, path)


@routes.get("/posters/{job_id}")
def poster(farm: Farm, caller: PageReader, job_id: OneJob) -> Response:
    """Return the picture that stands for a title, wherever it was published to."""
    outputs = records.read_record(farm.database, caller, job_id)["outputs"]
    if outputs is None:
        raise NotFound("the title is not published", input=job_id)
    job = records.read_job(farm.database, caller, job_id)
    return Response(
        read_poster(job, outputs["origin_prefix"], farm.settings),
        media_type=CONTENT_TYPES[".jpg"],
        headers={"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"},
    )


@routes.get("/reports/{job_id}/{path:path}")
def report(farm: Farm, caller: PageReader, job_id: OneJob, path: str) -> Response:
    """Return a file of the QC report of a title, of one that was rejected as well."""
    kind, headers = _served_as(PurePosixPath(path))
    content = read_report(farm.database, caller, job_id, path, farm.settings)
    return Response(content, media_type=kind, headers=headers)


def _file(farm: ApiContext, job: JobSnapshot, path: str) -> Response:
    found = published_file(job, path, farm.settings)
    kind, headers = _served_as(found)
    if path in POINTERS:
        headers["Cache-Control"] = "private, max-age=10"
    return FileResponse(found, media_type=kind, headers=headers)


def _served_as(path: PurePath) -> tuple[str, dict[str, str]]:
    """Return a file's type and the headers it goes with; raise NotFound for other kinds."""
    kind = CONTENT_TYPES.get(path.suffix)
    if kind is None:
        raise NotFound(f"{path.name!a} is not of a kind that is served", input=path.name)
    return kind, {
        "Cache-Control": "private, max-age=86400",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": REPORT_POLICY if kind.startswith("text/html") else ELSE_POLICY,
    }
