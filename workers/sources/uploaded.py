"""Sources that their tenants uploaded: files or objects of the work store, always their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from farm.errors import InvalidSource
from farm.settings import Settings
from farm.uploads import upload_id_of, upload_key
from services.allowed import Allowed, Folder
from services.locations import READ
from storage.objects.stores import uploaded
from workers.sources.file import OpenFile, open_file

if TYPE_CHECKING:
    from storage.objects.s3_source import S3Source


def remote_upload(uri: str, tenant: str, settings: Settings) -> S3Source | None:
    """Return the object that an upload of the tenant's is, None where it is a file here."""
    found = _place(uri, tenant, settings)
    return None if isinstance(found, Path) else found


def open_upload(uri: str, tenant: str, settings: Settings) -> OpenFile:
    """Return the file that an upload of the tenant's is, open; raise as `open_file` does."""
    found = _place(uri, tenant, settings)
    assert isinstance(found, Path)
    own = Allowed(tenant, (Folder(found.parent),), READ, "the uploads of the tenant")
    return open_file(uri, own, found)


def _place(uri: str, tenant: str, settings: Settings) -> Path | S3Source:
    """Return where an upload lies: below the tenant's folder, whoever else has one of that id."""
    if (upload_id := upload_id_of(uri)) is None:
        raise InvalidSource(f"{uri!r} is no upload: give the `source` of a complete one")
    return uploaded(uri, upload_key(tenant, upload_id), settings)
