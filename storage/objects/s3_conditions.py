"""Creating an object only where there is none: `If-None-Match: *` (RFC 9110, 13.1.2).

Amazon and many others heed it, some refuse it, some do not look at it: a trial tells.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from farm.errors import StorageUnavailable
from storage.objects.s3_errors import CHANGED, translated

ONLY_CREATE = {"IfNoneMatch": "*"}
CONFLICT = CHANGED | {"ConditionalRequestConflict", "409"}  # something is there, or just arriving
UNKNOWN = frozenset({"NotImplemented", "501", "InvalidArgument", "InvalidRequest", "400"})
MARK = "once"  # stays there: to delete it could mislead another process's trial

_one_at_a_time = threading.Lock()


def heeds_conditions(client: Any, bucket: str, side: str) -> bool:
    """Return whether the server creates no object where there is one.

    Tried once per process below the prefix `side`. Raises StorageUnavailable as every put does.
    """
    with _one_at_a_time:
        return _tried(client, bucket, side)


@cache
def _tried(client: Any, bucket: str, side: str) -> bool:
    name = f"{side}{MARK}"
    # Where the mark is new the first put creates it, and only the second tells.
    return any(_refused(client, bucket, name) for _ in range(2))


def _refused(client: Any, bucket: str, name: str) -> bool:
    try:
        with translated(f"s3://{bucket}/{name}", name):
            client.put_object(Bucket=bucket, Key=name, Body=b"", **ONLY_CREATE)
    except StorageUnavailable as error:
        if error.detail["code"] in UNKNOWN:
            return False
        if error.detail["code"] not in CONFLICT:
            raise
        return True
    return False
