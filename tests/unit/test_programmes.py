"""A transport stream of several programmes makes a title of one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.errors import InvalidSpec
from farm.mediainfo import AudioStream, MediaInfo, Programme, TextStream, VideoStream
from farm.remarks import Remark
from media.probe.programmes import of_programme, programmes_left_out, read_programmes
from tests.unit.titles import VIDEO, media, plan, sound, subtitles

RADIO, NEWS, FILM = (
    Programme(5, "Radio", (1,)),
    Programme(9, "News", (3, 4, 6)),
    Programme(2, "", (7, 8)),
)


def source(*programmes: Programme) -> MediaInfo:
    late = replace(VIDEO, index=3, start_s=Fraction(3), duration_s=Fraction(10))
    return media(
        format="mpegts",
        start_s=Fraction(1),
        duration_s=Fraction(40),
        video=(late, replace(VIDEO, index=7)),
        audio=(sound(1), replace(sound(4), start_s=Fraction(2)), sound(8)),
        text=(subtitles(6, "en"),),
        unknown_audio=(9,),
        programmes=programmes,
    )


def streams_of(found: MediaInfo) -> list[int]:
    streams: tuple[VideoStream | AudioStream | TextStream, ...]
    streams = (*found.video, *found.audio, *found.text)
    return [stream.index for stream in streams]


def test_the_first_programme_with_a_picture_is_taken_on_a_clock_of_its_own() -> None:
    taken = of_programme(source(RADIO, NEWS, FILM), None)
    assert taken.programme == 9
    assert streams_of(taken) == [3, 4, 6]
    assert (taken.start_s, taken.duration_s) == (Fraction(2), Fraction(40))
    assert taken.unknown_audio == ()
    assert programmes_left_out(taken) == [
        Remark(
            f"programme {name}",
            "dropped",
            f"the title is made of programme 9: program {number} makes one of this",
            streams,
        )
        for name, number, streams in (("5 ('Radio')", 5, (1,)), ("2", 2, (7, 8)))
    ]
    assert plan(found=taken).ladder.remarks[0].item == "programme 5 ('Radio')"


@pytest.mark.parametrize(("wanted", "streams"), [(5, [1]), (9, [3, 4, 6]), (2, [7, 8])])
def test_the_programme_that_is_asked_for_is_taken(wanted: int, streams: list[int]) -> None:
    assert streams_of(of_programme(source(RADIO, NEWS, FILM), wanted)) == streams


def test_without_pictures_the_first_programme_with_sound_is_taken() -> None:
    heard = replace(source(Programme(1, "Data", (6,)), RADIO), video=())
    assert of_programme(heard, None).programme == 5


def test_a_single_programme_changes_nothing() -> None:
    found = source(NEWS)
    assert of_programme(found, None) is found
    assert of_programme(found, 9) is found
    assert programmes_left_out(found) == []


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (
            source(RADIO, FILM),
            "program 7: the source has no such programme: choose from 5 ('Radio'), 2",
        ),
        (source(), "program 7: the source has no programmes: leave it out"),
    ],
)
def test_a_programme_that_is_not_there_is_refused(found: MediaInfo, message: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        of_programme(found, 7)
    assert refused.value.message == message


def test_ffprobes_list_of_programmes_is_read_without_those_that_have_no_streams() -> None:
    named = {"program_num": 1, "tags": {"service_name": " One "}, "streams": [{"index": 0}]}
    bare = {"program_num": 2, "streams": [{"index": 2}, {"index": 3}]}
    guide = {"program_num": 3, "tags": {}, "streams": []}
    assert read_programmes({"programs": [named, bare, guide]}) == (
        Programme(1, "One", (0,)),
        Programme(2, "", (2, 3)),
    )
    assert read_programmes({}) == ()
