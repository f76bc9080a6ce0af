"""The command that takes an embedded text stream out of the source."""

from __future__ import annotations

import pytest

from farm.command import FFMPEG_PREAMBLE, Tool, source_input
from media.graphs.text import extract_text, is_extractable


@pytest.mark.parametrize(
    ("codec", "encoder", "form"),
    [
        ("subrip", "copy", "srt"),
        ("ass", "copy", "ass"),
        ("webvtt", "copy", "webvtt"),
        ("mov_text", "ass", "ass"),
    ],
)
def test_text_is_copied_where_we_read_it_and_decoded_where_we_do_not(
    codec: str, encoder: str, form: str
) -> None:
    command = extract_text(3, codec)
    assert command.tool is Tool.FFMPEG
    assert not command.reports_progress
    assert command.args == (
        *FFMPEG_PREAMBLE,
        *source_input(),
        *("-map", "0:3", "-c:s", encoder, "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-fs", "16777217", "-f", form, "file:extracted.txt"),
    )


@pytest.mark.parametrize(
    ("codec", "extractable"),
    [("subrip", True), ("mov_text", True), ("dvd_subtitle", False), ("ttml", False), ("", False)],
)
def test_only_text_is_extractable(codec: str, extractable: bool) -> None:
    assert is_extractable(codec) is extractable
