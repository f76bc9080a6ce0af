"""Making a bucket where there is none yet."""

from __future__ import annotations

from farm.errors import InvalidSpec
from farm.settings import Settings
from storage.s3_address import SCHEME, take_apart
from storage.s3_client import s3_client
from storage.s3_errors import told

REGION_OF_NONE = "us-east-1"  # buckets there are made without naming it (S3 API, CreateBucket)


def make_bucket(location: str, settings: Settings) -> bool:
    """Make the bucket of an s3:// location; return False where it was there already.

    Raises InvalidSpec for what is no such location, StorageUnavailable where it cannot be made.
    """
    if not location.startswith(SCHEME):
        raise InvalidSpec(f"{location!r} is no bucket: give s3://bucket")
    try:
        bucket, _ = take_apart(location)
    except ValueError as error:
        raise InvalidSpec(str(error)) from error
    client = s3_client(settings)
    try:
        with told(f"{SCHEME}{bucket}"):
            client.head_bucket(Bucket=bucket)
    except KeyError:
        region = settings.s3_region
        elsewhere = settings.s3_endpoint_url is None and region != REGION_OF_NONE
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}} if elsewhere else {}
        with told(f"{SCHEME}{bucket}"):
            client.create_bucket(Bucket=bucket, **place)
        return True
    return False
