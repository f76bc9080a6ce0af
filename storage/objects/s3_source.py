"""An object in S3 that somebody else put there and may change: a source, or a file beside one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from farm.errors import InvalidSource, StorageUnavailable
from storage.objects.s3_content import download_object
from storage.objects.s3_errors import ABSENT, CHANGED, DENIED, FOREIGN, trouble_of

REFUSED = DENIED | {"NoSuchBucket"}


class S3Source:
    """An object as it is now, or as it once was: `identity` tells one from the other.

    Raises InvalidSource for what the owner of the object has to mend, StorageUnavailable for a
    server that does not answer.
    """

    def __init__(self, client: Any, uri: str, bucket: str, key: str) -> None:
        self._client = client
        self._uri = uri
        self._bucket = bucket
        self._key = key

    def identify(self) -> dict[str, Any]:
        """Return what changes when the object does: its size, ETag, and version where it has one.

        (Versions are kept in buckets that have been told to; "null" is one from before that.)
        """
        with self._translated():
            answer = self._client.head_object(Bucket=self._bucket, Key=self._key)
        if answer["ContentLength"] == 0:
            raise InvalidSource(f"{self._uri!r} is empty: upload it again")
        identity = {"size_bytes": answer["ContentLength"], "etag": answer["ETag"].strip('"')}
        version = answer.get("VersionId")
        return {**identity, "version": version} if version else identity

    def download(
        self, target: Path, identity: dict[str, Any], check_wanted: Callable[[], None]
    ) -> None:
        """Write the object that has this `identity` to `target`, calling `check_wanted` meanwhile.

        Raises InvalidSource when it is another now.
        """
        with self._translated():
            download_object(
                self._client,
                self._bucket,
                self._key,
                target,
                size_bytes=identity["size_bytes"],
                etag=f'"{identity["etag"]}"',
                version=identity.get("version"),
                check_wanted=check_wanted,
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except FOREIGN as error:
            trouble = trouble_of(error)
            if trouble.code in CHANGED:
                said = "changed while it was processed: submit it again"
            elif trouble.code in ABSENT:
                said = "does not exist: check bucket and key"
            elif trouble.code in REFUSED:
                said = f"cannot be read: {trouble.sentence}"
            else:
                raise StorageUnavailable(
                    f"{self._uri}: {trouble.sentence}", url=self._uri, code=trouble.code
                ) from error
            raise InvalidSource(f"{self._uri!r} {said}") from error
