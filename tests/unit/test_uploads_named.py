"""What uploads are called, where they lie, and into which parts they are cut."""

from __future__ import annotations

import pytest

from farm.spec import JobRequest
from farm.uploads import (
    MAX_PARTS,
    PART_BYTES,
    part_bytes,
    part_sizes,
    safe_name,
    upload_id_of,
    upload_ids,
    upload_key,
    upload_uri,
)

ID = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("movie.mp4", "movie.mp4"),
        ("Mein Film (1).mov", "Mein-Film-1-.mov"),
        ("../../etc/passwd", "passwd"),
        ("C:\\clips\\a.mov", "a.mov"),
        ("映画.mkv", "file.mkv"),
        ("映画", "file"),
        ("..", "file"),
        ("a" * 300 + ".en.srt", "a" * 117 + ".en.srt"),
    ],
)
def test_a_name_is_made_safe_and_keeps_its_end(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert upload_id_of(upload_uri(ID, name)) == ID


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        (f"upload://{ID}", ID),
        (f"upload://{ID}/a.mp4", ID),
        (f"upload://{ID}/a/b.mp4", None),
        (f"upload://{ID}/", None),
        (f"upload://{ID.upper()}", None),
        (f"upload://{ID[:-1]}", None),
        (f"upload://{ID}/a\n", None),
        (f"s3://{ID}/a.mp4", None),
        ("/a.mp4", None),
    ],
)
def test_a_uri_names_an_upload_or_none(uri: str, found: str | None) -> None:
    assert upload_id_of(uri) == found
    assert upload_ids([uri]) == ({uri: found} if found else {})


def test_an_upload_lies_below_its_tenants_name() -> None:
    assert upload_key("studio-a", ID) == f"uploads/studio-a/{ID}"


@pytest.mark.parametrize("name", ["my movie.mp4", "my-movie.en.srt"])
def test_an_asset_is_called_as_the_file_was(name: str) -> None:
    asset = JobRequest(source=upload_uri(ID, name)).published_as
    assert asset == {"my movie.mp4": "my-movie", "my-movie.en.srt": "my-movie.en"}[name]


@pytest.mark.parametrize(
    "size_bytes", [1, PART_BYTES, PART_BYTES + 1, 50 * 10**9, (1 << 40) + 1, PART_BYTES * MAX_PARTS]
)
def test_parts_make_the_whole_and_are_not_too_many(size_bytes: int) -> None:
    sizes = part_sizes(size_bytes)
    assert (sum(sizes), min(sizes) > 0) == (size_bytes, True)
    assert len(sizes) <= MAX_PARTS
    assert set(sizes[:-1]) <= {part_bytes(size_bytes)}
    assert sizes[-1] <= part_bytes(size_bytes)
