"""What object stores say of new objects, in each of their shapes. Pure: nothing is fetched.

- S3: `{"Records": [...]}`, as Amazon, MinIO and Ceph send it (AWS, "Event message structure";
  Ceph, "S3 Bucket Notifications Compatibility").
- EventBridge: `{"source": "aws.s3", "detail-type": "Object Created", "detail": {...}}`.
- SNS: either of those as text in the `Message` of `{"Type": "Notification", ...}`.

Any number of them may come in a JSON array.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from farm.errors import InvalidSpec

# What makes an object; MinIO has more of the same name for tags and locks of one that is there.
CREATED = frozenset({"Put", "Post", "Copy", "CompleteMultipartUpload"})
ENCODED = frozenset({"aws:s3", "minio:s3"})  # whose keys are as in a form; Ceph sends them plain
NO_VERSION = frozenset({"", "null", "1"})  # "1": of every object in old versions of MinIO
MOST_RECORDS = 1000
MAX_NESTING = 4  # SNS within SNS within an array, and more than anybody sends
MAX_KEY_BYTES = 1024  # of S3 itself
MAX_NOTED = 1024  # characters of an ETag, a version, a sequencer


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object that somebody put there; `identity` is the same however often it is told."""

    bucket: str
    key: str
    identity: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class NoNewObject:
    """A record that is about something else, and what."""

    bucket: str | None
    key: str | None
    why: str
    malformed: bool = False


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a topic of SNS wants an operator to open, once, before it sends anything."""

    topic: str
    subscribe_url: str


@dataclass(frozen=True, slots=True)
class Notification:
    """All that one request told."""

    records: list[NewObject | NoNewObject] = field(default_factory=list)
    confirmations: list[Confirmation] = field(default_factory=list)


def read_notification(body: bytes) -> Notification:
    """Return what a request's body tells; raise InvalidSpec for what is no notification."""
    notification = Notification()
    for found in _read(_parsed(body), 0):
        if isinstance(found, Confirmation):
            notification.confirmations.append(found)
        else:
            notification.records.append(found)
        if len(notification.records) + len(notification.confirmations) > MOST_RECORDS:
            raise InvalidSpec(f"more than {MOST_RECORDS} records: send fewer at once")
    return notification


Told = NewObject | NoNewObject | Confirmation


def _read(message: Any, depth: int) -> Iterator[Told]:
    if depth > MAX_NESTING:
        raise InvalidSpec("the notification is nested too deeply")
    if isinstance(message, list):
        for each in message:
            yield from _read(each, depth + 1)
    elif not isinstance(message, dict):
        raise _unknown()
    elif isinstance(message.get("Records"), list):
        for record in message["Records"]:
            yield _showable(_s3(record))
    elif "detail-type" in message and isinstance(message.get("detail"), dict):
        yield _showable(_event_bridge(message))
    elif message.get("Event") == "s3:TestEvent":
        test = NoNewObject(_text(message.get("Bucket")), None, "a test of Amazon's: it arrives")
        yield _showable(test)
    elif "TopicArn" in message:
        yield from _sns(message, depth)
    else:
        raise _unknown()


def _s3(record: Any) -> NewObject | NoNewObject:
    about = _map(_map(record).get("s3"))
    bucket, there = _text(_map(about.get("bucket")).get("name")), _map(about.get("object"))
    event = str(_map(record).get("eventName", "")).removeprefix("s3:")
    key = _text(there.get("key"))
    if key is not None and str(_map(record).get("eventSource")) in ENCODED:
        key = unquote_plus(key, errors="surrogateescape")
    kind, _, how = event.partition(":")
    if kind != "ObjectCreated" or how not in CREATED:
        return NoNewObject(bucket, key, f"{event[:80] or 'an unnamed event'} makes no new object")
    etag = there.get("eTag", there.get("etag"))
    told = (there.get("versionId"), etag, there.get("sequencer"), _map(record).get("eventTime"))
    return _new(bucket, key, told, there.get("size"))


def _event_bridge(message: Mapping[str, Any]) -> NewObject | NoNewObject:
    detail = _map(message["detail"])
    bucket, there = _text(_map(detail.get("bucket")).get("name")), _map(detail.get("object"))
    key, kind = _text(there.get("key")), str(message["detail-type"])
    if message.get("source") != "aws.s3" or kind != "Object Created":
        return NoNewObject(bucket, key, f"{kind[:80]} makes no new object")
    told = (there.get("version-id"), there.get("etag"), there.get("sequencer"), message.get("time"))
    return _new(bucket, key, told, there.get("size"))


def _sns(message: Mapping[str, Any], depth: int) -> Iterator[Told]:
    topic = _shown(str(message["TopicArn"]))
    match message.get("Type"):
        case "Notification":
            yield from _read(_parsed(str(message.get("Message", "")).encode()), depth + 1)
        case "SubscriptionConfirmation":
            yield Confirmation(topic, _shown(str(message.get("SubscribeURL", ""))))
        case kind:
            why = f"{_shown(str(kind))[:80]} of {topic} makes no new object"
            yield NoNewObject(None, None, why)


def _new(
    bucket: str | None, key: str | None, told: tuple[Any, ...], size: Any
) -> NewObject | NoNewObject:
    if bucket is None or key is None:
        return NoNewObject(bucket, key, "the record names no bucket or no key", malformed=True)
    if why := _unkeepable(bucket) or _unkeepable(key):
        return NoNewObject(bucket, key, why, malformed=True)
    size_bytes = int(size) if str(size).isdecimal() and len(str(size)) < 19 else None
    return NewObject(bucket, key, _identity(*told), size_bytes)


def _identity(version: Any, etag: Any, sequencer: Any, time: Any) -> str:
    """Return what tells one put of a key from another: its version, or else what there is.

    The sequencer is of the put, not of the message: a second message about the same put has it too.
    """
    if str(version or "") not in NO_VERSION:
        return f"version {version!s:.{MAX_NOTED}}"
    etag = str(etag or "").strip('"')
    if etag or sequencer:
        return f"etag {etag:.{MAX_NOTED}} {str(sequencer or '').upper():.{MAX_NOTED}}"
    return f"time {time!s:.{MAX_NOTED}}"


def _unkeepable(text: str) -> str | None:
    """Return why a name cannot be that of a source here, None where it can."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        return "the key is not UTF-8"
    if b"\0" in encoded:
        return "the key has a NUL"
    return "the key is longer than 1024 bytes" if len(encoded) > MAX_KEY_BYTES else None


def _showable(told: NewObject | NoNewObject) -> NewObject | NoNewObject:
    """Return what was told so that it can be answered in JSON, whatever stood in it."""
    if isinstance(told, NewObject):
        return told
    bucket, key = (None if text is None else _shown(text) for text in (told.bucket, told.key))
    return NoNewObject(bucket, key, _shown(told.why), told.malformed)


def _shown(text: str) -> str:
    return text[: 2 * MAX_NOTED].encode(errors="replace").decode()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise InvalidSpec("the notification is not JSON: send it as the store does") from error


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _unknown() -> InvalidSpec:
    return InvalidSpec(
        "this is no notification that is known: send those of S3 (Amazon, MinIO, Ceph), of"
        " EventBridge, or of SNS"
    )
