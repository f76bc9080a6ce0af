"""What S3 keeps beside an object's content, to its words and from them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from storage.objects.store import Headers, ObjectInfo

SHA256 = "sha256"  # our own, in the metadata: an ETag is not a digest of every upload


def extra_of(sha256: str, headers: Headers) -> dict[str, Any]:
    """Return what to put with an object's content."""
    extra: dict[str, Any] = {
        "ContentType": headers.content_type,
        "Metadata": {**headers.metadata, SHA256: sha256},
    }
    return {**extra, "CacheControl": headers.cache_control} if headers.cache_control else extra


def info_of(key: str, answer: dict[str, Any]) -> ObjectInfo:
    """Return what an answer to GET or HEAD tells of an object."""
    metadata = dict(answer["Metadata"])
    return ObjectInfo(
        key,
        answer["ContentLength"],
        metadata.pop(SHA256, ""),
        answer.get("ContentType", ""),
        answer.get("CacheControl", ""),
        metadata,
        tag_of(answer),
    )


def tag_of(answer: dict[str, Any]) -> str:
    """Return the tag of an object, as an answer or an entry of a listing tells it."""
    return str(answer["ETag"]).strip('"')


def now_there(answer: dict[str, Any]) -> datetime:
    """Return the time by the store's clock: ages are counted on one clock, not on two."""
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(date) if date else datetime.now(UTC)
