"""What only the S3 store has to get right, on a real server, with and without trouble."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from farm.errors import StorageUnavailable
from storage.objects.s3 import S3Store
from storage.objects.s3_client import make_client, s3_client
from storage.objects.store import Headers, ObjectInfo, ObjectStore
from storage.objects.stores import open_store
from tests.conftest import S3
from tests.faults.connection import Mode, Way
from tests.faults.http_proxy import HttpProxy
from tests.faults.network import Network

FILM = hashlib.shake_256(b"film").digest((17 << 20) + 1)  # in parts


@pytest.fixture
def store(s3: S3) -> ObjectStore:
    return open_store(s3.new_location(), s3.settings)


@pytest.fixture
def proxy(s3: S3) -> Iterator[HttpProxy]:
    address = urlsplit(s3.server.endpoint_url)
    assert address.hostname is not None
    assert address.port is not None
    with Network() as network:
        yield network.add(HttpProxy((address.hostname, address.port)))


@pytest.fixture
def troubled(s3: S3, proxy: HttpProxy) -> ObjectStore:
    """A store whose line to the server the proxy may disturb."""
    endpoint_url = f"http://127.0.0.1:{proxy.port}"
    return open_store(
        s3.new_location(), s3.settings.model_copy(update={"s3_endpoint_url": endpoint_url})
    )


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(FILM)
    return path


def unfinished(s3: S3) -> list[str]:
    listing = s3_client(s3.settings).list_multipart_uploads(Bucket=s3.bucket)
    return [upload["Key"] for upload in listing.get("Uploads", [])]


def test_an_object_is_named_by_bucket_prefix_and_key(s3: S3) -> None:
    assert open_store("s3://farm/vod/eu/", s3.settings).url("a/b.mp4") == "s3://farm/vod/eu/a/b.mp4"
    assert open_store("s3://farm", s3.settings).url("a") == "s3://farm/a"


def test_as_many_calls_at_once_pay_as_the_setting_says(s3: S3) -> None:
    settings = s3.settings.model_copy(update={"s3_concurrency": 7})
    assert (open_store("s3://farm/x", settings).parallel, s3.settings.s3_concurrency) == (7, 32)


def test_boto3_is_not_imported_for_a_directory(tmp_path: Path) -> None:
    script = (
        "import sys; from farm.settings import Settings; from storage.objects.stores import"
        " open_store\n"
        f"open_store({str(tmp_path)!r}, Settings()).check_writable()\n"
        "print(any(name.startswith(('boto', 's3transfer')) for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"False\n"


def test_an_object_that_somebody_else_put_has_no_digest_of_ours(
    s3: S3, store: ObjectStore, tmp_path: Path
) -> None:
    _, _, name = store.url("theirs").removeprefix("s3://").partition("/")
    put = s3_client(s3.settings).put_object(Bucket=s3.bucket, Key=name, Body=b"content")
    there = store.head("theirs")
    tag = put["ETag"].strip('"')
    assert there == ObjectInfo("theirs", 7, "", "binary/octet-stream", "", {}, tag)
    store.fetch("theirs", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"content"


def test_content_that_is_not_what_was_put_is_noticed(
    s3: S3, store: ObjectStore, tmp_path: Path
) -> None:
    _, _, name = store.url("damaged").removeprefix("s3://").partition("/")
    metadata = {"sha256": hashlib.sha256(b"what was put").hexdigest()}
    s3_client(s3.settings).put_object(
        Bucket=s3.bucket, Key=name, Body=b"what is there", Metadata=metadata
    )
    with pytest.raises(StorageUnavailable, match="its content is not what was put there"):
        store.fetch("damaged", tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def test_a_server_refuses_content_that_was_damaged_on_its_way(s3: S3) -> None:
    client = make_client(s3.server.endpoint_url, "us-east-1", "path", 4)

    def damage(request: Any, **_: object) -> None:
        request.body = b"bad"

    client.meta.events.register("before-send.s3.PutObject", damage)
    with pytest.raises(StorageUnavailable, match="damaged on its way: try again"):
        S3Store(client, "farm", "x", 4).put_bytes("a", b"fit", Headers())


def test_a_server_that_often_is_too_busy_only_costs_time(
    proxy: HttpProxy, troubled: ObjectStore, film: Path
) -> None:
    proxy.refuse_every(3)
    troubled.put_bytes("a", b"small", Headers())
    troubled.put_file("film.mp4", film, Headers())
    troubled.fetch("film.mp4", film.with_name("copy"))
    assert troubled.get_bytes("a") == b"small"
    assert film.with_name("copy").read_bytes() == FILM
    assert [found.key for found in troubled.listed("")] == ["a", "film.mp4"]
    assert proxy.refused > 0


@pytest.mark.parametrize("size_bytes", [1 << 20, len(FILM)])
def test_a_connection_reset_in_the_middle_only_costs_time(
    proxy: HttpProxy, troubled: ObjectStore, film: Path, size_bytes: int
) -> None:
    content = FILM[:size_bytes]
    film.write_bytes(content)
    proxy.break_after(300_000, Way.UP)
    troubled.put_file("a", film, Headers())
    assert proxy.broken
    proxy.break_after(300_000, Way.DOWN)
    troubled.fetch("a", film.with_name("copy"))
    assert (proxy.broken, film.with_name("copy").read_bytes() == content) == (True, True)
    proxy.break_after(300_000, Way.DOWN)
    assert (troubled.get_bytes("a") == content, proxy.broken) == (True, True)


def test_an_object_whose_creation_was_not_confirmed_is_found_again(
    proxy: HttpProxy, troubled: ObjectStore, film: Path
) -> None:
    film.write_bytes(b"content")
    troubled.put_file("first", film, Headers(), create_only=True)
    proxy.break_after(10, Way.DOWN)
    created = troubled.put_file("a", film, Headers(), create_only=True)
    assert (proxy.broken, troubled.head("a")) == (True, created)


def test_a_server_that_does_not_heed_conditions_replaces(s3: S3, film: Path) -> None:
    client = make_client(s3.server.endpoint_url, "us-east-1", "path", 4)
    overlooked = []

    def overlook(params: Any, **_: object) -> None:
        if condition := params["headers"].pop("If-None-Match", None):
            overlooked.append(condition)

    client.meta.events.register("before-call.s3.PutObject", overlook)
    store = S3Store(client, s3.bucket, "heedless", 4)
    assert _created_one_after_the_other(store, film) == [b"one", b"other"]
    assert overlooked == ["*", "*"]  # by the trial: then none is sent any more


def test_a_server_that_refuses_conditions_replaces(
    proxy: HttpProxy, troubled: ObjectStore, film: Path
) -> None:
    proxy.refuse_next(2, status=501, method="PUT")
    assert _created_one_after_the_other(troubled, film) == [b"one", b"other"]
    assert proxy.refused == 2


def _created_one_after_the_other(store: ObjectStore, file: Path) -> list[bytes]:
    """Return what is under one key after each of two files was put there, only to be created."""
    found = []
    for content in (b"one", b"other"):
        file.write_bytes(content)
        store.put_file("a", file, Headers(), create_only=True)
        found.append(store.get_bytes("a"))
    return found


def test_an_upload_that_fails_leaves_no_parts(
    s3: S3, proxy: HttpProxy, troubled: ObjectStore, film: Path
) -> None:
    proxy.refuse_next(100, status=500, method="PUT")
    with pytest.raises(StorageUnavailable, match=r"InternalError: .*, after 8 tries"):
        troubled.put_file("film.mp4", film, Headers())
    assert (troubled.head("film.mp4"), unfinished(s3)) == (None, [])


def test_an_upload_that_was_cut_off_is_cleared_once_it_is_old(s3: S3, store: ObjectStore) -> None:
    _, _, name = store.url("t/film.mp4").removeprefix("s3://").partition("/")
    client = s3_client(s3.settings)
    upload = client.create_multipart_upload(Bucket=s3.bucket, Key=name)
    part = {"Bucket": s3.bucket, "Key": name, "UploadId": upload["UploadId"], "PartNumber": 1}
    client.upload_part(**part, Body=b"half a film")
    assert (store.clear_abandoned("t/", 3600), store.clear_abandoned("u/", -60)) == (0, 0)
    assert unfinished(s3) == [name]
    assert store.clear_abandoned("t/", -60) == 1
    assert unfinished(s3) == []


def test_a_server_that_cannot_be_reached_is_named(proxy: HttpProxy, troubled: ObjectStore) -> None:
    proxy.set(Mode.REFUSE)
    with pytest.raises(StorageUnavailable, match=r"check that it runs|look at the server"):
        troubled.check_writable()
