"""Sources in S3: brought once to a host, verified, and read there by every later step."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from farm.errors import Cancelled
from farm.facts import Source
from farm.serial import from_json
from farm.spec import SubtitleSpec
from tests.conftest import S3, MakeContext, stored
from tests.media.source_steps import spec_of
from tests.service.bucket import (
    CUES,
    Bucket,
    bucket,
    elsewhere,
    go_on,
    ingested,
    make,
    scratch,
    sources,
)
from workers.local.dry_run import dry_run, probe
from workers.sources.access import Sources
from workers.steps import ingest

__all__ = ["bucket", "elsewhere", "make", "scratch", "sources"]  # fixtures


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
