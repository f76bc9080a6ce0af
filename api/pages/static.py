"""Scripts and styles: files of the package, under names that change with their content."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from farm.errors import NotFound
from qc.report.assets import DRAWING, read_asset

routes = APIRouter(include_in_schema=False)

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOR_A_YEAR = "public, max-age=31536000, immutable"


@routes.get("/static/{_digest}/{name:path}")
def static_file(request: Request, name: str) -> Response:
    """Return a file; the digest in its address is there for caches alone."""
    found = _packed().get(name)
    if found is None:
        raise NotFound(f"there is no file {name!a}: load the page again", input=name)
    headers = {
        "Cache-Control": FOR_A_YEAR,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    kind = TYPES[Path(name).suffix]
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found, headers={**headers, "Content-Encoding": "gzip"}, media_type=kind)
    return Response(gzip.decompress(found), headers=headers, media_type=kind)


@cache
def _packed() -> dict[str, bytes]:
    """Return every file by its name: a few, which are read once, and nothing else is served."""
    with as_file(files("api").joinpath("static")) as folder:
        found = {
            path.relative_to(folder).as_posix(): gzip.compress(path.read_bytes(), mtime=0)
            for path in folder.rglob("*")
            if path.is_file() and path.suffix in TYPES
        }
    drawing = {name: read_asset(name).encode() for name in DRAWING}
    return found | {
        f"report/{name}": gzip.compress(data, mtime=0) for name, data in drawing.items()
    }
