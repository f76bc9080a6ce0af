"""What is said of buckets, credentials and clocks with which S3 does not serve us."""

from __future__ import annotations

from datetime import datetime, timedelta

import botocore.auth
import pytest
from botocore.compat import get_current_datetime

from farm.errors import InvalidSpec, StorageUnavailable
from farm.settings import Settings
from storage.objects import s3_errors
from storage.objects.s3 import S3Store
from storage.objects.s3_client import make_client
from storage.objects.store import Headers, ObjectStore
from storage.objects.stores import open_store
from tests.conftest import S3


@pytest.fixture
def store(s3: S3) -> ObjectStore:
    return open_store(s3.new_location(), s3.settings)


def store_as(s3: S3, bucket: str = "farm", **environment: str) -> S3Store:
    """Return a store of a client that finds this environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        client = make_client(s3.server.endpoint_url, "us-east-1", "path", 4)
        return S3Store(client, bucket, "x", 4)


@pytest.mark.parametrize(
    ("bucket", "environment", "complaint"),
    [
        ("nowhere", {}, "there is no such bucket: make it, or correct the name"),
        ("farm", {"AWS_SECRET_ACCESS_KEY": "wrong"}, "check AWS_ACCESS_KEY_ID and AWS_SECRET_"),
        ("farm", {"AWS_ACCESS_KEY_ID": "wrong"}, "check AWS_ACCESS_KEY_ID and AWS_SECRET_"),
        (
            "farm",
            {"AWS_ACCESS_KEY_ID": "farm:guest", "AWS_SECRET_ACCESS_KEY": "guest-secret"},
            "access denied: give the owner of the access key the right to do this",
        ),
    ],
)
def test_a_bucket_that_cannot_be_written_says_what_to_do(
    s3: S3, bucket: str, environment: dict[str, str], complaint: str
) -> None:
    store = store_as(s3, bucket, **environment)
    said = rf"^s3://{bucket}/x/\.reelfarm/trial: .*{complaint}"
    with pytest.raises(StorageUnavailable, match=said):
        store.check_writable()


def test_credentials_that_are_missing_are_asked_for(s3: S3) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_ACCESS_KEY_ID")
        patch.delenv("AWS_SECRET_ACCESS_KEY")
        store = store_as(s3)
    with pytest.raises(StorageUnavailable, match="there are no credentials: check AWS_ACCESS_KEY"):
        store.check_writable()


def test_a_head_that_is_refused_says_what_may_be_wrong(s3: S3) -> None:
    with pytest.raises(StorageUnavailable, match="access denied: check AWS_ACCESS_KEY_ID"):
        store_as(s3, AWS_SECRET_ACCESS_KEY="wrong").head("a")


@pytest.mark.parametrize(("hours", "way"), [(1, "ahead of"), (-1, "behind")])
@pytest.mark.parametrize("operation", ["head", "get_bytes"])
def test_a_clock_that_is_off_is_named_as_the_reason(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch, operation: str, hours: int, way: str
) -> None:
    def time_here(remove_tzinfo: bool = True) -> datetime:
        here: datetime = get_current_datetime(remove_tzinfo) + timedelta(hours=hours)
        return here

    store.put_bytes("a", b"x", Headers())
    for module in (botocore.auth, s3_errors):
        monkeypatch.setattr(module, "get_current_datetime", time_here)
    with pytest.raises(StorageUnavailable, match=rf"the clock of this machine is .* {way}"):
        getattr(store, operation)("a")


def test_an_endpoint_that_is_no_url_is_refused_by_the_name_of_its_setting(
    settings: Settings,
) -> None:
    wrong = settings.model_copy(update={"s3_endpoint_url": "s3.example.org"})
    with pytest.raises(InvalidSpec, match=r"REELFARM_S3_ENDPOINT_URL 's3\.example\.org'"):
        open_store("s3://bucket/x", wrong)
