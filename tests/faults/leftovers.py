"""What a fault can leave behind: rows, objects and processes that nobody wants."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from sqlalchemy import or_, select

from farm.uploads import upload_key
from storage.objects.store import ObjectStore
from storage.objects.stores import open_store, work_store
from storage.postgres.models import Artifact, Generation, SourceUpload, Upload
from tests.faults.farm import FaultFarm
from tests.faults.playback import POINTERS
from tests.faults.servers import Places

GONE_WITHIN_S = 20.0  # the time the issue gives a cancelled step's processes
INCOMING = ".reelfarm/incoming"  # where a directory store keeps what is not whole yet


def stray_objects(farm: FaultFarm) -> list[str]:
    """Return every row and object that only a fault can have left behind."""
    with farm.database.begin() as session:
        uploads = session.scalars(select(Upload.folder)).all()
        parts = session.scalars(select(Artifact.part).where(Artifact.removing_at.is_(None))).all()
        generations = session.execute(
            select(Generation.tenant, Generation.asset, Generation.number, Generation.digest).where(
                # One that came too late to be published is kept like one that was superseded.
                or_(Generation.published_at.is_not(None), Generation.superseded_at.is_not(None))
            )
        ).all()
        handed_in = session.execute(select(SourceUpload.tenant, SourceUpload.id)).all()
    known = {file["key"] for part in parts for file in part["files"].values()}
    known |= {upload_key(tenant, upload_id) for tenant, upload_id in handed_in}
    titles = {f"{tenant}/{asset}" for tenant, asset, _, _ in generations}
    folders = tuple(f"{t}/{a}/g{number}-{digest[:8]}/" for t, a, number, digest in generations)
    pointers = {f"{title}/{pointer}" for title in titles for pointer in POINTERS}
    found = [f"upload of {folder} is still noted" for folder in uploads]
    found += [
        f"the work store keeps {key}, which no part names"
        for key in _keys(work_store(farm.settings))
        if key not in known
    ]
    found += [
        f"the origin keeps {key}, which no published generation has"
        for key in _keys(open_store(farm.places.origin, farm.settings))
        if key not in pointers and not key.startswith(folders)
    ]
    return found + list(_unfinished(farm))


def stray_processes(farm: FaultFarm, within_s: float = GONE_WITHIN_S) -> list[str]:
    """Return the processes of the farm that nobody wants: its members, idle, run no program."""

    def strays() -> list[str]:
        wanted = {member.pid for member in farm.members if member.alive}
        wanted |= farm.servers.pids
        return [
            f"process {process.pid} is left: {command_line}"
            for process, command_line in _processes(farm.folder)
            if process.pid not in wanted and not _is_below(process, farm.servers.pids)
        ]

    return when_settled(strays, within_s)


def when_settled(look: Callable[[], list[str]], within_s: float = GONE_WITHIN_S) -> list[str]:
    """Return what `look` still finds after the time things may take."""
    deadline = time.monotonic() + within_s
    while (found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _keys(store: ObjectStore) -> Iterable[str]:
    return (found.key for found in store.listed(""))


def _unfinished(farm: FaultFarm) -> Iterator[str]:
    """Yield what of interrupted uploads the stores themselves keep."""
    for place in (farm.places.work, farm.places.origin):
        if place.startswith("s3://"):
            yield from (
                f"{place} keeps an open multipart upload of {key}"
                for key in open_uploads(farm.places, place)
            )
        else:
            for path in (Path(place) / INCOMING).glob("*"):
                yield f"{path} was never finished"


def open_uploads(places: Places, place: str) -> Iterator[str]:
    """Yield the keys of the uploads in parts that are open in a place's bucket."""
    import boto3

    assert places.s3 is not None
    client = boto3.client(
        "s3",
        endpoint_url=places.s3.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=places.s3.access_key,
        aws_secret_access_key=places.s3.secret_key,
    )
    bucket = urlsplit(place).netloc
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        yield from (upload["Key"] for upload in page.get("Uploads", ()))
    client.close()


def _processes(folder: Path) -> Iterator[tuple[psutil.Process, str]]:
    """Yield every process that works in or for `folder`, whoever its parent is."""
    ours = psutil.Process()
    for process in psutil.process_iter():
        try:
            # A member is known by its environment, a media program by its scratch directory.
            command_line = " ".join(process.cmdline())
            marks = [command_line, process.cwd(), *process.environ().values()]
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == ours.pid:
                continue
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if any(str(folder) in mark for mark in marks):
            yield process, command_line


def _is_below(process: psutil.Process, ancestors: frozenset[int]) -> bool:
    try:
        return any(parent.pid in ancestors for parent in process.parents())
    except psutil.NoSuchProcess:
        return False
