"""The rules about playlists, variants and renditions, each shown to object to what it forbids."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media.packaged import Made, RunCommand, full_title, make
from tests.media.spoiled import MASTER, MPD, TOP, Case, assert_objection, drop_last, edit


@pytest.fixture(scope="module")
def sound(run_command: RunCommand, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(run_command, tmp_path_factory.mktemp("sound"), full_title())


CASES = [
    Case(
        "hls-vod",
        "fail",
        "has no EXT-X-ENDLIST",
        edit("text-en/playlist.m3u8", "#EXT-X-ENDLIST\n", ""),
    ),
    Case(
        "hls-vod",
        "warn",
        "is of type none",
        edit("text-en/playlist.m3u8", "#EXT-X-PLAYLIST-TYPE:VOD\n", ""),
    ),
    Case(
        "apple-8.2",
        "fail",
        "has a target of 2 s, others 1 s",
        edit(f"{TOP}/iframes.m3u8", "DURATION:1", "DURATION:2"),
    ),
    Case(
        "hls-target",
        "fail",
        "00001.m4s lasts 1.600 s",
        edit(f"{TOP}/playlist.m3u8", "EXTINF:1.000000", "EXTINF:1.6"),
    ),
    Case(
        "apple-7.7",
        "fail",
        "holds 1.000 s of media",
        edit(f"{TOP}/playlist.m3u8", "DURATION:1", "DURATION:0"),
    ),
    Case(
        "hls-extinf",
        "fail",
        "0.300 s away from its media",
        edit(f"{TOP}/playlist.m3u8", "EXTINF:1.000000", "EXTINF:0.7"),
    ),
    Case(
        "apple-8.7",
        "fail",
        "covers 2.005 s of 3.333 s",
        drop_last("audio-1-stereo/playlist.m3u8", 2),
    ),
    Case("apple-9.1", "fail", "has no CODECS", edit(MASTER, 'CODECS="[^"]*",RES', "RES")),
    Case("apple-9.1", "warn", "has no FRAME-RATE", edit(MASTER, ",FRAME-RATE=[0-9.]*", "")),
    Case(
        "codecs",
        "fail",
        "declares avc1.640028, mp4a.40.2",
        edit(MASTER, "avc1.4d4015,mp4a", "avc1.640028,mp4a"),
    ),
    Case("codecs", "fail", "the MPD declares hvc1", edit(MPD, "avc1.4d4015", "hvc1.1.6.L93")),
    Case(
        "picture",
        "fail",
        "RESOLUTION say 640x360",
        edit(MASTER, "RESOLUTION=320x180", "RESOLUTION=640x360", count=9),
    ),
    Case(
        "picture",
        "fail",
        "60.000 frames a second, not 50",
        edit(MASTER, "FRAME-RATE=60.000", "FRAME-RATE=50.000", count=9),
    ),
    Case("picture", "fail", "the MPD say 300x180", edit(MPD, ' width="320"', ' width="300"')),
    Case(
        "apple-9.16",
        "fail",
        "is SDR and declares PQ",
        edit(MASTER, ",FRAME-RATE", ",VIDEO-RANGE=PQ,FRAME-RATE"),
    ),
    Case(
        "apple-9.21",
        "warn",
        "takes 900000 bit/s",
        edit(MASTER, ":BANDWIDTH=[0-9]+", ":BANDWIDTH=900000", count=99),
    ),
    Case("independent", "warn", "is missing", edit(MASTER, "#EXT-X-INDEPENDENT-SEGMENTS\n", "")),
    Case("apple-8.10", "warn", "has no known language", edit(MASTER, 'LANGUAGE="de",', "")),
    Case(
        "apple-5.11",
        "fail",
        "is forced without AUTOSELECT",
        edit(MASTER, "AUTOSELECT=YES,FORCED=YES", "AUTOSELECT=NO,FORCED=YES"),
    ),
    Case(
        "groups",
        "fail",
        "2 renditions called 'English'",
        edit(MASTER, 'NAME="Deutsch"', 'NAME="English"'),
    ),
    Case(
        "groups",
        "fail",
        "the AUDIO group other, which does not exist",
        edit(MASTER, 'AUDIO="audio-stereo"', 'AUDIO="other"'),
    ),
    Case(
        "groups",
        "fail",
        "no variant uses the SUBTITLES group",
        edit(MASTER, ',SUBTITLES="subtitles"', "", count=99),
    ),
    Case(
        "groups",
        "fail",
        "audio-stereo has 2 defaults",
        edit(MASTER, 'LANGUAGE="de",DEFAULT=NO', 'LANGUAGE="de",DEFAULT=YES'),
    ),
    Case(
        "groups",
        "fail",
        "audio-stereo has no default",
        edit(MASTER, 'LANGUAGE="en",DEFAULT=YES', 'LANGUAGE="en",DEFAULT=NO'),
    ),
    Case(
        "groups",
        "fail",
        "default without AUTOSELECT=YES",
        edit(MASTER, "DEFAULT=YES,AUTOSELECT=YES", "DEFAULT=YES,AUTOSELECT=NO"),
    ),
    Case(
        "groups",
        "fail",
        "audio-surround offers other renditions",
        edit(MASTER, '(surround",NAME=")Deutsch', r"\1German"),
    ),
    Case(
        "groups",
        "warn",
        "audio-stereo has 2 renditions that select themselves for de",
        edit(MASTER, 'LANGUAGE="en"(.*AUDIO)?', 'LANGUAGE="de"', count=9),
    ),
    Case(
        "text-choice",
        "warn",
        "is DEFAULT=YES",
        edit(MASTER, "(TYPE=SUBTITLES.*)DEFAULT=NO", r"\1DEFAULT=YES"),
    ),
    Case("tracks", "fail", "is de, in DASH fr", edit(MPD, 'lang="de"', 'lang="fr"', count=9)),
    Case(
        "tracks",
        "fail",
        "is de, in HLS fr",
        edit(MASTER, 'LANGUAGE="de"', 'LANGUAGE="fr"', count=9),
    ),
    Case(
        "tracks",
        "fail",
        "text-de-forced is forced, a manifest differs",
        edit(MPD, "forced-subtitle", "subtitle"),
    ),
    Case(
        "tracks",
        "fail",
        "h264-72p is not in HLS",
        edit(MASTER, "(?m)^#EXT-X-STREAM-INF.*\nh264-72p.*\n", "", count=9),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_objects_to_what_it_is_there_for(case: Case, sound: Made, tmp_path: Path) -> None:
    assert_objection(case, sound, tmp_path)
