"""Files to and from S3: large ones in parts side by side, given up whole when one part fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from s3transfer.manager import TransferConfig, TransferManager
from s3transfer.subscribers import BaseSubscriber

from storage.objects.store import LARGE_BYTES

MAX_PARTS = 1000  # S3 takes 10,000, OpenStack Swift 1,000 unless told otherwise
PARTS_AT_ONCE = 8
PART_TRIES = 5  # of a part whose content breaks off: the client itself retries only requests
CANCEL_CHECK_S = 0.05


def upload_large(client: Any, bucket: str, key: str, path: Path, extra: Mapping[str, Any]) -> None:
    """Put a file in parts; on failure the upload is aborted, and what had arrived is gone."""
    with _manager(client, path.stat().st_size) as manager:
        manager.upload(str(path), bucket, key, extra_args=dict(extra)).result()


def download_object(
    client: Any,
    bucket: str,
    key: str,
    target: Path,
    *,
    size_bytes: int,
    etag: str,
    version: str | None = None,
    check_wanted: Callable[[], None] | None = None,
) -> None:
    """Write the object to `target`, every part of it from the one with this ETag.

    `check_wanted` is called all the while: what it raises ends the download.
    """
    extra = {"VersionId": version} if version else {}
    known = _Known(size_bytes, etag)
    with _manager(client, size_bytes) as manager:
        future = manager.download(bucket, key, str(target), extra_args=extra, subscribers=[known])
        while check_wanted is not None and not future.done():
            check_wanted()
            time.sleep(CANCEL_CHECK_S)
        future.result()


class _Known(BaseSubscriber):  # type: ignore[misc]
    """Tells a download what is known of the object, which saves it a request to ask."""

    def __init__(self, size_bytes: int, etag: str) -> None:
        self._size_bytes = size_bytes
        self._etag = etag

    def on_queued(self, future: Any, **_: Any) -> None:
        future.meta.provide_transfer_size(self._size_bytes)
        future.meta.provide_object_etag(self._etag)


@contextmanager
def _manager(client: Any, size_bytes: int) -> Iterator[TransferManager]:
    config = TransferConfig(
        multipart_threshold=LARGE_BYTES,
        multipart_chunksize=max(LARGE_BYTES, -(-size_bytes // MAX_PARTS)),
        max_request_concurrency=PARTS_AT_ONCE,
        num_download_attempts=PART_TRIES,
    )
    with TransferManager(client, config) as manager:
        yield manager
