"""Uploads as the files of a title: that they are there, are kept, and have the right content."""

from __future__ import annotations

from farm.errors import InvalidSource
from farm.spec import JobSpec
from farm.uploads import SCHEME, upload_ids
from farm.uri import scheme_of
from storage.postgres import source_uploads
from storage.postgres.database import Transaction


def with_digests(session: Transaction, spec: JobSpec) -> JobSpec:
    """Return a request with the digests that its uploads came with, having found them all.

    Until the transaction ends they stay; from then on as long as `note_uses` says. Raises
    InvalidSource for one that is not the tenant's, or not complete: which is not said.
    """
    ids = upload_ids(spec.files)
    named = [uri for uri in spec.files if scheme_of(uri) == SCHEME]
    if not named:
        return spec
    there = source_uploads.usable(session, spec.tenant, set(ids.values()))
    for uri in named:
        if ids.get(uri) not in there:
            raise no_such_upload(uri)
    digests = {uri: sha256 for uri, id_ in ids.items() if (sha256 := there[id_])}
    return spec.model_copy(update={"digests": {**spec.digests, **digests}})


def no_such_upload(uri: str) -> InvalidSource:
    """Return what is said of an upload that a request names, and the tenant has not."""
    return InvalidSource(
        f"there is no upload {uri!a}, or it is not complete: complete it first, and name it"
        " as its `source` says",
        input=uri,
    )


def note_uses(session: Transaction, job_id: str, spec: JobSpec) -> None:
    """Keep the uploads that a job names until it has ended."""
    source_uploads.use(session, job_id, upload_ids(spec.files).values())
