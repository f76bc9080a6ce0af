"""Files at the edges: how large, how many cues, and where a format must show itself."""

from __future__ import annotations

import pytest

from farm.errors import InvalidSource
from media.text.cue import Cue
from media.text.findings import Findings
from media.text.subtitles import read_subtitles, subtitle_format


def read(data: bytes) -> tuple[tuple[Cue, ...], tuple[str, ...]]:
    findings = Findings()
    cues = read_subtitles(data, name="x", language="de", findings=findings).cues
    return cues, findings.sentences()


@pytest.mark.parametrize(
    ("size_bytes", "reason"),
    [
        (16 * 1024 * 1024, "x: not usable as subtitles, because it is none of what is read"),
        (16 * 1024 * 1024 + 1, "x: 16,777,217 bytes are too many for subtitles: split it up"),
    ],
)
def test_a_file_of_16_mib_is_read(size_bytes: int, reason: str) -> None:
    with pytest.raises(InvalidSource, match=f"^{reason}"):
        read(b" " * size_bytes)


def test_a_file_that_may_hold_50_000_cues_is_read() -> None:
    """Marks are counted before reading, here in a line that is none of the format's."""
    head = b"[Events]\n; "
    assert read(head + b"Dialogue:" * 50_000) == ((), ())
    with pytest.raises(InvalidSource, match="because it has more than 50,000 cues"):
        read(head + b"Dialogue:" * 50_001)


@pytest.mark.parametrize(
    ("mark", "kind"),
    [
        ("[Events]", "ASS"),
        ("  [script info]", "ASS"),
        ("[V4 Styles]", "ASS"),
        ("00:00:01,000 -->", "SubRip"),
        ("--> 00:", "SubRip"),
    ],
)
def test_a_format_shows_itself_in_the_first_64_ki_characters(mark: str, kind: str) -> None:
    assert subtitle_format(mark.rjust(64 * 1024, "\n")) == kind
    assert subtitle_format(mark.rjust(64 * 1024 + 1, "\n")) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("WEBVTT [Events]", "WebVTT"),
        ("<tt >", "TTML"),
        ("<a:tt>", "TTML"),
        ("<ttx>", None),
        ("x <tt>", None),
        ("x [Events]", None),
        ("", None),
    ],
)
def test_a_format_is_told_by_its_own_words(text: str, kind: str | None) -> None:
    assert subtitle_format(text) == kind


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (b"", None),
        (b"\xc3", "1 illegible character replaced"),
        (b"\xc3 \xc3", "2 illegible characters replaced"),
        (b"\xc3 \xc3 \xc3", "3 illegible characters replaced"),
    ],
)
def test_illegible_characters_are_counted(damage: bytes, sentence: str | None) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n" + "Grüße " * 99
    _, sentences = read(text.encode() + damage)
    assert sentences == (() if sentence is None else (sentence,))


@pytest.mark.parametrize("chars", [1, 177, 178, 900])
def test_a_reason_is_cut_to_200_characters(chars: int) -> None:
    root = "r" * chars
    reason = f"its root element is '{root}', not 'tt'"
    with pytest.raises(InvalidSource) as refused:
        read(f"<{root}><tt /></{root}>".encode())
    assert refused.value.message == f"x: not usable as subtitles, because {reason[:200]}"
