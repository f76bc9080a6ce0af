"""Media playlists, WebVTT anchors and the MPD, from tracks as they are read back."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from lxml import etree

from farm.facts import AudioTrack, TextTrack
from farm.ladder import Rung
from farm.mediainfo import Chapter
from media.packaging.media_playlist import iframe_playlist, media_playlist, target_s
from media.packaging.mpd import manifest, xs_duration
from media.packaging.rates import Rates
from media.packaging.readback import Entry, Kind, WrittenTrack
from media.packaging.text_segments import anchor
from media.packaging.title import Title

NS = "{urn:mpeg:dash:schema:mpd:2011}"


def track(name: str, kind: Kind, codecs: str, timescale: int, ticks: Sequence[int]) -> WrittenTrack:
    entries = tuple(
        Entry(f"{number:05d}.m4s", 1000, Fraction(duration, timescale))
        for number, duration in enumerate(ticks, 1)
    )
    captions = entries if kind == "text" else ()
    return WrittenTrack(name, kind, codecs, timescale, tuple(ticks), (), entries, (), captions)


def test_a_media_playlist_lists_segments_with_microseconds() -> None:
    entries = [Entry("00001.m4s", 9, Fraction(1080, 179)), Entry("00002.m4s", 9, Fraction(1, 3))]
    assert media_playlist(entries, 6, has_init=True) == (
        "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        '#EXT-X-MAP:URI="init.mp4"\n'
        "#EXTINF:6.033520,\n00001.m4s\n#EXTINF:0.333333,\n00002.m4s\n#EXT-X-ENDLIST\n"
    )


def test_a_text_playlist_has_no_map() -> None:
    playlist = media_playlist([Entry("00001.vtt", 9, Fraction(6))], 6, has_init=False)
    assert "#EXT-X-MAP" not in playlist


def test_an_iframe_playlist_lists_byte_ranges() -> None:
    frames = [Entry("00001.m4s", 500, Fraction(2), 84), Entry("00001.m4s", 400, Fraction(2), 9084)]
    assert iframe_playlist(frames, 6) == (
        "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        '#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP:URI="init.mp4"\n'
        "#EXTINF:2.000000,\n#EXT-X-BYTERANGE:500@84\n00001.m4s\n"
        "#EXTINF:2.000000,\n#EXT-X-BYTERANGE:400@9084\n00001.m4s\n#EXT-X-ENDLIST\n"
    )


@pytest.mark.parametrize(
    ("ticks", "target"),
    [([288768, 287744], 6), ([311999], 6), ([312000], 7), ([4800], 1), ([311999, 336000], 7)],
)
def test_the_target_is_the_longest_segment_rounded_and_never_zero(
    ticks: list[int], target: int
) -> None:
    assert target_s([track("a", "audio", "mp4a.40.2", 48000, ticks)]) == target


def test_a_rounded_extinf_never_exceeds_the_target() -> None:
    almost = Fraction(6_499_999_999, 1_000_000_000)  # written as 6.500000, which rounds to 7
    segments = track("a", "audio", "mp4a.40.2", almost.denominator, [almost.numerator])
    assert target_s([segments]) == 7


def test_the_anchor_goes_below_the_first_line_of_a_webvtt_segment() -> None:
    anchored = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n"
    assert anchor("WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n\n") == (
        f"{anchored}\n00:01.000 --> 00:02.000\nHi\n\n"
    )
    assert anchor("WEBVTT") == anchored


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (Fraction(30), "PT30S"),
        (Fraction(78078, 15000), "PT5.2052S"),
        (Fraction(10, 3), "PT3.333334S"),  # never short
        (Fraction(7200), "PT7200S"),
        (Fraction(1, 10_000_000), "PT0.000001S"),
    ],
)
def test_durations_are_exact_to_the_microsecond(seconds: Fraction, written: str) -> None:
    assert xs_duration(seconds) == written


# --- the MPD ---------------------------------------------------------------------------------


def the_mpd() -> etree._Element:
    rate = Fraction(60000, 1001)
    rungs = tuple(
        Rung(name, "h264", width, height, fps, 60, "medium", 23, 1, 1, "")
        for name, width, height, fps in (("low", 320, 180, rate / 2), ("top", 854, 480, rate))
    )
    voices = (
        AudioTrack("a-en", 1, "en", "", True, 2, 48000, 1, "main"),
        AudioTrack("a-en-6", 1, "en", "", True, 6, 48000, 1, "main"),
        AudioTrack("a-ad", 2, "en", "", False, 2, 48000, 1, "description"),
    )
    texts = (
        TextTrack("t-de", "de", "", True, False, 1, None, ()),
        TextTrack("t-sdh", "en", "<Sounds>", False, True, 1, None, ()),
    )
    chapters = (Chapter(Fraction(0), Fraction(5, 2), {"en": 'A "<b>"', "de": "Ä"}),)
    title = Title(Fraction(2002, 1000), Fraction(5), rungs, voices, texts, chapters)
    written = {
        "low": track("low", "video", "avc1.4d400d", 30000, [60060, 60060, 30030]),
        "top": track("top", "video", "avc1.4d401f", 60000, [120120, 120120, 60060]),
        **{v.name: track(v.name, "audio", "mp4a.40.2", 48000, [96256, 96256]) for v in voices},
        **{t.name: track(t.name, "text", "wvtt", 1000, [2002] * 3) for t in texts},
    }
    rates = {name: Rates(100, 200 + index) for index, name in enumerate(written)}
    return etree.fromstring(manifest(title, written, rates, 2.5))


def test_the_mpd_is_static_and_one_period() -> None:
    mpd = the_mpd()
    assert dict(mpd.items()) == {
        "profiles": "urn:mpeg:dash:profile:isoff-live:2011",
        "type": "static",
        "mediaPresentationDuration": "PT5S",
        "minBufferTime": "PT2.5S",
    }
    assert [dict(period.items()) for period in mpd] == [{"id": "0", "start": "PT0S"}]


def test_pictures_share_a_set_and_layouts_voices_and_texts_have_their_own() -> None:
    sets = the_mpd().findall(f"{NS}Period/{NS}AdaptationSet")
    assert [
        (
            found.get("id"),
            found.get("lang"),
            found.findtext(f"{NS}Label"),
            [role.get("value") for role in found.findall(f"{NS}Role")],
            [(r.get("id"), r.get("bandwidth")) for r in found.findall(f"{NS}Representation")],
        )
        for found in sets
    ] == [
        ("0", None, None, [], [("low", "200"), ("top", "201")]),
        ("1", "en", "English", ["main"], [("a-en", "202")]),
        ("2", "en", "English", ["main"], [("a-en-6", "203")]),
        ("3", "en", "English (audio description)", ["description"], [("a-ad", "204")]),
        ("4", "de", "Deutsch (forced)", ["forced-subtitle"], [("t-de", "205")]),
        ("5", "en", "<Sounds>", ["caption"], [("t-sdh", "206")]),
    ]


def test_a_representation_tells_size_rate_and_exact_times() -> None:
    video = the_mpd().find(f"{NS}Period/{NS}AdaptationSet")
    assert video is not None
    assert (video.get("maxFrameRate"), video.get("par")) == ("60000/1001", "427:240")
    low = video.find(f"{NS}Representation")
    assert low is not None
    assert dict(low.items()) == {
        "id": "low",
        "codecs": "avc1.4d400d",
        "bandwidth": "200",
        "width": "320",
        "height": "180",
        "frameRate": "30000/1001",
        "sar": "1:1",
    }
    template = low.find(f"{NS}SegmentTemplate")
    assert template is not None
    assert template.get("media") == "low/$Number%05d$.m4s"
    assert [dict(s.items()) for s in template.iter(f"{NS}S")] == [
        {"t": "0", "d": "60060", "r": "1"},
        {"t": "120120", "d": "30030"},
    ]


def test_chapters_are_events_of_our_scheme_in_milliseconds() -> None:
    stream = the_mpd().find(f"{NS}Period/{NS}EventStream")
    assert stream is not None
    assert dict(stream.items()) == {
        "schemeIdUri": "urn:reelfarm:chapters:2026",
        "timescale": "1000",
    }
    assert [(dict(event.items()), event.text) for event in stream] == [
        (
            {"id": "0", "presentationTime": "0", "duration": "2500"},
            '{"titles": [{"language": "en", "title": "A \'<b>\'"}, '
            '{"language": "de", "title": "Ä"}]}',
        )
    ]
