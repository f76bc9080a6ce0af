"""Sources in S3 that are refused by name: absent, empty, forbidden, too large, or changed since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from farm.errors import InvalidSource, StorageUnavailable
from farm.settings import Settings
from farm.spec import SubtitleSpec
from storage.objects.s3_client import make_client
from storage.objects.s3_source import S3Source
from tests.conftest import ANYWHERE, S3, MakeContext
from tests.media.source_steps import spec_of
from tests.service.bucket import Bucket, bucket, elsewhere, go_on, ingested, make, scratch, sources
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.steps import ingest

__all__ = ["bucket", "elsewhere", "make", "scratch", "sources"]  # fixtures


def test_a_source_that_was_replaced_after_ingest_is_refused_where_it_is_not_cached(
    make: MakeContext, bucket: Bucket, title_clip: Path, elsewhere: Sources, scratch: Any
) -> None:
    content = title_clip.read_bytes()
    uri = bucket.put("film.mp4", content)
    part = ingested(make, uri)
    bucket.put("film.mp4", content[:-1] + b"?")
    folder = scratch()
    with pytest.raises(InvalidSource, match=rf"{uri}' changed while it was processed: submit it"):
        elsewhere.link(uri, part, folder, "job", go_on)
    assert list(folder.iterdir()) == []


def test_a_source_that_is_gone_after_ingest_is_refused_by_name(
    make: MakeContext, bucket: Bucket, title_clip: Path, elsewhere: Sources, scratch: Any
) -> None:
    uri = bucket.put("film.mp4", title_clip.read_bytes())
    part = ingested(make, uri)
    bucket.delete("film.mp4")
    with pytest.raises(InvalidSource, match=rf"{uri}' does not exist: check bucket and key"):
        elsewhere.link(uri, part, scratch(), "job", go_on)


def test_a_sidecar_in_s3_that_cannot_be_one_is_refused_before_it_is_downloaded(
    make: MakeContext, bucket: Bucket, title_clip: Path
) -> None:
    uri = bucket.put("en.srt", bytes((16 << 20) + 1))
    spec = spec_of(title_clip, subtitles=(SubtitleSpec(language="en", uri=uri),))
    context = make(spec=spec)
    with pytest.raises(InvalidSource, match=rf"{uri}' is larger than 16 MiB"):
        ingest.run(context)
    assert [path.name for path in context.scratch.iterdir()] == ["source"]


@pytest.mark.parametrize(
    ("uri", "complaint"),
    [
        ("s3://farm/absent.mp4", "does not exist: check bucket and key"),
        ("s3://nowhere/film.mp4", "does not exist: check bucket and key"),
        ("s3://farm", "names no object: give s3://bucket/key"),
        ("s3://farm/folder/", "names no object: give s3://bucket/key"),
        ("s3://b/film.mp4", "'b' is not the name of a bucket"),
    ],
)
def test_what_is_not_there_is_refused_by_name(sources: Sources, uri: str, complaint: str) -> None:
    with pytest.raises(InvalidSource, match=rf"^'{uri}'.*{complaint}"):
        sources.identify(uri)


def test_an_empty_object_is_refused(bucket: Bucket, sources: Sources) -> None:
    with pytest.raises(InvalidSource, match=r"empty\.mp4' is empty: upload it again"):
        sources.identify(bucket.put("empty.mp4", b""))


def test_an_object_that_may_not_be_read_is_refused(s3: S3, bucket: Bucket) -> None:
    uri = bucket.put("secret.mp4", b"x")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", s3.server.guest_access_key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", s3.server.guest_secret_key)
        guest = make_client(s3.server.endpoint_url, "us-east-1", "path", 4)
    source = S3Source(guest, uri, *uri.removeprefix("s3://").split("/", 1))
    with pytest.raises(InvalidSource, match=rf"{uri}' cannot be read: access denied"):
        source.identify()


def test_a_server_that_does_not_answer_is_no_fault_of_the_source(settings: Settings) -> None:
    away = settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(StorageUnavailable, match=r"cannot connect to http://127\.0\.0\.1:9"):
        Sources(away, Cache(Path("unused"), 0), ANYWHERE).identify("s3://bucket/film.mp4")
