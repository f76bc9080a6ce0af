"""Text that FFmpeg has no name for is taken out of Matroska with its times and settings."""

from __future__ import annotations

import io
import zlib
from fractions import Fraction

import pytest

from media.matroska import names
from media.matroska.blocks import TextBlock, text_blocks, why_unreadable
from media.matroska.container import read_container
from media.matroska.cues import text_codec, without_front, written
from media.matroska.elements import DamagedMatroska
from media.matroska.tracks import ContentEncoding, TrackEntry
from media.text.cue import Cue
from media.text.findings import Findings
from media.text.subtitles import read_subtitles
from tests.matroska import (
    beside,
    block,
    cluster,
    cue,
    element,
    endless,
    info,
    master,
    matroska_file,
    number,
    sound,
    text,
    track,
)

WEBVTT = master(names.TRACKS, track(1, 2, "A_X"), track(2, 17, "S_TEXT/WEBVTT"))
ENTRY = TrackEntry(2, 17, "S_TEXT/WEBVTT", "", 0, b"", ())


def blocks_of(data: bytes, checks: list[None] | None = None) -> list[TextBlock]:
    stream = io.BytesIO(data)
    container = read_container(stream)
    assert container is not None
    assert container.tracks is not None
    noted = checks if checks is not None else []
    return list(text_blocks(stream, container, container.tracks[-1], lambda: noted.append(None)))


def a_block(start: str, duration: str | None, payload: str, more: str = "") -> TextBlock:
    duration_s = None if duration is None else Fraction(duration)
    return TextBlock(Fraction(start), duration_s, payload.encode(), more.encode())


def cues(
    codec_id: str, *blocks: TextBlock, private: bytes = b"", start: str = "0"
) -> tuple[list[Cue], tuple[str, ...]]:
    findings = Findings()
    entry = TrackEntry(2, 17, codec_id, "", 0, private, ())
    data = written(entry, blocks, Fraction(start)).encode()
    found = read_subtitles(data, name="x", language="en", findings=findings)
    return list(found.cues), findings.sentences()


def test_blocks_of_one_track_are_found_among_the_others() -> None:
    data = matroska_file(
        info(),
        WEBVTT,
        cluster(0, sound(1, 0, 10), cue(2, 500, 1000, "One"), cue(1, 0, 9, "sound")),
        cluster(
            4000,
            cue(2, -100, None, "Two", beside("later", 7)),
            cue(2, 0, 20, "Three", beside("line:0\nname\nNOTE seen")),
            element(names.SIMPLE_BLOCK, block(2, 200, b"Four")),
        ),
    )
    assert blocks_of(data) == [
        a_block("1/2", "1", "One"),
        a_block("39/10", None, "Two"),
        a_block("4", "1/50", "Three", "line:0\nname\nNOTE seen"),
        a_block("21/5", None, "Four"),
    ]


def test_clusters_without_a_length_other_clocks_and_blocks_of_one_length() -> None:
    scale = master(names.INFO, number(names.TIMESTAMP_SCALE, 100_000_000))
    tracks = master(
        names.TRACKS, track(2, 17, "S_X", number(names.DEFAULT_DURATION, 1_500_000_000))
    )
    clusters = [
        endless(names.CLUSTER, number(names.TIMESTAMP, at), cue(2, 5, None, words))
        for at, words in ((0, "One"), (300, "Two"))
    ]
    header = master(names.EBML, text(names.DOC_TYPE, "webm"))
    assert blocks_of(header + endless(names.SEGMENT, scale, tracks, *clusters)) == [
        a_block("1/2", "3/2", "One"),
        a_block("61/2", "3/2", "Two"),
    ]


def test_what_was_compressed_is_unpacked() -> None:
    stripping = master(
        names.CONTENT_COMPRESSION,
        number(names.CONTENT_COMP_ALGO, 3),
        element(names.CONTENT_COMP_SETTINGS, b"- "),
    )
    encodings = master(
        names.CONTENT_ENCODINGS,
        master(names.CONTENT_ENCODING, stripping),
        master(names.CONTENT_ENCODING, number(names.CONTENT_ENCODING_ORDER, 1)),  # zlib
    )
    tracks = master(names.TRACKS, track(2, 17, "S_TEXT/WEBVTT", encodings))
    packed = zlib.compress(b"Hello")
    simple = element(names.SIMPLE_BLOCK, block(2, 0, packed))
    assert blocks_of(matroska_file(tracks, cluster(0, simple))) == [a_block("0", None, "- Hello")]
    broken = element(names.SIMPLE_BLOCK, block(2, 0, b"no zlib"))
    with pytest.raises(DamagedMatroska, match="a compressed cue cannot be unpacked"):
        blocks_of(matroska_file(tracks, cluster(0, broken)))


def test_what_cannot_be_read_says_why() -> None:
    def why(*encodings: tuple[bool, int | None]) -> str | None:
        done = tuple(ContentEncoding(0, blocks, kind, b"") for blocks, kind in encodings)
        return why_unreadable(TrackEntry(2, 17, "S_X", "", 0, b"", done))

    assert why() is None
    assert why((True, 0), (True, 3), (False, 2), (False, None)) is None
    assert why((True, 0), (True, None)) == "it is encrypted"
    assert why((True, 2)) == "it is compressed in a way that is not read (2)"


