"""What was published, and how a browser gets it: from a directory through the farm, or from S3."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, urlsplit

from farm.errors import InvalidSpec, NotFound
from farm.settings import Settings
from farm.snapshots import JobSnapshot
from services.locations import load_locations
from storage.objects.directory import DirectoryStore
from storage.objects.s3_address import S3_SCHEME, split_s3_uri
from storage.objects.store import check_key
from storage.objects.stores import open_store

POSTER = "thumbnails/poster.jpg"


def published_file(job: JobSnapshot, path: str, settings: Settings) -> Path:
    """Return a file below the folder of the job's asset at its origin, which is a directory.

    Raises NotFound for whatever is not one: for paths that lead out of the folder, by their own
    segments or by symlinks, as well. Raises LocationNotAllowed where the tenant may not publish to
    the origin any more.
    """
    origin = str(job.spec["origin"])
    missing = NotFound(f"nothing of {job.asset} was published as {path!a}", input=path)
    if origin.startswith(S3_SCHEME):
        raise missing
    try:
        check_key(path)
        store = open_store(origin, settings)
    except (ValueError, InvalidSpec) as error:
        raise missing from error
    if "\0" in path or not isinstance(store, DirectoryStore):
        raise missing
    folder = Path(os.path.realpath(store.root)) / job.tenant / job.asset
    found = Path(os.path.realpath(folder / path))
    if not found.is_relative_to(folder) or not found.is_file():
        raise missing
    load_locations(settings).origins(job.tenant).check_path(origin, found)
    return found


def read_poster(job: JobSnapshot, prefix: str, settings: Settings) -> bytes:
    """Return the poster of what lies below `prefix`; raise NotFound where there is none."""
    try:
        return read_published(job, prefix, POSTER, settings)
    except KeyError as error:
        raise NotFound(f"{job.asset} has no poster", input=job.id) from error


def read_published(job: JobSnapshot, prefix: str, path: str, settings: Settings) -> bytes:
    """Return a file of the generation below `prefix`, wherever the origin is.

    Raises NotFound or KeyError where there is none.
    """
    origin = str(job.spec["origin"])
    if not origin.startswith(S3_SCHEME):
        below = f"{prefix.removeprefix(f'{job.tenant}/{job.asset}/')}/{path}"
        return published_file(job, below, settings).read_bytes()
    return open_store(origin, settings).get_bytes(f"{prefix}/{path}")


def base_url(job: JobSnapshot, settings: Settings) -> str:
    """Return where the folder of the job's asset is for a browser, without a slash at its end."""
    origin = str(job.spec["origin"])
    if not origin.startswith(S3_SCHEME):
        return f"/published/{job.id}"
    bucket, prefix = split_s3_uri(origin)
    key = quote("/".join(each for each in (prefix.strip("/"), job.tenant, job.asset) if each))
    endpoint = (settings.s3_endpoint_url or "").rstrip("/")
    if endpoint:
        if settings.s3_addressing == "virtual":
            parts = urlsplit(endpoint)
            return f"{parts.scheme}://{bucket}.{parts.netloc}/{key}"
        return f"{endpoint}/{bucket}/{key}"
    return f"https://{bucket}.s3.{settings.s3_region}.amazonaws.com/{key}"


def server_of(url: str) -> str | None:
    """Return scheme and host of a URL on another server, None for one on this."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None
