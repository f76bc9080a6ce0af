"""Sources on other machines: brought once to a host, verified, and refused when they change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from farm.errors import Cancelled, InvalidSource, StorageUnavailable
from farm.facts import Source
from farm.parts import Part
from farm.serial import from_json
from farm.settings import Settings
from farm.spec import SubtitleSpec
from storage.objects.s3_client import make_client, s3_client
from storage.objects.s3_source import S3Source
from tests.conftest import ANYWHERE, S3, MakeContext, stored
from tests.media.source_steps import spec_of
from tests.service.web_server import Handler, WebServer, web_server
from workers.local.dry_run import dry_run, probe
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.steps import ingest

CUES = b"1\n00:00:00,000 --> 00:00:01,000\nHello\n"


def go_on() -> None:
    """Want everything."""


class Bucket:
    """Puts objects under keys of a test's own."""

    def __init__(self, s3: S3) -> None:
        self._s3 = s3
        self._folder = uuid4().hex

    def put(self, name: str, content: bytes) -> str:
        """Store an object as another program would; return its URI."""
        key = f"{self._folder}/{name}"
        s3_client(self._s3.settings).put_object(Bucket=self._s3.bucket, Key=key, Body=content)
        return f"s3://{self._s3.bucket}/{key}"

    def delete(self, name: str) -> None:
        key = f"{self._folder}/{name}"
        s3_client(self._s3.settings).delete_object(Bucket=self._s3.bucket, Key=key)


@pytest.fixture
def bucket(s3: S3) -> Bucket:
    return Bucket(s3)


@pytest.fixture
def sources(s3: S3, tmp_path: Path) -> Sources:
    return Sources(s3.settings, Cache(tmp_path / "cache", 1 << 30), ANYWHERE)


@pytest.fixture
def elsewhere(s3: S3, tmp_path: Path) -> Sources:
    """The sources as a host sees them that has nothing of them yet."""
    return Sources(s3.settings, Cache(tmp_path / "other-cache", 1 << 30), ANYWHERE)


@pytest.fixture
def make(step_context: MakeContext, s3: S3) -> MakeContext:
    """Make contexts of steps whose settings lead to the bucket."""
    return lambda **given: step_context(**{"other_settings": s3.settings, **given})


def ingested(make: MakeContext, uri: str, **spec: Any) -> Part:
    context = make(spec=spec_of(uri, **spec))
    return stored(ingest.run(context).products[""])


@pytest.fixture
def scratch(tmp_path: Path) -> Callable[[], Path]:
    """Make a scratch directory, another one with each call."""

    def make() -> Path:
        folder = tmp_path / uuid4().hex
        folder.mkdir()
        return folder

    return make


def test_a_source_in_s3_is_ingested_as_the_same_file_is(
    make: MakeContext, bucket: Bucket, title_clip: Path
) -> None:
    content = title_clip.read_bytes()
    uri = bucket.put("film.mp4", content)
    there, here = ingested(make, uri), ingested(make, str(title_clip))
    assert there.facts == here.facts
    assert from_json(Source, there.facts).sha256 == hashlib.sha256(content).hexdigest()
    etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert there.evidence == {"size_bytes": len(content), "etag": etag}


def test_later_steps_on_the_host_read_what_ingest_brought(
    make: MakeContext, bucket: Bucket, title_clip: Path, scratch: Callable[[], Path]
) -> None:
    uri = bucket.put("film.mp4", title_clip.read_bytes())
    context = make(spec=spec_of(uri))
    part = stored(ingest.run(context).products[""])
    bucket.delete("film.mp4")  # so nothing can be downloaded
    later = make(spec=context.spec, inputs={"ingest": part})
    later.link_source()
    later.link_source()  # again, as a step with two commands may
    assert (later.scratch / "source").samefile(context.scratch / "source")
    later.sources.check_unchanged(uri, part)


def test_a_source_that_this_host_has_read_is_neither_downloaded_nor_read_again(
    bucket: Bucket, sources: Sources, title_clip: Path, scratch: Callable[[], Path]
) -> None:
    uri = bucket.put("film.mp4", title_clip.read_bytes())
    first, second = scratch(), scratch()
    identity = sources.bring(uri, first, go_on)
    sha256 = sources.confirm(uri, first, identity, "job")
    assert sources.bring(uri, second, go_on) == identity
    assert (second / "source").samefile(first / "source")  # from the cache
    assert sources.confirm(uri, second, identity, "another") == sha256
    bucket.put("film.mp4", b"another film")
    third = scratch()
    changed = sources.bring(uri, third, go_on)
    assert (third / "source").read_bytes() == b"another film"
    assert (
        sources.confirm(uri, third, changed, "third") == hashlib.sha256(b"another film").hexdigest()
    )