def test_damage_ends_the_reading_with_what_was_there_before() -> None:
    sound_one = cue(2, 500, 1000, "One")
    laced = element(names.SIMPLE_BLOCK, block(2, 0, b"\1\1ab", 0x02))
    huge = element(names.SIMPLE_BLOCK, block(2, 0, b"x" * 70_000))
    for broken, complaint in (
        (laced, "holds several cues"),
        (huge, "has 70,004 bytes, more than 65,536"),
        (b"\x00" * 20, "no element at byte"),
    ):
        stream = io.BytesIO(matroska_file(WEBVTT, cluster(0, sound_one, broken)))
        container = read_container(stream)
        assert container is not None
        found = []
        with pytest.raises(DamagedMatroska, match=complaint):
            for each in text_blocks(stream, container, ENTRY, lambda: None):
                found.append(each)
        assert found == [a_block("1/2", "1", "One")]


def test_somebody_who_waits_is_asked_all_the_while() -> None:
    checks: list[None] = []
    data = matroska_file(WEBVTT, *[cluster(0, sound(1, 0, 1))] * 5000)
    assert blocks_of(data, checks) == []
    assert len(checks) == 3  # of 15,000 elements


def test_webvtt_keeps_its_settings_and_its_times_within() -> None:
    found, issues = cues(
        "S_TEXT/WEBVTT",
        a_block("5/2", "1", "a <00:00:00.250>b --> c", "line:0 align:start\nname\nNOTE x"),
        a_block("1/2", None, "One\n\nTwo\r\n"),
        a_block("4", None, " \n"),
        a_block("5", "1/3", "NOTE this is said"),
        start="1/4",
    )
    assert found == [
        Cue(250, 2250, "One\nTwo"),
        Cue(2250, 3250, "a <00:00:02.500>b --&gt; c", "line:0 align:start"),
        Cue(4750, 5083, "NOTE this is said"),
    ]
    assert issues == ()
    entry = TrackEntry(2, 17, "S_TEXT/WEBVTT", "", 0, b"", ())
    timed = a_block("3600", "1", "a <00:00.250>b <00:00:01.500>c")
    assert "\na <01:00:00.250>b <01:00:01.500>c\n" in written(entry, [timed], Fraction(0))


def test_the_header_of_webvtt_tells_nothing_of_time_and_its_looks_are_reported() -> None:
    private = (
        b"\xef\xbb\xbfWEBVTT - x\nX-TIMESTAMP-MAP=LOCAL:00:00:09.000,MPEGTS:0\n\nSTYLE\n::cue{}\n"
    )
    assert cues("S_TEXT/WEBVTT", a_block("10", "1", "One"), private=private) == (
        [Cue(10_000, 11_000, "One")],
        ("style sheets and regions are not kept: viewers set their own look",),
    )


def test_text_before_the_title_and_the_last_open_end_are_left_to_the_mending() -> None:
    found, _ = cues("S_TEXT/WEBVTT", a_block("0", "1", "One"), a_block("3", None, "Two"), start="2")
    assert [(cue.start_ms, cue.end_ms) for cue in found] == [(-2000, -1000), (1000, 359_999_999)]


def test_old_webm_has_the_settings_in_front_of_the_text() -> None:
    block_of_webm = a_block("1", "1", "name\nline:0\n<v Ann>One\nTwo")
    assert cues("d_webvtt/subtitles", block_of_webm) == (
        [Cue(1000, 2000, "<v Ann>One\nTwo</v>", "line:0")],
        (),
    )


def test_what_lacks_its_lines_in_front_is_text_and_counted() -> None:
    entry = TrackEntry(2, 17, "D_WEBVTT/SUBTITLES", "", 0, b"", ())
    blocks = [a_block("1", "1", "One"), a_block("2", "1", "name\nTwo"), a_block("3", "1", "\n\n3")]
    assert cues(entry.codec_id, *blocks)[0] == [
        *(Cue(1000, 2000, "One"), Cue(2000, 3000, "name\nTwo"), Cue(3000, 4000, "3"))
    ]
    assert without_front(entry, blocks) == 2
    assert without_front(ENTRY, blocks) == 0  # of a kind that has its settings beside the text


def test_subrip_under_another_name() -> None:
    assert cues("s_text/utf-8", a_block("1", "1", "<i>One</i>\n2\nTwo"), a_block("3", "1", "")) == (
        [Cue(1000, 2000, "<i>One</i>\n2\nTwo")],
        (),
    )


def test_kinds_that_are_read_here() -> None:
    def codec(codec_id: str) -> str | None:
        return text_codec(TrackEntry(1, 17, codec_id, "", 0, b"", ()))

    assert [codec("S_TEXT/WEBVTT"), codec("D_WEBVTT/CAPTIONS"), codec("S_TEXT/SRT ")] == [
        *("webvtt", "webvtt", "subrip")
    ]
    assert [codec("S_TEXT/USF"), codec("D_WEBVTT/METADATA"), codec("")] == [None, None, None]
