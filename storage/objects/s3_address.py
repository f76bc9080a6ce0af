"""s3:// URIs taken apart."""

from __future__ import annotations

import re

S3_SCHEME = "s3://"
# What servers other than Amazon's allow too: capitals and underscores.
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")


def split_s3_uri(uri: str) -> tuple[str, str]:
    """Return the bucket and what follows it, taken literally: keys may hold "%", "?" and "#".

    Raises ValueError, saying what is wrong, for what names no bucket.
    """
    bucket, _, rest = uri.removeprefix(S3_SCHEME).partition("/")
    if not BUCKET.fullmatch(bucket):
        raise ValueError(
            f"{uri!r}: {bucket!r} is not the name of a bucket: give s3://bucket/... with 3 to 63"
            " letters, digits, dots, hyphens"
        )
    return bucket, rest
