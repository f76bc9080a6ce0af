"""Making a bucket where there is none yet."""

from __future__ import annotations

from farm.errors import InvalidSpec
from farm.settings import Settings
from storage.objects.s3_address import S3_SCHEME, split_s3_uri
from storage.objects.s3_client import s3_client
from storage.objects.s3_errors import translated

REGION_OF_NONE = "us-east-1"  # buckets there are made without naming it (S3 API, CreateBucket)


def make_bucket(location: str, settings: Settings) -> bool:
    """Make the bucket of an s3:// location; return False where it was there already.

    Raises InvalidSpec for what is no such location, StorageUnavailable where it cannot be made.
    """
    if not location.startswith(S3_SCHEME):
        raise InvalidSpec(f"{location!r} is no bucket: give s3://bucket")
    try:
        bucket, _ = split_s3_uri(location)
    except ValueError as error:
        raise InvalidSpec(str(error)) from error
    client = s3_client(settings)
    try:
        with translated(f"{S3_SCHEME}{bucket}"):
            client.head_bucket(Bucket=bucket)
    except KeyError:
        region = settings.s3_region
        elsewhere = settings.s3_endpoint_url is None and region != REGION_OF_NONE
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}} if elsewhere else {}
        with translated(f"{S3_SCHEME}{bucket}"):
            client.create_bucket(Bucket=bucket, **place)
        return True
    return False
