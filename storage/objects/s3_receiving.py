"""Files that their owners send to S3 themselves, by URLs that we sign: whole, or in parts."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from farm.uploads import ReceivedPart
from storage.objects.s3 import S3Store
from storage.objects.s3_errors import translated

WHATEVER_ITS_CLOCK_SAYS_S = -3600.0  # one that counts in seconds may be ahead, as may any other


class S3Receiver:
    """Takes in files below a store's prefix.

    `client` works on them, `signer` makes URLs: one of the same server, as their owners reach it.
    Each URL is for so many bytes and no others. Raises StorageUnavailable as the store does.
    """

    def __init__(self, store: S3Store, client: Any, signer: Any, bucket: str, prefix: str) -> None:
        self._store = store
        self._client = client
        self._signer = signer
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def put_url(self, key: str, size_bytes: int, valid_s: float) -> str:
        """Return where to PUT a whole file."""
        return self._signed("put_object", valid_s, key, ContentLength=size_bytes)

    def part_url(
        self, key: str, multipart: str, number: int, size_bytes: int, valid_s: float
    ) -> str:
        """Return where to PUT one part, counted from 1."""
        return self._signed(
            "upload_part",
            valid_s,
            key,
            UploadId=multipart,
            PartNumber=number,
            ContentLength=size_bytes,
        )

    def begin(self, key: str, content_type: str) -> str:
        """Return S3's name of a new upload in parts."""
        with translated(self._store.url(key)):
            answer = self._client.create_multipart_upload(
                **self._where(key), ContentType=content_type
            )
        return str(answer["UploadId"])

    def parts(self, key: str, multipart: str) -> list[ReceivedPart]:
        """Return the parts that are there, in order; raise KeyError where the upload has ended."""
        pages = self._client.get_paginator("list_parts")
        with translated(self._store.url(key), key):
            return [
                ReceivedPart(part["PartNumber"], part["Size"], part["ETag"])
                for page in pages.paginate(**self._where(key), UploadId=multipart)
                for part in page.get("Parts", [])
            ]

    def finish(self, key: str, multipart: str, parts: list[ReceivedPart]) -> None:
        """Make an object of its parts; raise KeyError where the upload has ended."""
        told = [{"PartNumber": part.number, "ETag": part.tag} for part in parts]
        with translated(self._store.url(key), key):
            self._client.complete_multipart_upload(
                **self._where(key), UploadId=multipart, MultipartUpload={"Parts": told}
            )

    def size_bytes(self, key: str) -> int | None:
        """Return how large the object is, None where there is none."""
        there = self._store.head(key)
        return None if there is None else there.size_bytes

    def abort(self, key: str, multipart: str) -> None:
        """Forget an upload in parts; that it has ended is no error."""
        with suppress(KeyError), translated(self._store.url(key), key):
            self._client.abort_multipart_upload(**self._where(key), UploadId=multipart)

    def remove(self, key: str) -> None:
        """Remove an object with all uploads to it that have not ended."""
        self._store.clear_abandoned(key, WHATEVER_ITS_CLOCK_SAYS_S)
        self._store.delete(key)

    def _where(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{self._prefix}{key}"}

    def _signed(self, operation: str, valid_s: float, key: str, **given: Any) -> str:
        with translated(self._store.url(key)):
            url = self._signer.generate_presigned_url(
                operation, Params={**self._where(key), **given}, ExpiresIn=max(1, round(valid_s))
            )
        return str(url)
