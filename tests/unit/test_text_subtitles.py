"""Files of any kind: told apart by content, refused by name with a reason."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.errors import InvalidSource
from media.text.cue import MAX_BYTES, MAX_CUES, Cue
from media.text.findings import Findings
from media.text.mending import mend
from media.text.subtitles import read_subtitles, subtitle_format

SRT = "1\r\n00:00:01,000 --> 00:00:02,000\r\nGrüße\r\n"
VTT = "\n WEBVTT\n\n00:01.000 --> 00:02.000\nGrüße\n"
ASS = "; made by hand\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,Grüße\n"
TTML = (
    '<?xml version="1.0" encoding="utf-16"?><!-- c --><tt xmlns="http://www.w3.org/ns/ttml">'
    '<body><div><p begin="1s" end="2s">Grüße</p></div></body></tt>'
)
SAMI = "<sami><body><sync Start=1000><p class=DECC>Grüße<sync Start=2000><p class=DECC>&nbsp;"
LRC = "[ti:x]\n[00:01.00]Grüße\n[00:02.00]\n"


def read(data: bytes, findings: Findings | None = None) -> tuple[Cue, ...]:
    return read_subtitles(data, name="x.bin", language="de", findings=findings or Findings()).cues


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((SRT, "SubRip"), (VTT, "WebVTT"), (ASS, "ASS"), (TTML, "TTML")),
        *((SAMI, "SAMI"), (LRC, "LRC")),
    ],
)
def test_every_format_is_told_by_its_content_in_every_encoding(
    text: str, kind: str, encoding: str
) -> None:
    assert subtitle_format(text.lstrip()) == kind
    assert read(text.encode(encoding)) == (Cue(1000, 2000, "Grüße"),)


def test_a_guessed_encoding_and_illegible_characters_are_reported() -> None:
    findings = Findings()
    assert read(SRT.encode("cp1252"), findings) == (Cue(1000, 2000, "Grüße"),)
    read((SRT * 9).encode() + b"\xe2\x82", findings)
    assert findings.sentences() == (
        "read as cp1252: the file does not say its encoding",
        "1 illegible character replaced",
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            b"Dear all,\n\nplease find attached the subtitles.\n",
            "it is none of what is read: WebVTT,",
        ),
        (
            b"[1, 2]",
            "none of what is read: WebVTT, SCC, TTML, SAMI, ASS, MicroDVD, MPL2, SubRip, LRC, STL",
        ),
        (
            b"<html><body>404</body></html>",
            "none of what is read: WebVTT, SCC, TTML, SAMI, ASS, MicroDVD, MPL2, SubRip, LRC, STL",
        ),
        (b"\x1aE\xdf\xa3\x00\x01\x02\x03" * 99, "holds binary data"),
        (b"<tt><body>\n&a;\n</body></tt>", "not well-formed XML: Entity 'a' not defined"),
        (b"WEBVTT\n\n" + b"00:01.000 --> 00:02.000\na\n\n" * (MAX_CUES + 1), "50,000 cues"),
    ],
)
def test_what_is_no_subtitles_is_refused_in_one_line_that_names_the_file(
    data: bytes, reason: str
) -> None:
    with pytest.raises(InvalidSource) as refused:
        read(data)
    message = refused.value.message
    assert message.startswith("x.bin: not usable as subtitles, because ")
    assert reason in message
    assert "\n" not in message


def test_a_file_beyond_the_cap_is_refused_unread() -> None:
    with pytest.raises(InvalidSource, match=r"x\.bin: 16,777,217 bytes are too many"):
        read(b" " * (MAX_BYTES + 1))


FILLED = (
    *product(
        (
            b"1\n00:00:01,000 --> 00:00:02,000\na",
            b"WEBVTT\n\n00:01.000 --> 00:02.000\na",
            b"[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,a",
            b"[Events]\n[",
        ),
        (b"\n", b"<a", b"<b>x", b"{\\", b"&a", b" ", b"\n ", b"9", b"00:00:00,0 ", b"<00:01.2>x"),
    ),
    *product((b"[00:01.00]a", b"[00:01.00]a\n["), (b"[00:01.00]", b"<00:01.2>x", b"\n[a:", b" ")),
    *product(
        (
            b"<sami><style><!--",
            b"<sami><body><sync start=1",
            b"<sami><body><sync start=1><p class=a>",
        ),
        (b"<p>x", b"<p ", b"<sync", b"<!--", b".a{", b"lang=", b" start", b"&", b"\n"),
    ),
)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("head", "filling"), FILLED)
def test_no_filling_makes_reading_slow(head: bytes, filling: bytes) -> None:
    """Quadratic time would take hours over two megabytes."""
    data = head + filling * (2_000_000 // len(filling)) + b"z"
    try:
        cues = read(data)
    except InvalidSource as refused:
        assert len(refused.message) < 500
    else:
        assert sum(len(cue.payload) for cue in cues) <= 5 * len(data)  # `&` is five


HEADS = st.sampled_from(
    [
        SRT,
        VTT.strip(),
        ASS,
        TTML[:-20],
        SAMI,
        LRC,
        "[V4+ Styles]\nStyle: a,",
        "<sami><style><!--",
        "",
    ]
)
PIECES = st.sampled_from(
    ["\n", "-->", "00:00:01,000 --> 00:00:02,000", "Dialogue: ", "Format: Text, Start", "<v --"]
) | st.sampled_from(
    [
        *("<p begin='1s'>", "</p>", "{\\an8", "}", ",", "&lt;", "9", "STYLE", "NOTE", ">"),
        *("<sync start=1>", "<p class=frcc>", "<!--", ".frcc {lang:fr", "&nbsp", "</body>"),
        *("[00:01.50]", "<00:01.20>", "[offset:", "]", "[length:0:02]", "<00:00:01.500><c>"),
    ]
)


@given(HEADS, st.lists(PIECES | st.text(max_size=8), max_size=20).map("".join))
def test_whatever_a_file_holds_it_is_read_or_refused(head: str, rest: str) -> None:
    findings = Findings()
    try:
        cues = read((head + rest).encode("utf-8", "surrogatepass"), findings)
    except InvalidSource:
        return
    for cue in mend(cues, duration_ms=90_000, findings=findings):
        assert cue.payload.strip()
        assert "-->" not in cue.payload
        assert "\n\n" not in cue.payload
    assert all("\n" not in sentence for sentence in findings.sentences())


REAL = {
    "overlapping.vtt": (
        [
            (0, 3000),
            (3000, 8000),
            (8000, 10_000),
            (10_000, 12_000),
            (12_000, 16_000),
            (16_000, 20_000),
        ],
        (
            "2 cues clipped to the title's end (first at 00:00:12.000)",
            "5 cues clipped where the next one starts (first at 00:00:00.000)",
        ),
    ),
    "timestamps-invalid.vtt": (
        [(0, 300), (2000, 3000)],
        ("1 cue dropped: no duration (at 00:00:01.000)",),
    ),
    "comments.vtt": (
        [(11_000, 13_000), (13_000, 16_000), (16_000, 18_000), (18_000, 20_000)],
        ("9 cues dropped: after the title's end (first at 00:00:20.000)",),
    ),
    "counter.srt": (
        [(n * 1000, n * 1000 + 1000) for n in range(20)],
        ("580 cues dropped: after the title's end (first at 00:00:20.000)",),
    ),
    "elephants-dream-subtitles-de.vtt": (
        [(15_042, 18_042), (18_750, 20_000)],
        (
            "1 cue lost a setting that cannot be delivered (at 00:00:28.875: size:110%)",
            "1 cue clipped to the title's end (at 00:00:18.750)",
            "75 cues dropped: after the title's end (first at 00:00:20.417)",
        ),
    ),
}


@pytest.mark.parametrize("name", REAL)
def test_real_files_fitted_to_twenty_seconds(shared: Path, name: str) -> None:
    findings = Findings()
    data = (shared / "media" / name).read_bytes()
    cues = mend(read(data, findings), duration_ms=20_000, findings=findings)
    assert ([(cue.start_ms, cue.end_ms) for cue in cues], findings.sentences()) == REAL[name]