def test_steps_on_other_hosts_download_the_source_once(
    make: MakeContext, bucket: Bucket, title_clip: Path, elsewhere: Sources, scratch: Any
) -> None:
    content = title_clip.read_bytes()
    uri = bucket.put("film.mp4", content)
    part = ingested(make, uri)
    first, second = scratch(), scratch()
    elsewhere.link(uri, part, first, "job", go_on)
    bucket.delete("film.mp4")
    elsewhere.link(uri, part, second, "job", go_on)
    assert (first / "source").read_bytes() == content
    assert (second / "source").samefile(first / "source")


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


def test_a_source_is_told_from_what_it_was_before(bucket: Bucket, sources: Sources) -> None:
    uri = bucket.put("film.mp4", b"before")
    before = sources.identify(uri)
    bucket.put("film.mp4", b"after!")
    assert sources.identify(uri) != before
    bucket.put("film.mp4", b"before")
    assert sources.identify(uri) == before


def test_a_key_is_taken_as_it_is_written(
    bucket: Bucket, sources: Sources, scratch: Callable[[], Path]
) -> None:
    uri = bucket.put("a//b/../100%25 &?#é.mp4", b"content")
    folder = scratch()
    assert sources.bring(uri, folder, go_on) == sources.identify(uri)
    assert (folder / "source").read_bytes() == b"content"


def test_sidecars_and_chapters_may_be_in_s3(
    make: MakeContext, bucket: Bucket, title_clip: Path
) -> None:
    spec = spec_of(
        title_clip,
        subtitles=(SubtitleSpec(language="en", uri=bucket.put("en.srt", CUES)),),
        chapters=bucket.put("chapters.vtt", b"WEBVTT\n"),
    )
    products = ingest.run(make(spec=spec)).products
    held = {name: product.files["file"].read_bytes() for name, product in products.items() if name}
    assert held == {"sidecar-0": CUES, "chapters": b"WEBVTT\n"}


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


def test_a_download_ends_when_the_job_does(
    bucket: Bucket, sources: Sources, scratch: Callable[[], Path]
) -> None:
    def cancelled() -> None:
        raise Cancelled("the job was cancelled")

    uri = bucket.put("film.mp4", bytes(64 << 20))
    folder = scratch()
    with pytest.raises(Cancelled, match="the job was cancelled"):
        sources.bring(uri, folder, cancelled)
    assert list(folder.iterdir()) == []


def test_a_source_in_s3_can_be_probed_and_planned(s3: S3, bucket: Bucket, title_clip: Path) -> None:
    uri = bucket.put("film.mp4", title_clip.read_bytes())
    media = probe(uri, s3.settings)
    assert media == probe(str(title_clip), s3.settings)
    spec = spec_of(uri)
    assert dry_run(spec, s3.settings).media == media


@pytest.fixture
def web() -> Iterator[tuple[dict[str, bytes], WebServer]]:
    """A web server and what it serves, by path."""
    content: dict[str, bytes] = {}

    def answer(handler: Handler) -> None:
        handler.answer(200, content[handler.path.partition("?")[0]])

    with web_server({"/film.mp4": answer, "/en.srt": answer}) as server:
        yield content, server


def test_a_source_on_the_web_is_brought_verified_and_refused_when_it_changes(
    web: tuple[dict[str, bytes], WebServer], make: MakeContext, title_clip: Path, scratch: Any
) -> None:
    content, server = web
    content["/film.mp4"] = title_clip.read_bytes()
    content["/en.srt"] = CUES
    settings = Settings(private_hosts="127.0.0.1", sources="any")
    base = f"http://127.0.0.1:{server.port}"
    spec = spec_of(
        f"{base}/film.mp4?signature=secret",
        subtitles=(SubtitleSpec(language="en", uri=f"{base}/en.srt"),),
    )
    context = make(spec=spec, other_settings=settings)
    products = ingest.run(context).products
    part = stored(products[""])
    assert from_json(Source, part.facts).sha256 == (
        hashlib.sha256(title_clip.read_bytes()).hexdigest()
    )
    assert products["sidecar-0"].files["file"].read_bytes() == CUES
    content["/film.mp4"] = content["/film.mp4"][:-1] + b"?"
    make(
        spec=spec, other_settings=settings, inputs={"ingest": part}
    ).link_source()  # from the cache
    folder = scratch()
    with pytest.raises(InvalidSource, match=r"film\.mp4' changed while it was processed"):
        Sources(settings, Cache(folder / "cache", 0), ANYWHERE).link(
            spec.source, part, folder, "job", go_on
        )
    content["/en.srt"] = bytes((16 << 20) + 1)
    with pytest.raises(InvalidSource, match="larger than"):
        ingest.run(make(spec=spec, other_settings=settings))
