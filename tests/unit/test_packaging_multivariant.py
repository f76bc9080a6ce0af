"""The multivariant playlist, line by line, and its copies one level above."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.facts import AudioTrack, TextTrack
from farm.ladder import Rung
from farm.mediainfo import Chapter
from media.packaging.multivariant import Measured, multivariant
from media.packaging.pointer import point_dash, point_hls
from media.packaging.rates import Rates
from media.packaging.title import Title


def rung(name: str, height: int, fps: Fraction = Fraction(30000, 1001)) -> Rung:
    return Rung(name, "h264", height * 16 // 9, height, fps, 60, "medium", 23, 10**6, 10**6, "")


ENGLISH = AudioTrack("audio-1", 1, "en", "", True, 2, 48000, 128_000, "main")
FORCED = TextTrack("text-de", "de", "", True, False, 1, None, ())
TITLE = Title(
    Fraction(6),
    Fraction(60),
    (rung("low", 180), rung("mid", 360), rung("top", 1080)),
    (ENGLISH,),
    (FORCED,),
    (Chapter(Fraction(0), Fraction(60), {"en": "All"}),),
)
MEASURED = {
    "low": Measured("avc1.4d400d", Rates(200_000, 300_000), Rates(20_000, 30_000)),
    "mid": Measured("avc1.4d401e", Rates(1_500_000, 2_500_000), Rates(70_000, 80_000)),
    "top": Measured("avc1.640028", Rates(5_000_000, 8_000_000), Rates(400_000, 500_000)),
    "audio-1": Measured("mp4a.40.2", Rates(130_000, 140_000)),
    "text-de": Measured("wvtt", Rates(100, 900)),
}
WHOLE = """\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-SESSION-DATA:DATA-ID="com.apple.hls.chapters",URI="chapters.json"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-stereo",NAME="English",LANGUAGE="en",DEFAULT=YES,\
AUTOSELECT=YES,CHANNELS="2",URI="audio-1/playlist.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="Deutsch (forced)",LANGUAGE="de",\
DEFAULT=NO,AUTOSELECT=YES,FORCED=YES,URI="text-de/playlist.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=2640900,AVERAGE-BANDWIDTH=1630100,CODECS="avc1.4d401e,mp4a.40.2",\
RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO="audio-stereo",SUBTITLES="subtitles",CLOSED-CAPTIONS=NONE
mid/playlist.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=440900,AVERAGE-BANDWIDTH=330100,CODECS="avc1.4d400d,mp4a.40.2",\
RESOLUTION=320x180,FRAME-RATE=29.970,AUDIO="audio-stereo",SUBTITLES="subtitles",CLOSED-CAPTIONS=NONE
low/playlist.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=8140900,AVERAGE-BANDWIDTH=5130100,CODECS="avc1.640028,mp4a.40.2",\
RESOLUTION=1920x1080,FRAME-RATE=29.970,AUDIO="audio-stereo",SUBTITLES="subtitles",\
CLOSED-CAPTIONS=NONE
top/playlist.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=30000,AVERAGE-BANDWIDTH=20000,CODECS="avc1.4d400d",\
RESOLUTION=320x180,URI="low/iframes.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=80000,AVERAGE-BANDWIDTH=70000,CODECS="avc1.4d401e",\
RESOLUTION=640x360,URI="mid/iframes.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=500000,AVERAGE-BANDWIDTH=400000,CODECS="avc1.640028",\
RESOLUTION=1920x1080,URI="top/iframes.m3u8"
"""


def test_a_whole_multivariant_playlist() -> None:
    assert multivariant(TITLE, MEASURED) == WHOLE


def test_without_audio_and_text_no_group_is_mentioned() -> None:
    silent = replace(TITLE, rungs=TITLE.rungs[:1], audios=(), texts=(), chapters=())
    assert multivariant(silent, MEASURED).splitlines()[3:5] == [
        '#EXT-X-STREAM-INF:BANDWIDTH=300000,AVERAGE-BANDWIDTH=200000,CODECS="avc1.4d400d",'
        "RESOLUTION=320x180,FRAME-RATE=29.970,CLOSED-CAPTIONS=NONE",
        "low/playlist.m3u8",
    ]


def test_one_voice_alone_is_a_variant_per_rate_without_groups() -> None:
    heard = replace(TITLE, rungs=(), texts=(), chapters=())
    assert multivariant(heard, MEASURED).splitlines()[3:] == [
        '#EXT-X-STREAM-INF:BANDWIDTH=140000,AVERAGE-BANDWIDTH=130000,CODECS="mp4a.40.2",'
        "CLOSED-CAPTIONS=NONE",
        "audio-1/playlist.m3u8",
    ]


def test_when_even_the_lowest_is_heavy_players_start_with_it() -> None:
    heavy = {
        name: replace(measured, rates=Rates(9_000_000, 9_000_000 + index))
        for index, (name, measured) in enumerate(MEASURED.items())
    }
    lines = multivariant(TITLE, heavy).splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "low/playlist.m3u8"


def test_the_variant_to_start_with_has_the_plainest_sound() -> None:
    surround = replace(ENGLISH, name="audio-1-6", channels=6)
    title = replace(TITLE, audios=(ENGLISH, surround))
    measured = {**MEASURED, "audio-1-6": Measured("mp4a.40.2", Rates(390_000, 400_000))}
    variants = [line for line in multivariant(title, measured).splitlines() if "STREAM-INF" in line]
    groups = [line.partition('AUDIO="')[2].partition('"')[0] for line in variants[:6]]
    assert groups == ["audio-stereo"] * 3 + ["audio-surround"] * 3


# --- pointers --------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["g3-0123abcd", "g3-0123abcd/"])
def test_the_hls_pointer_prefixes_every_uri_and_nothing_else(prefix: str) -> None:
    pointed = point_hls(WHOLE, prefix)
    unpointed = pointed.replace('URI="g3-0123abcd/', 'URI="').replace("\ng3-0123abcd/", "\n")
    assert unpointed == WHOLE
    assert pointed.count("g3-0123abcd/") == 1 + 2 + 3 + 3  # chapters, media, variants, I-frames


def test_a_name_that_looks_like_a_uri_is_left_alone() -> None:
    line = '#EXT-X-MEDIA:TYPE=AUDIO,NAME="A URI=b, c",URI="a/playlist.m3u8"\n'
    pointed = '#EXT-X-MEDIA:TYPE=AUDIO,NAME="A URI=b, c",URI="g1-f/a/playlist.m3u8"\n'
    assert point_hls(line, "g1-f") == pointed


MPD = b'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">\n  <ProgramInformation/>\n  <Period/>\n</MPD>'


def test_the_dash_pointer_has_one_base_url_before_the_period() -> None:
    assert point_dash(MPD, "g1-f").decode().splitlines()[1:] == [
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">',
        "  <ProgramInformation/>",
        "  <BaseURL>g1-f/</BaseURL>",
        "  <Period/>",
        "</MPD>",
    ]


def test_an_mpd_that_was_pointed_already_is_refused() -> None:
    with pytest.raises(ValueError, match="already has a BaseURL"):
        point_dash(point_dash(MPD, "g1-f"), "g2-e")
