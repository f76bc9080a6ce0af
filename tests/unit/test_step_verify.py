"""What the verify step makes of what it is told."""

from __future__ import annotations

import pytest

from qc.provenance import last_name


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("/media/in/film one.mp4", "film one.mp4"),
        ("file:///media/in/film%20one.mp4", "film one.mp4"),
        ("https://user:secret@host/in/film.mp4?signature=abc#x", "film.mp4"),
        ("s3://bucket/in/film.mp4", "film.mp4"),
        ("/media/-i;$(x)'%03d:.mp4", "-i;$(x)'%03d:.mp4"),
        ("/media/what?#100%25.mp4", "what?#100%25.mp4"),
    ],
)
def test_a_report_names_the_file_and_not_where_it_came_from(uri: str, name: str) -> None:
    assert last_name(uri) == name
