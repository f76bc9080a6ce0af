"""An object store in a bucket of any S3-compatible server."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from farm.errors import StorageUnavailable
from farm.files import replaced
from storage.objects.s3_conditions import CONFLICT, ONLY_CREATE, heeds_conditions
from storage.objects.s3_content import PART_TRIES, PARTS_AT_ONCE, download_object, upload_large
from storage.objects.s3_errors import translated
from storage.objects.s3_headers import extra_of, info_of, now_there, tag_of
from storage.objects.store import (
    LARGE_BYTES,
    Headers,
    Listed,
    ObjectInfo,
    check_key,
    sha256_of,
)

TRIALS = ".reelfarm/"  # holds what is put to try the server, never an object
BROKEN_OFF = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)


class S3Store:
    """Objects below `prefix` in a bucket; `client` is one of `storage.objects.s3_client`."""

    local = False

    def __init__(self, client: Any, bucket: str, prefix: str, parallel: int) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{check_key(prefix)}/" if prefix else ""
        self.parallel = parallel
        self.parallel_large = max(1, parallel // PARTS_AT_ONCE)

    def put_file(
        self, key: str, path: Path, headers: Headers, *, create_only: bool = False
    ) -> ObjectInfo:
        size_bytes = path.stat().st_size
        if size_bytes <= LARGE_BYTES:
            return self._put(key, path.read_bytes(), headers, create_only)
        sha256 = sha256_of(path)
        # s3transfer knows no conditions.
        if not create_only or self.head(key) is None:
            with translated(self.url(key), key):
                extra = extra_of(sha256, headers)
                upload_large(self._client, self._bucket, self._name(key), path, extra)
        return self._found(key, sha256, size_bytes)

    def put_bytes(self, key: str, content: bytes, headers: Headers) -> ObjectInfo:
        return self._put(key, content, headers, create_only=False)

    def get_bytes(self, key: str) -> bytes:
        _, content = self._get(key)
        assert content is not None
        return content

    def get_range(self, key: str, first: int, size_bytes: int) -> bytes:
        _, content = self._get(key, Range=f"bytes={first}-{first + size_bytes - 1}")
        assert content is not None
        return content

    def fetch(self, key: str, target: Path) -> None:
        with replaced(target) as temporary:
            answer, content = self._get(key, at_most=LARGE_BYTES)
            info = info_of(key, answer)
            if content is not None:
                temporary.write_bytes(content)
            else:
                self._download(key, temporary, info.size_bytes, answer["ETag"])
            if info.sha256 not in ("", sha256_of(temporary)):
                raise StorageUnavailable(
                    f"{self.url(key)}: its content is not what was put there: put it again"
                )

    def head(self, key: str) -> ObjectInfo | None:
        try:
            with translated(self.url(key), key):
                answer = self._client.head_object(Bucket=self._bucket, Key=self._name(key))
        except KeyError:
            return None
        return info_of(key, answer)

    def listed(self, prefix: str) -> Iterator[Listed]:
        for page in self._pages("list_objects_v2", prefix):
            for found in page.get("Contents", []):
                key = found["Key"].removeprefix(self._prefix)
                if not key.startswith(TRIALS):
                    yield Listed(key, found["Size"], tag_of(found))

    def delete(self, key: str) -> None:
        with (
            suppress(KeyError),
            translated(self.url(key), key),
        ):  # not every server is silent on that
            self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def clear_abandoned(self, prefix: str, older_than_s: float) -> int:
        cleared = 0
        for page in self._pages("list_multipart_uploads", prefix):
            before = now_there(page) - timedelta(seconds=older_than_s)
            for upload in page.get("Uploads", []):
                if upload["Initiated"] < before:
                    cleared += self._abort(upload["Key"], upload["UploadId"])
        return cleared

    def check_writable(self) -> None:
        trial = f"{self._prefix}{TRIALS}trial"  # always this: at most one stays
        with translated(f"s3://{self._bucket}/{trial}"):
            self._client.put_object(Bucket=self._bucket, Key=trial, Body=b"")
            self._client.delete_object(Bucket=self._bucket, Key=trial)

    def url(self, key: str) -> str:
        return f"s3://{self._bucket}/{self._name(key)}"

    def _name(self, key: str) -> str:
        return f"{self._prefix}{check_key(key)}"

    def _put(self, key: str, content: bytes, headers: Headers, create_only: bool) -> ObjectInfo:
        sha256 = hashlib.sha256(content).hexdigest()
        extra = extra_of(sha256, headers)
        if create_only and heeds_conditions(self._client, self._bucket, f"{self._prefix}{TRIALS}"):
            extra |= ONLY_CREATE
        try:
            with translated(self.url(key), key):
                answer = self._client.put_object(
                    Bucket=self._bucket, Key=self._name(key), Body=content, **extra
                )
        except StorageUnavailable as error:
            if error.detail.get("code") not in CONFLICT:
                raise
            return self._found(key, sha256, len(content))
        return ObjectInfo(
            key,
            len(content),
            sha256,
            headers.content_type,
            headers.cache_control,
            dict(headers.metadata),
            tag_of(answer),
        )

    def _found(self, key: str, sha256: str, size_bytes: int) -> ObjectInfo:
        """Return what is under `key`, if it is this content; else raise StorageUnavailable."""
        there = self.head(key)
        if there is None or (there.sha256, there.size_bytes) != (sha256, size_bytes):
            raise StorageUnavailable(
                f"{self.url(key)}: somebody else put something else there: try again, then look"
                " for what else writes there"
            )
        return there

    def _get(
        self, key: str, at_most: int | None = None, **asked: str
    ) -> tuple[dict[str, Any], bytes | None]:
        """Return the object's headers and content, None instead of one larger than `at_most`."""
        with translated(self.url(key), key):
            for attempt in range(PART_TRIES):
                answer = self._client.get_object(Bucket=self._bucket, Key=self._name(key), **asked)
                if at_most is not None and answer["ContentLength"] > at_most:
                    answer["Body"].close()
                    return answer, None
                try:
                    return answer, answer["Body"].read()
                except BROKEN_OFF:
                    if attempt == PART_TRIES - 1:
                        raise
                    time.sleep(random.random() * 2**attempt)
        raise AssertionError("the last try returns or raises")

    def _download(self, key: str, target: Path, size_bytes: int, etag: str) -> None:
        with translated(self.url(key), key):
            download_object(
                self._client,
                self._bucket,
                self._name(key),
                target,
                size_bytes=size_bytes,
                etag=etag,
            )

    def _pages(self, operation: str, prefix: str) -> Iterator[dict[str, Any]]:
        paginator = self._client.get_paginator(operation)
        with translated(f"s3://{self._bucket}/{self._prefix}{prefix}"):
            yield from paginator.paginate(Bucket=self._bucket, Prefix=f"{self._prefix}{prefix}")

    def _abort(self, name: str, upload_id: str) -> bool:
        """Abort an upload; return False where it has ended in the meantime."""
        try:
            with translated(f"s3://{self._bucket}/{name}"):
                self._client.abort_multipart_upload(
                    Bucket=self._bucket, Key=name, UploadId=upload_id
                )
        except KeyError:
            return False
        return True
