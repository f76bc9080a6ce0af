"""Where probing draws its lines: rates just within a limit, pictures just large enough."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from farm.errors import InvalidSource, UnsupportedMedia
from farm.mediainfo import Chapter, Disposition, MediaInfo, SourceItem, VideoStream
from media.probe.ffprobe import parse_probe
from media.probe.rates import timeline_rate
from media.probe.refusals import check_media, unreadable
from tests.unit import titles

FILM = Fraction(24000, 1001)
NTSC = Fraction(30000, 1001)
DOUBLE_FILM = Fraction(48000, 1001)
DOUBLE_NTSC = Fraction(60000, 1001)
STANDARD = (FILM, 24, 25, NTSC, 30, DOUBLE_FILM, 48, 50, DOUBLE_NTSC, 60)
THOUSANDTH = Fraction(1, 1000)


@pytest.mark.parametrize("rate", STANDARD)
def test_frames_dropped_by_a_camera_leave_it_its_standard_rate(rate: Fraction) -> None:
    assert timeline_rate(Fraction(rate), Fraction(rate) * Fraction(9, 10)) == (rate, True)


@pytest.mark.parametrize("share", [1, 1 + THOUSANDTH / 3, 1 - THOUSANDTH / 3])
@pytest.mark.parametrize("rate", STANDARD)
def test_an_average_that_is_a_standard_rate_but_for_rounding_means_that_one(
    rate: Fraction, share: Fraction
) -> None:
    assert timeline_rate(Fraction(359), rate * share) == (rate, True)  # a screen recorder's clock


@pytest.mark.parametrize(
    ("declared", "average", "found"),
    [
        # Two rates agree up to a thousandth of the average, that included.
        (Fraction(2002, 100), Fraction(20), (Fraction(2002, 100), False)),
        (Fraction(200_201, 10_000), Fraction(20), (FILM, True)),
        # Frames lie on a base below twice the average, less a thousandth.
        (Fraction(24), 12 / (1 - THOUSANDTH), (FILM, True)),
        (Fraction(24), Fraction(1202, 100), (Fraction(24), True)),
        (Fraction(24), Fraction(1201, 100), (FILM, True)),
        # What is above 480 is a clock, even by half a frame.
        (Fraction(961, 2), Fraction(0), (Fraction(25), True)),
        (Fraction(0), Fraction(961, 2), (Fraction(25), True)),
        (Fraction(961, 2), Fraction(30), (Fraction(30), True)),
        # From 10 to 60 nothing is halved or doubled.
        (Fraction(121, 2), Fraction(121, 2), (Fraction(121, 4), False)),
        (Fraction(119, 2), Fraction(119, 2), (Fraction(119, 2), False)),
        (Fraction(10), Fraction(10), (Fraction(10), False)),
        (Fraction(21, 2), Fraction(21, 2), (Fraction(21, 2), False)),
        (Fraction(19, 2), Fraction(19, 2), (Fraction(19), False)),
        (Fraction(13), Fraction(0), (Fraction(13), False)),
        # A camera's clock is off by a two-hundredth at most: it has the standard rate, at 60, too.
        (Fraction(24), Fraction(24), (Fraction(24), False)),
        (Fraction(2398, 100), Fraction(2398, 100), (FILM, False)),
        (Fraction(25125, 1000), Fraction(25125, 1000), (Fraction(25), False)),
        (Fraction(25127, 1000), Fraction(25127, 1000), (Fraction(25127, 1000), False)),
        (Fraction(24876, 1000), Fraction(24876, 1000), (Fraction(25), False)),
        (Fraction(24875, 1000), Fraction(24875, 1000), (Fraction(24875, 1000), False)),
        (Fraction(603, 10), Fraction(603, 10), (Fraction(60), False)),
        (Fraction(604, 10), Fraction(604, 10), (Fraction(302, 10), False)),
        (Fraction(1206, 10), Fraction(0), (Fraction(60), False)),
    ],
)
def test_a_rate_just_at_a_limit_is_within_it(
    declared: Fraction, average: Fraction, found: tuple[Fraction, bool]
) -> None:
    assert timeline_rate(declared, average) == found


# --- the whole answer ------------------------------------------------------------------------

VIDEO: dict[str, Any] = {
    **{"index": 0, "codec_type": "video", "codec_name": "h264", "width": 640, "height": 360},
    **{"pix_fmt": "yuv420p", "r_frame_rate": "25/1", "avg_frame_rate": "25/1"},
}
AUDIO = {
    **{"index": 1, "codec_type": "audio", "codec_name": "aac", "channels": 2},
    **{"sample_rate": "48000"},
}


def probed(*streams: dict[str, Any], chapters: Any = (), **form: str) -> MediaInfo:
    described = {"format": {"format_name": "mov", **form}, "streams": list(streams)}
    return parse_probe(json.dumps({**described, "chapters": list(chapters)}), 7)


@pytest.mark.parametrize(
    ("video_s", "audio_s", "declared", "duration_s"),
    [
        ({"duration": "3"}, {"duration": "4.5"}, {}, Fraction(9, 2)),
        ({"duration": "5"}, {"duration": "4.5"}, {}, Fraction(5)),
        ({"duration": "5"}, {}, {}, Fraction(5)),
        ({}, {"duration": "4"}, {}, Fraction(4)),
        ({}, {}, {}, Fraction(0)),
        ({"duration": "5"}, {"duration": "4"}, {"duration": "6"}, Fraction(6)),
        ({"duration": "5"}, {"duration": "4"}, {"duration": "N/A"}, Fraction(5)),
    ],
)
def test_a_container_that_says_no_length_is_as_long_as_its_longest_stream(
    video_s: dict[str, str],
    audio_s: dict[str, str],
    declared: dict[str, str],
    duration_s: Fraction,
) -> None:
    found = probed({**VIDEO, **video_s}, {**AUDIO, **audio_s}, **declared)
    assert (found.duration_s, found.size_bytes, found.start_s) == (duration_s, 7, Fraction(0))


def test_without_streams_there_is_nothing_and_no_length() -> None:
    found = probed({"index": 0, "codec_type": "video"})
    nothing = MediaInfo("mov", 7, Fraction(0), Fraction(0), (), (), (), ())
    assert found == replace(nothing, items=(SourceItem("video", 0, "of unknown kind"),))
    assert probed() == nothing


@pytest.mark.parametrize("cover", [True, False])
@pytest.mark.parametrize(
    ("frames", "streams"), [("1", (AUDIO,)), ("1", ()), ("2", (AUDIO,)), ("2", ())]
)
def test_a_picture_is_cover_art_where_the_container_says_so_and_nowhere_else(
    frames: str, streams: tuple[dict[str, Any], ...], cover: bool
) -> None:
    flagged = {**VIDEO, "nb_frames": frames, "disposition": {"attached_pic": int(cover)}}
    (video,) = probed(flagged, *streams).video
    assert video.disposition == Disposition(attached_pic=cover)


@pytest.mark.parametrize(
    ("entry", "chapter"),
    [
        ({"start_time": "2", "end_time": "3"}, Chapter(Fraction(2), Fraction(3), {})),
        ({"start_time": "2"}, Chapter(Fraction(2), Fraction(2), {})),
        ({"end_time": "3"}, Chapter(Fraction(0), Fraction(3), {})),
        ({"start_time": "0", "end_time": "0"}, Chapter(Fraction(0), Fraction(0), {})),
        ({"tags": {"title": " A "}}, Chapter(Fraction(0), Fraction(0), {"und": "A"})),
        ({"tags": {"title": "  "}}, Chapter(Fraction(0), Fraction(0), {})),
    ],
)
def test_a_chapter_may_lack_its_times_and_its_title(
    entry: dict[str, Any], chapter: Chapter
) -> None:
    assert probed(VIDEO, chapters=[entry]).chapters == (chapter,)


# --- refusals --------------------------------------------------------------------------------


def media(*, audio: bool = False, **changes: Any) -> MediaInfo:
    sound = (titles.sound(1),) if audio else ()
    return titles.media(video=(replace(titles.VIDEO, **changes),), audio=sound)


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 8192, "height": 8192},  # as many pixels as are taken
        {"width": 16384, "height": 4096},
        {"display_width": 16, "display_height": 16},
        {"frames": 2},
        {"frames": 1, "audio": True},
    ],
)
def test_a_picture_at_a_limit_is_taken(changes: dict[str, Any]) -> None:
    assert titles.refusal("a.mov", media(**changes)) is None


DAMAGED = "'a.mov' has h264 video that cannot be decoded: it is damaged"


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"width": 8192, "height": 8193}, InvalidSource, "claims pictures of 8192x8193: more"),
        ({"display_width": 15}, UnsupportedMedia, "shows 15x360 pixels: submit at least 16x16"),
        ({"display_height": 15}, UnsupportedMedia, "shows 640x15 pixels: submit at least 16x16"),
        ({"width": 0}, InvalidSource, DAMAGED),
        ({"height": 0}, InvalidSource, DAMAGED),
        ({"pix_fmt": "unknown"}, InvalidSource, DAMAGED),
        ({"frames": 1}, UnsupportedMedia, r"'a.mov' is a picture \(h264\)"),
    ],
)
def test_a_picture_beyond_a_limit_is_refused_with_its_reason(
    changes: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        check_media("a.mov", media(**changes), [])


COVER: VideoStream = replace(titles.VIDEO, disposition=Disposition(attached_pic=True))


def test_cover_art_needs_a_song_and_subtitles_need_a_film() -> None:
    assert titles.refusal("a.mp3", titles.media(video=(COVER,))) is None
    assert titles.refusal("a.mp3", titles.media(video=())) is None
    with pytest.raises(UnsupportedMedia, match="is a picture \\(cover art only\\)"):
        check_media("a.mp3", titles.media(video=(COVER,), audio=()), [])
    words = titles.media(video=(), audio=(), text=(titles.subtitles(1, "en"),))
    with pytest.raises(UnsupportedMedia, match="neither video nor audio, only subtitles: submit"):
        check_media("a.srt", words, [])
    with pytest.raises(UnsupportedMedia, match="nor audio, nothing that can be decoded: submit"):
        check_media("a.bin", replace(words, text=()), [])


def test_of_many_complaints_the_last_one_is_told() -> None:
    lines = [f"[mov @ 0x7f] [error] complaint {n}" for n in range(4)]
    assert unreadable("a", lines).message == "'a' cannot be read (complaint 3): upload it again"


def test_a_container_that_says_less_than_nothing_has_no_length() -> None:
    described = {"format": {"format_name": "asf", "duration": "-67107.321"}, "streams": []}
    assert parse_probe(json.dumps(described), 1).duration_s == 0
