"""Which voices a title has, out of what its streams say of their channels."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from farm.mediainfo import AudioStream, Disposition, MediaInfo, SourceChannel
from farm.remarks import Remark
from planning.sound import plan_sound
from tests.unit.titles import media, plan, sound

MOV = "mov,mp4,m4a,3gp,3g2,mj2"
SAY = "say with `audio` in the request which channels make which track"
TAKEN_FOR_STEREO = f"two mono tracks of one kind were taken for left and right; {SAY}"
UNTOLD = f"mono tracks that do not tell which channel each is: each is a track; {SAY}"


def mono(index: int, layout: str = "mono", **changes: Any) -> AudioStream:
    given = replace(sound(index, 1), language="en", title=None, layout=layout)
    return replace(given, **changes)


def at(stream: int, channel: int = 0) -> SourceChannel:
    return SourceChannel(stream, channel)


def voices_of(found: MediaInfo) -> list[tuple[int, int, str, tuple[SourceChannel, ...]]]:
    voices, _ = plan_sound((), found)
    return [(voice.stream_index, voice.channels, voice.title, voice.picked) for voice in voices]


def remarks_on(found: MediaInfo) -> list[Remark]:
    return plan_sound((), found)[1]


def source(*streams: AudioStream, container: str = MOV) -> MediaInfo:
    return media(audio=streams, format=container)


@pytest.mark.parametrize("container", [MOV, "mxf"])
def test_two_mono_tracks_of_one_kind_are_left_and_right(container: str) -> None:
    found = source(mono(1), mono(2), container=container)
    assert voices_of(found) == [(1, 2, "", (at(1), at(2)))]
    assert remarks_on(found) == [Remark("audio streams 1, 2", "assumed", TAKEN_FOR_STEREO)]


@pytest.mark.parametrize(
    ("first", "second", "picked", "title"),
    [
        ("Right", "Left", (at(2), at(1)), ""),
        ("L", "R", (at(1), at(2)), ""),
        ("Channel 1", "Channel 2", (at(1), at(2)), ""),
        ("Film", "Film", (at(1), at(2)), "Film"),
    ],
)
def test_titles_that_only_tell_the_channel_part_nothing(
    first: str, second: str, picked: tuple[SourceChannel, ...], title: str
) -> None:
    found = source(mono(1, title=first), mono(2, title=second))
    assert [voice[1:] for voice in voices_of(found)] == [(2, title, picked)]


@pytest.mark.parametrize(
    "other",
    [
        mono(2, language="de"),
        mono(2, title="Commentary"),
        mono(2, disposition=Disposition(comment=True)),
        mono(2, disposition=Disposition(visual_impaired=True)),
        mono(2, disposition=Disposition(dub=True)),
        mono(2, sample_rate=44_100),
        mono(2, codec="pcm_s16le"),
        mono(2, duration_s=Fraction(30)),
        mono(2, start_s=Fraction(1)),
    ],
)
def test_mono_tracks_that_differ_stay_apart(other: AudioStream) -> None:
    found = source(mono(1), other)
    assert [picked for *_, picked in voices_of(found)] == [(), ()]
    assert remarks_on(found) == []


def test_containers_that_keep_channels_together_have_two_mono_voices_for_two_mono_tracks() -> None:
    found = source(mono(1), mono(2), container="matroska,webm")
    assert [picked for *_, picked in voices_of(found)] == [(), ()]
    assert remarks_on(found) == []


def test_more_mono_tracks_than_two_are_a_guess_that_is_left_to_the_request() -> None:
    found = source(*(mono(index) for index in range(1, 9)))
    assert voices_of(found) == [(index, 1, "", ()) for index in range(1, 9)]
    names = "audio streams 1, 2, 3, 4, 5, 6, 7, 8"
    assert remarks_on(found) == [Remark(names, "assumed", UNTOLD)]


def test_two_mono_tracks_beside_other_sound_are_not_joined() -> None:
    found = source(sound(3), mono(1), mono(2))
    assert [picked for *_, picked in voices_of(found)] == [(), (), ()]
    assert remarks_on(found) == [Remark("audio streams 1, 2", "assumed", UNTOLD)]


def test_layout_tags_join_tracks_in_any_container_and_need_no_remark() -> None:
    five = ("FL", "FR", "FC", "LFE", "SL", "SR")
    tags = [*five, "FR", "FL"]
    streams = [mono(n, f"1 channels ({tag})") for n, tag in enumerate(tags)]
    found = source(*streams, container="matroska,webm")
    assert voices_of(found) == [
        (0, 6, "", tuple(at(n) for n in range(6))),
        (7, 2, "", (at(7), at(6))),
    ]
    assert remarks_on(found) == []


def test_the_centre_of_tagged_tracks_is_what_ffmpeg_calls_mono() -> None:
    tags = ["1 channels (FL)", "1 channels (FR)", "mono", "1 channels (LFE)"]
    tags += [f"1 channels ({tag})" for tag in ("BL", "BR", "SL", "SR")]
    found = source(*(mono(n, tag) for n, tag in enumerate(tags)))
    assert voices_of(found) == [(0, 8, "", tuple(at(n) for n in range(8)))]


def test_tagged_tracks_of_two_languages_are_two_sounds() -> None:
    tagged = [mono(n, f"1 channels ({'FL' if n % 2 else 'FR'})") for n in (1, 2, 3, 4)]
    german = [replace(stream, language="de") for stream in tagged[2:]]
    found = source(*tagged[:2], *german)
    assert [picked for *_, picked in voices_of(found)] == [(at(1), at(2)), (at(3), at(4))]
    apart = source(tagged[0], german[1])
    assert [picked for *_, picked in voices_of(apart)] == [(), ()]


@pytest.mark.parametrize(
    ("channels", "layout"),
    [(8, "unknown"), (16, "16 channels"), (3, "unknown"), (4, "ambisonic 1"), (24, "22.2")],
)
def test_of_channels_nobody_names_the_first_two_are_stereo_and_the_rest_is_named(
    channels: int, layout: str
) -> None:
    found = source(replace(sound(1, channels), layout=layout))
    assert voices_of(found) == [(1, 2, "", (at(1, 0), at(1, 1)))]
    (remark,) = remarks_on(found)
    left_out = "channel 2" if channels == 3 else f"channels 2-{channels - 1}"
    assert remark == Remark(
        f"audio stream 1, {left_out}",
        "dropped",
        f"the source does not say what its {channels} channels are, or how to mix them:"
        f" the first two became stereo; {SAY}",
    )


def test_six_channels_nobody_names_are_taken_for_surround_with_a_word() -> None:
    found = source(replace(sound(1, 6), layout="unknown"))
    assert voices_of(found) == [(1, 6, "", ())]
    reason = f"it does not say what its six channels are: taken for 5.1; {SAY}"
    assert remarks_on(found) == [Remark("audio stream 1", "assumed", reason)]


@pytest.mark.parametrize(
    ("channels", "layout"),
    [(8, "7.1"), (6, "5.1(side)"), (2, "unknown"), (1, "unknown"), (3, "3 channels (FL+FR+LFE)")],
)
def test_channels_that_are_named_or_can_only_be_one_thing_are_taken_whole(
    channels: int, layout: str
) -> None:
    found = source(replace(sound(1, channels), layout=layout))
    assert voices_of(found) == [(1, channels, "", ())]
    assert remarks_on(found) == []


def test_flags_of_original_and_dub_are_roles() -> None:
    found = media(
        audio=(
            sound(1, default=True, original=True),
            sound(2, dub=True),
            sound(3, original=True),
            sound(4, dub=True, comment=True),
        )
    )
    voices, _ = plan_sound((), found)
    assert [(voice.role, voice.default) for voice in voices] == [
        *(("main", True), ("dub", False), ("original", False), ("commentary", False)),
    ]
    dubbed, _ = plan_sound((), media(audio=(sound(1, dub=True, default=True),)))
    assert [(voice.role, voice.default) for voice in dubbed] == [("dub", True)]


def test_what_is_left_out_or_assumed_goes_with_the_ladder_and_to_the_verdict() -> None:
    title = plan(found=source(mono(1), mono(2)))
    (remark,) = title.ladder.remarks
    assert remark.item == "audio streams 1, 2"
    (verify,) = (step for step in title.steps if step.kind == "verify")
    assert verify.params["ladder"]["remarks"] == [
        {
            **{"item": "audio streams 1, 2", "kind": "assumed"},
            **{"reason": TAKEN_FOR_STEREO, "streams": []},
        }
    ]
    (audio,) = (step for step in title.steps if step.kind == "audio")
    assert audio.params["picked"] == [
        {"stream_index": 1, "channel": 0},
        {"stream_index": 2, "channel": 0},
    ]
