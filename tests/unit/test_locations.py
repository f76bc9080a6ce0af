"""What lies in an allowed location: decided on whole names, never on how something is spelt."""

from __future__ import annotations

from pathlib import Path

import pytest

from farm.errors import InvalidSource, LocationNotAllowed
from farm.settings import Settings
from services.allowed import Allowed, parse_locations
from services.locations import open_origin
from tests.conftest import a_spec


def allowed(*locations: str) -> Allowed:
    return Allowed("studio", parse_locations(locations), "read", "REELFARM_SOURCES")


def may(locations: str, uri: str) -> bool:
    try:
        allowed(*locations.split()).check_uri(uri)
    except LocationNotAllowed:
        return False
    return True


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Folders media/a and secret, and symlinks in media that lead in, out and round."""
    (tmp_path / "media" / "a").mkdir(parents=True)
    (tmp_path / "media2").mkdir()
    (tmp_path / "secret").mkdir()
    for folder in ("media", "media/a", "media2", "secret"):
        (tmp_path / folder / "film.mp4").write_text("film")
    links = tmp_path / "media" / "links"
    links.mkdir()
    (links / "in").symlink_to(tmp_path / "media" / "a")
    (links / "out").symlink_to(tmp_path / "secret")
    (links / "out.mp4").symlink_to("../../secret/film.mp4")
    (links / "chain").symlink_to("further")
    (links / "further").symlink_to("out")
    (links / "round").symlink_to("round")
    (tmp_path / "door").symlink_to(tmp_path / "media")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "in_media"),
    [
        ("media/film.mp4", True),
        ("media/a/../film.mp4", True),
        ("media//a/./film.mp4", True),
        ("media/links/in/film.mp4", True),
        ("media/absent/film.mp4", True),
        ("door/film.mp4", True),
        ("media", True),
        ("media2/film.mp4", False),
        ("secret/film.mp4", False),
        ("media/../secret/film.mp4", False),
        ("media/absent/../../secret/film.mp4", False),
        ("media/links/out/film.mp4", False),
        ("media/links/out.mp4", False),
        ("media/links/chain/film.mp4", False),
        ("media/links/in/../../secret/film.mp4", False),
        ("media/links/round/film.mp4", True),  # nothing is there: opening it says so
        ("", False),
    ],
)
@pytest.mark.parametrize("location", ["media", "media/", "door/"])
def test_a_file_is_where_its_path_leads(
    disk: Path, location: str, path: str, in_media: bool
) -> None:
    assert may(f"{disk}/{location}", f"{disk}/{path}") == in_media
    assert may(f"file://{disk}/{location}", f"file://{disk}/{path}") == in_media


@pytest.mark.parametrize(
    ("uri", "in_media"),
    [
        ("media/%66ilm.mp4", True),
        ("media/%2e%2e/secret/film.mp4", False),
        ("media%2f..%2fsecret/film.mp4", False),
        ("media/..%2Fsecret/film.mp4", False),
        ("media/%252e%252e/secret/film.mp4", True),  # a folder called %2e%2e
    ],
)
def test_a_file_uri_is_unescaped_once_before_it_is_looked_at(
    disk: Path, uri: str, in_media: bool
) -> None:
    assert may(f"file://{disk}/media/", f"file://{disk}/{uri}") == in_media


@pytest.mark.parametrize(
    ("location", "uri", "holds"),
    [
        ("s3://in", "s3://in/film.mp4", True),
        ("s3://in/", "s3://in/a/b/film.mp4", True),
        ("s3://in/studio", "s3://in/studio/film.mp4", True),
        ("s3://in/studio/", "s3://in/studio/film.mp4", True),
        ("s3://in/studio/", "S3://in/studio/film.mp4", False),  # opened as no bucket is: refused
        ("s3://in/studio", "s3://in/studio-b/film.mp4", False),
        ("s3://in/studio/", "s3://in/studio", True),
        ("s3://in/studio/", "s3://in/film.mp4", False),
        ("s3://in/studio/", "s3://in//studio/film.mp4", False),
        ("s3://in/studio/", "s3://in/studio//film.mp4", True),
        ("s3://in/studio/", "s3://in/studio/../other/film.mp4", False),
        ("s3://in/studio/", "s3://in/studio/a/../film.mp4", False),
        ("s3://in", "s3://in/../other/film.mp4", False),
        ("s3://in", "s3://in/./film.mp4", False),
        ("s3://in/studio/", "s3://in/studio/%2e%2e/film.mp4", True),  # literal, as keys are
        ("s3://in/studio/", "s3://in/%73tudio/film.mp4", False),
        ("s3://in", "s3://in2/film.mp4", False),
        ("s3://in2", "s3://in/film.mp4", False),
        ("s3://in/a s3://in/b", "s3://in/b/film.mp4", True),
        ("https://in/", "s3://in/film.mp4", False),
    ],
)
def test_a_key_is_below_a_prefix_at_a_slash(location: str, uri: str, holds: bool) -> None:
    lengthened = (each.replace("//in", "//inn") for each in (location, uri))
    location, uri = lengthened
    if uri.startswith("S3"):
        with pytest.raises(InvalidSource):
            may(location, uri)
    else:
        assert may(location, uri) == holds


@pytest.mark.parametrize(
    ("location", "url", "holds"),
    [
        ("https://media.example.com/", "https://media.example.com/a/film.mp4?signature=x", True),
        ("https://media.example.com", "https://MEDIA.Example.com/film.mp4", True),
        ("https://MEDIA.example.com/", "https://media.example.com./film.mp4", True),
        ("https://media.example.com/", "https://media.example.com:443/film.mp4", True),
        ("https://media.example.com:443/", "https://media.example.com/film.mp4", True),
        ("https://media.example.com/", "https://media.example.com:8443/film.mp4", False),
        ("https://media.example.com:8443/", "https://media.example.com:8443/film.mp4", True),
        ("https://media.example.com:8443/", "https://media.example.com/film.mp4", False),
        ("https://media.example.com/", "http://media.example.com/film.mp4", False),
        ("http://media.example.com/", "http://media.example.com:80/film.mp4", True),
        ("https://example.com/", "https://media.example.com/film.mp4", False),
        ("https://media.example.com/", "https://media.example.com.evil.org/film.mp4", False),
        ("https://media.example.com/", "https://evil.org/media.example.com/film.mp4", False),
        ("https://media.example.com/", "https://media.example.com@evil.org/film.mp4", False),
        ("https://media.example.com/", "https://evil.org#@media.example.com/film.mp4", False),
        ("https://media.example.com/", "https://evil.org?@media.example.com/film.mp4", False),
        ("https://bücher.example/", "https://xn--bcher-kva.example/film.mp4", True),
        ("https://[2001:db8::1]/", "https://[2001:DB8:0:0::1]/film.mp4", True),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]:444/film.mp4", False),
        ("https://[2001:db8::1]:444/", "https://[2001:db8::1]:444/film.mp4", True),
        ("https://[2001:db8::1]/", "https://[2001:db8::2]/film.mp4", False),
        ("https://192.0.2.1/", "https://192.0.2.1/film.mp4", True),
        ("https://192.0.2.1/", "https://3221225985/film.mp4", False),  # the same, to some
        ("s3://media.example.com", "https://media.example.com/film.mp4", False),
    ],
)
def test_a_web_server_is_known_by_scheme_host_and_port(
    location: str, url: str, holds: bool
) -> None:
    assert may(location, url) == holds


@pytest.mark.parametrize("uri", ["/etc/passwd", "s3://inn/film.mp4", "https://a.example/film.mp4"])
def test_nothing_is_allowed_until_something_is_and_any_is_everything(uri: str) -> None:
    assert not may("", uri)
    assert may("any", uri)
    assert may("s3://nowhere any", uri)


@pytest.mark.parametrize(
    ("uri", "complaint"),
    [
        ("ftp://example.org/a.mp4", "is not a source this farm reads"),
        ("file://host/a.mp4", "is not a source this farm reads"),
        ("film\0.mp4", "its name is not one a file can have"),
        ("s3://b/film.mp4", "'b' is not the name of a bucket"),
        ("https:///film.mp4", "is not a URL: check it"),
        ("https://user:secret@example.org:none/film.mp4?a", "'example.org:none/film.mp4' is not a"),
    ],
)
def test_what_is_no_source_is_refused_as_that(uri: str, complaint: str) -> None:
    with pytest.raises(InvalidSource, match=complaint) as refused:
        allowed("/media").check_uri(uri)
    assert "secret" not in refused.value.message


def test_a_refusal_says_who_what_and_what_to_do() -> None:
    with pytest.raises(LocationNotAllowed) as refused:
        allowed("s3://sources/").check_uri("https://user:secret@web.example/a.mp4?signature=secret")
    assert refused.value.as_json() == {
        "code": "location_not_allowed",
        "message": "tenant studio may not read 'https://web.example:443': it is none of those in"
        " REELFARM_SOURCES: use one, or have it added",
        "detail": {"location": "https://web.example:443", "tenant": "studio"},
    }
    with pytest.raises(LocationNotAllowed) as refused:
        allowed().check_uri("/media/a.mp4")
    assert refused.value.message == (
        "tenant studio may not read '/media/a.mp4': nothing is allowed: set REELFARM_SOURCES, as in"
        " file:///media/,s3://bucket/"
    )
    assert (refused.value.http_status, refused.value.exit_status) == (403, 2)


def test_an_origin_is_where_its_folder_leads_also_below_the_tenant(disk: Path) -> None:
    def origin(folder: str) -> str:
        spec = a_spec(Path("a.mp4"), disk / folder, tenant="studio")
        to = Allowed("studio", parse_locations([f"{disk}/media"]), "publish to", "REELFARM_ORIGINS")
        return open_origin(spec, to, Settings()).url("x").removeprefix(disk.as_uri())

    assert origin("door/vod") == "/media/vod/x"
    for folder in ("secret", "media/../secret", "media/links/chain/vod"):
        with pytest.raises(LocationNotAllowed, match="tenant studio may not publish to"):
            origin(folder)
    (disk / "media" / "vod" / "studio").mkdir(parents=True)
    (disk / "media" / "vod" / "studio" / "title").symlink_to(disk / "secret")
    with pytest.raises(LocationNotAllowed, match="tenant studio may not publish to"):
        origin("media/vod")
