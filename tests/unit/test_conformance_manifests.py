"""The readers of playlists, MPDs and WebVTT segments: strict about what players rely on."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from qc.conformance.captions import CaptionCue, TextSegment, UnreadableText, read_text_segment
from qc.conformance.hls import (
    Item,
    MediaPlaylist,
    Multivariant,
    UnreadablePlaylist,
    Variant,
    read_media_playlist,
    read_multivariant,
)
from qc.conformance.mpd import Mpd, Representation, UnreadableManifest, read_mpd


def test_a_multivariant_playlist_is_read_with_its_attributes() -> None:
    text = (
        "#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n\n"
        '#EXT-X-SESSION-DATA:DATA-ID="a",URI="c.json"\n'
        '#EXT-X-MEDIA:TYPE=AUDIO,NAME="A, b=c",URI="a/p.m3u8"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=5,CODECS="x,y"\nv/p.m3u8\n'
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="v/i.m3u8"\n'
    )
    assert read_multivariant(text) == Multivariant(
        independent_segments=True,
        session_data=({"DATA-ID": "a", "URI": "c.json"},),
        media=({"TYPE": "AUDIO", "NAME": "A, b=c", "URI": "a/p.m3u8"},),
        variants=(Variant("v/p.m3u8", {"BANDWIDTH": "5", "CODECS": "x,y"}),),
        iframe_variants=({"BANDWIDTH": "1", "URI": "v/i.m3u8"},),
    )


def test_a_media_playlist_is_read_with_its_byte_ranges() -> None:
    text = (
        '#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI="i.mp4"\n'
        "#EXTINF:5.5,title\n#EXT-X-BYTERANGE:10@20\n1.m4s\n#EXTINF:0.25,\n2.m4s\n#EXT-X-ENDLIST\n"
    )
    playlist = read_media_playlist(text)
    assert playlist == MediaPlaylist(
        target_s=6,
        playlist_type="VOD",
        ended=True,
        iframes_only=False,
        map_uri="i.mp4",
        items=(
            Item("1.m4s", Fraction(11, 2), (10, 20)),
            Item("2.m4s", Fraction(1, 4), None),
        ),
    )
    assert playlist.duration_s == Fraction(23, 4)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "does not start with #EXTM3U"),
        ("#EXTM3U\n#EXTINF:6,\na\n", "has no EXT-X-TARGETDURATION"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:6\n", "names no segment"),
        ("#EXTM3U\n\n#EXT-X-TARGETDURATION:six\n", "line 3 has no number"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:6\na\n", "line 3 is a segment without EXTINF"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:six,\na\n", "line 3 has no number"),
        ("#EXTM3U\n#EXTINF:6,\n#EXT-X-BYTERANGE:x\na\n", "line 3 has no byte range"),
        ("#EXTM3U\n#EXTINF:6,\n#EXT-X-BYTERANGE:5\na\n", "line 3 has a byte range that follows"),
        ('#EXTM3U\n#EXT-X-MAP:URI="a" b\n', "line 2 has a malformed attribute list"),
        ('#EXTM3U\n#EXT-X-MAP:URI="a",URI="b"\n', "line 2 has a malformed attribute list"),
        ('#EXTM3U\n#EXT-X-MAP:URI="a\n', "line 2 has a malformed attribute list"),
    ],
)
def test_a_broken_media_playlist_is_refused_with_its_line(text: str, why: str) -> None:
    with pytest.raises(UnreadablePlaylist, match=why):
        read_media_playlist(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("#EXTM3U\n", "it names no variant stream"),
        ("#EXTM3U\n\nv/p.m3u8\n", "line 3 is a URI without EXT-X-STREAM-INF"),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=5\na\nb\n", "line 4 is a URI without"),
        ('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=5;"\na\n', "line 2 has a malformed"),
    ],
)
def test_a_broken_multivariant_playlist_is_refused_with_its_line(text: str, why: str) -> None:
    with pytest.raises(UnreadablePlaylist, match=why):
        read_multivariant(text)


def test_a_playlist_says_of_itself_only_what_it_declares() -> None:
    bare = read_media_playlist("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na\n")
    assert bare == MediaPlaylist(6, "", False, False, None, (Item("a", Fraction(6), None),))
    assert read_multivariant("#EXTM3U\n#EXT-X-STREAM-INF:A=5\na\n") == Multivariant(
        False, (), (), (Variant("a", {"A": "5"}),), ()
    )


def mpd(body: str, attributes: str = 'mediaPresentationDuration="PT1H2M3.5S"') -> bytes:
    return (
        f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" minBufferTime="PT2S" '
        f"{attributes}><Period>{body}</Period></MPD>"
    ).encode()


SET = (
    '<AdaptationSet contentType="audio" lang="en"><Role value="main"/>'
    '<Representation id="a" codecs="mp4a.40.2" bandwidth="9"><SegmentTemplate timescale="1000" '
    'initialization="a/init.mp4" media="a/$Number%03d$.m4s" startNumber="7"><SegmentTimeline>'
    '<S t="0" d="2000" r="1"/><S d="500"/></SegmentTimeline></SegmentTemplate></Representation>'
    "</AdaptationSet>"
)


def test_an_mpd_is_read_with_its_timelines_unrolled() -> None:
    manifest = read_mpd(mpd(SET))
    representation = Representation(
        name="a",
        kind="audio",
        language="en",
        roles=("main",),
        codecs="mp4a.40.2",
        bandwidth_bps=9,
        width=0,
        height=0,
        timescale=1000,
        initialization="a/init.mp4",
        media=("a/007.m4s", "a/008.m4s", "a/009.m4s"),
        starts_ticks=(0, 2000, 4000),
        durations_ticks=(2000, 2000, 500),
    )
    assert manifest == Mpd("static", Fraction(7447, 2), Fraction(2), (representation,))
    assert representation.duration_s == Fraction(9, 2)


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        (b"no xml", "Start tag expected"),
        (b"<MPD/>", "it is no MPD with a period"),
        (mpd(SET, 'mediaPresentationDuration="PT"'), "'PT' is not a duration"),
        (mpd(SET.replace("SegmentTimeline", "Other")), "a has no SegmentTimeline"),
        (mpd(SET.replace('d="500"', 'd="half"')), "invalid literal"),
    ],
)
def test_a_broken_mpd_is_refused(xml: bytes, why: str) -> None:
    with pytest.raises(UnreadableManifest, match=why):
        read_mpd(xml)


def test_what_an_mpd_leaves_out_is_what_the_schema_says() -> None:
    bare = (
        '<AdaptationSet><Representation><SegmentTemplate media="$Number$"><SegmentTimeline>'
        '<S t="5" d="2"/><S t="9" d="2"/></SegmentTimeline></SegmentTemplate></Representation>'
        "</AdaptationSet>"
    )
    (seen,) = read_mpd(mpd(bare)).representations
    assert (seen.timescale, seen.media, seen.starts_ticks) == (1, ("1", "2"), (5, 9))
    assert (seen.bandwidth_bps, seen.width, seen.height) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT2H", 7200), ("PT3M", 180), ("PT0.5S", Fraction(1, 2)), ("PT1H1M1S", 3661)],
)
def test_durations_are_hours_minutes_and_seconds(text: str, seconds: Fraction) -> None:
    assert read_mpd(mpd(SET, f'mediaPresentationDuration="{text}"')).duration_s == seconds


def test_entities_in_an_mpd_are_not_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("PT9S")
    hostile = f'<!DOCTYPE MPD [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'.encode() + mpd("&x;" + SET)
    assert read_mpd(hostile).duration_s == Fraction(7447, 2)


def test_a_webvtt_segment_is_read_with_its_map_and_cues(tmp_path: Path) -> None:
    path = tmp_path / "1.vtt"
    path.write_text(
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\nNOTE not a cue\n\n"
        "id\n00:01.000 --> 00:02.500 line:0\nTwo\nlines\n\n01:00:00.000 --> 01:00:01.000\nHi\n",
        "utf-8",
        newline="\r\n",
    )
    assert read_text_segment(path) == TextSegment(
        timestamp_map="MPEGTS:0,LOCAL:00:00:00.000",
        cues=(
            CaptionCue(Fraction(1), Fraction(5, 2), "Two\nlines"),
            CaptionCue(Fraction(3600), Fraction(3601), "Hi"),
        ),
        size_bytes=path.stat().st_size,
    )


def test_only_one_line_may_stand_above_the_times_of_a_cue(tmp_path: Path) -> None:
    path = tmp_path / "1.vtt"
    times = "10:20:30.400 --> 10:20:31.400"
    path.write_text(f"WEBVTT a title\n\n{times}\na\n\nid\n{times}\nb\n\n1\n2\n{times}\nc\n")
    read = read_text_segment(path)
    at = Fraction(37_230_400, 1000)
    assert (read.timestamp_map, read.cues) == (
        None,
        (CaptionCue(at, at + 1, "a"), CaptionCue(at, at + 1, "b")),
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"", "does not start"), (b"WEBVTTX\n\n", "does not start"), (b"WEBVTT \xff", "not UTF-8")],
)
def test_what_is_no_webvtt_is_refused(data: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "1.vtt"
    path.write_bytes(data)
    with pytest.raises(UnreadableText, match=why):
        read_text_segment(path)
