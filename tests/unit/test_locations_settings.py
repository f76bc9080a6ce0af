"""Which locations a tenant has: those of the settings, or its own in a file, each mistake named."""

from __future__ import annotations

from pathlib import Path

import pytest

from farm.errors import InvalidSpec, LocationNotAllowed
from farm.settings import Settings
from farm.spec import SubtitleSpec
from services.locations import load_locations, open_to_all
from tests.conftest import a_spec


@pytest.mark.parametrize(
    ("location", "complaint"),
    [
        ("media/", "'media/' is no location: give any, file:///folder/, s3://bucket/prefix/ or"),
        ("ftp://a/", "'ftp://a/' is no location"),
        ("*", r"'\*' is no location"),
        ("file://media/", "give file:///folder/ with three slashes"),
        ("s3://b/", "'b' is not the name of a bucket"),
        ("s3://bucket/a/../b/", "a prefix has no segments . and .."),
        ("https://a.example/path/", "only the host is looked at: give https://HOST/"),
        ("https://user@a.example/", "only the host is looked at: give https://HOST/"),
        ("https:///", "names no host"),
        ("https://a.example:port/", "Port could not be cast"),
    ],
)
def test_a_location_that_is_none_is_refused_by_the_name_of_its_setting(
    location: str, complaint: str
) -> None:
    with pytest.raises(InvalidSpec, match=rf"^REELFARM_ORIGINS: .*{complaint}"):
        load_locations(Settings(origins=f"s3://bucket/, {location}"))


FILE = """\
tenants:
  studio:
    sources: [file:///studio/, s3://studio-in/]
    origins: [s3://origin/studio/]
  silent: {}
"""


def test_a_tenant_the_file_names_has_its_own_locations_and_no_others(tmp_path: Path) -> None:
    file = tmp_path / "locations.yaml"
    file.write_text(FILE)
    locations = load_locations(
        Settings(sources="file:///media", origins="any", locations_file=file)
    )
    locations.sources("studio").check_uri("/studio/film.mp4")
    locations.sources("other").check_uri("/media/film.mp4")
    locations.origins("other").check_object("s3://a/b", "a", "b")
    for tenant, uri, named_in in (
        ("studio", "/media/film.mp4", f"sources of studio in {file}"),
        ("silent", "/media/film.mp4", f"set sources of silent in {file}"),
        ("other", "/studio/film.mp4", "those in REELFARM_SOURCES"),
    ):
        with pytest.raises(LocationNotAllowed, match=named_in):
            locations.sources(tenant).check_uri(uri)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[]", "must be a mapping with tenants: see docs/ops.md"),
        ("tenants: {a: {source: []}}", r"tenants\.a\.source: Extra inputs"),
        ("tenants: {'a b': {}}", r"tenants\.a b.*String should match pattern"),
        ("tenants: {a: {sources: [media]}}", r"tenants\.a\.sources: 'media' is no location"),
        ("tenants: {a: {}, a: {}}", "'a' is given a second time"),
    ],
)
def test_a_mistake_in_the_file_is_named_by_its_place(
    tmp_path: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "locations.yaml"
    file.write_text(text)
    with pytest.raises(InvalidSpec, match=rf"{file}.*{complaint}"):
        load_locations(Settings(locations_file=file))


def test_every_file_a_request_names_is_looked_at(tmp_path: Path) -> None:
    locations = load_locations(Settings(sources="file:///media"))
    spec = a_spec(Path("/media/film.mp4"), tmp_path)
    locations.check(spec)
    sidecar = (SubtitleSpec(language="en", uri="/etc/passwd"),)
    for named in ({"source": "/etc/passwd"}, {"subtitles": sidecar}, {"chapters": "/etc/passwd"}):
        with pytest.raises(LocationNotAllowed, match="may not read '/etc/passwd'"):
            locations.check(spec.model_copy(update=named))


def test_on_a_machine_of_ones_own_all_is_allowed_that_is_not_said_otherwise() -> None:
    opened = open_to_all(Settings(sources="s3://sources/"))
    assert (opened.sources, opened.origins) == ("s3://sources/", "any")
