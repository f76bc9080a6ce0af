"""Ingest, on real files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from farm.errors import InvalidSource
from farm.spec import SubtitleSpec
from tests.conftest import ANYWHERE, MakeContext
from tests.media.media_factory import Clips, hostile_name, title
from tests.media.source_steps import ingested, source_of, spec_of
from workers.sources.file import open_file
from workers.steps import ingest


def test_a_source_is_identified_by_content_and_described(
    clips: Clips, step_context: MakeContext
) -> None:
    path = title(clips)
    part = ingested(step_context, path)
    source = source_of(part)
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source.media.picture is not None
    assert (source.media.picture.width, source.media.picture.frames) == (320, 72)
    assert source.media.size_bytes == path.stat().st_size
    assert part.evidence == {
        "path": str(path),
        "size_bytes": path.stat().st_size,
        "mtime_ns": path.stat().st_mtime_ns,
    }
    assert part.files == {}


def test_sidecars_and_chapters_become_parts_of_their_own(
    clips: Clips, step_context: MakeContext, tmp_path: Path
) -> None:
    english, chapters = tmp_path / "en.srt", tmp_path / "chapters.vtt"
    english.write_bytes(b"1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    chapters.write_bytes(b"WEBVTT\n")
    spec = spec_of(
        title(clips),
        subtitles=(SubtitleSpec(language="en", uri=str(english)),),
        chapters=str(chapters),
    )
    products = ingest.run(step_context(spec=spec)).products
    held = {
        (part, name): path.read_bytes()
        for part, product in products.items()
        for name, path in product.files.items()
    }
    assert held == {
        ("sidecar-0", "file"): english.read_bytes(),
        ("chapters", "file"): chapters.read_bytes(),
    }


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(None, "does not exist"), (b"", "is empty"), (b"x" * ((16 << 20) + 1), "larger than 16 MiB")],
)
def test_a_sidecar_that_cannot_be_one_is_refused_by_name(
    clips: Clips, step_context: MakeContext, tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    sidecar = tmp_path / "german.srt"
    if content is not None:
        sidecar.write_bytes(content)
    subtitles = (SubtitleSpec(language="de", uri=str(sidecar)),)
    with pytest.raises(InvalidSource, match=rf"german\.srt' .*{complaint}"):
        ingested(step_context, title(clips), subtitles=subtitles)


def test_a_file_uri_means_the_path_it_escapes(clips: Clips) -> None:
    path = hostile_name(clips)
    on_this_host = f"file://localhost{path.as_uri().removeprefix('file://')}"
    for uri in (path.as_uri(), on_this_host):
        file = open_file(uri, ANYWHERE)
        file.close()
        assert file.path == path


@pytest.mark.parametrize(
    "uri", ["ftp://example.org/a.mp4", "concat://a", "file://host/a.mp4", "s3x://bucket/a.mp4"]
)
def test_other_schemes_are_refused_with_those_that_are_taken(
    step_context: MakeContext, uri: str
) -> None:
    with pytest.raises(InvalidSource, match=r"give a path, a file:///absolute/path, s3://bucket"):
        ingested(step_context, uri)


def test_a_name_with_a_nul_is_refused() -> None:
    with pytest.raises(InvalidSource, match="its name is not one a file can have"):
        open_file("film\0.mp4", ANYWHERE)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_this_user_may_not_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.mp4"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(InvalidSource, match="may not be read: give this user the permission"):
        open_file(str(path), ANYWHERE)


def test_later_steps_see_the_source_under_a_fixed_name_whatever_its_own(
    clips: Clips, step_context: MakeContext
) -> None:
    path = hostile_name(clips)
    part = ingested(step_context, path)
    context = step_context(spec=spec_of(path), inputs={"ingest": part})
    context.link_source()
    context.link_source()  # again, as a step with two commands may
    assert (context.scratch / "source").resolve() == path.resolve()


def test_a_source_that_changed_after_ingest_is_refused(
    clips: Clips, step_context: MakeContext, tmp_path: Path
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(title(clips).read_bytes())
    part = ingested(step_context, path)
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    context = step_context(spec=spec_of(path), inputs={"ingest": part})
    with pytest.raises(InvalidSource, match=r"changed while it was processed: submit it again"):
        context.link_source()
    with pytest.raises(InvalidSource, match=r"changed while it was processed: submit it again"):
        context.sources.check_unchanged(str(path), part)
