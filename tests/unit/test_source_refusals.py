"""Sources that are told apart by a word of their headers: whose fault it is, and what is taken."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from farm.command import SOURCE_GUARD, Tool
from farm.errors import InvalidSource, ReelFarmError, ToolFailed, UnsupportedMedia
from farm.facts import Analysis
from farm.ladder import Timeline
from farm.mediainfo import Colour, DolbyVision, MediaInfo
from media.probe.second_look import (
    are_encrypted,
    as_described,
    describe_first_picture,
    is_undescribed,
    may_be_encrypted,
    show_first_packets,
)
from media.probe.streams import video_stream
from planning.params import AnalyzeParams
from tests.unit import titles
from tests.unit.titles import refusal
from workers.steps.analyze import _check, _undecodable
from workers.steps.contract import StepContext

# --- Dolby Vision ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "compatible_with", "name"),
    [(4, 0, "4"), (5, 0, "5"), (7, 6, "7"), (8, 1, "8.1"), (8, 4, "8.4"), (10, 0, "10.0")],
)
def test_a_configuration_record_is_read_and_named(
    profile: int, compatible_with: int, name: str
) -> None:
    record = {
        **{"side_data_type": "DOVI configuration record", "dv_profile": profile},
        **{"dv_bl_signal_compatibility_id": compatible_with, "dv_level": 6},
    }
    other = {"side_data_type": "Other", "dv_profile": 5}
    found = video_stream({"index": 0, "side_data_list": [other, record]}).dolby_vision
    assert found == DolbyVision(profile, compatible_with)
    assert found.name == name


def test_a_record_that_lacks_its_numbers_has_zeros_and_without_a_record_there_is_none() -> None:
    bare = {"side_data_type": "DOVI configuration record"}
    assert video_stream({"index": 0, "side_data_list": [bare]}).dolby_vision == DolbyVision(0, 0)
    assert video_stream({"index": 0}).dolby_vision is None


@pytest.mark.parametrize(
    ("profile", "compatible_with", "taken"),
    [
        *((5, 0, False), (10, 0, False), (8, 0, False)),
        *((7, 6, True), (8, 1, True), (8, 2, True), (8, 4, True), (10, 1, True), (10, 4, True)),
        *((4, 0, True), (2, 0, True)),  # a base layer for everyone, by definition
    ],
)
def test_dolby_vision_is_taken_by_a_base_layer_that_can_be_shown(
    profile: int, compatible_with: int, taken: bool
) -> None:
    vision = DolbyVision(profile, compatible_with)
    media = titles.media(video=(replace(titles.VIDEO, dolby_vision=vision),))
    assert refusal("a.mp4", media) == (
        None
        if taken
        else f"'a.mp4' is Dolby Vision of profile {profile}, which has no base layer that can be"
        " shown without its metadata: export it as HDR10, HLG, or profile 8"
    )


# --- encryption ------------------------------------------------------------------------------


def packets(*kinds: str) -> dict[str, Any]:
    sides = [{"side_data_type": kind} for kind in kinds]
    return {"packets": [{"stream_index": 0}, {"stream_index": 0, "side_data_list": sides}]}


@pytest.mark.parametrize(
    ("answer", "encrypted"),
    [
        (packets("Encryption info"), True),
        (packets("Skip Samples", "Encryption info"), True),
        (packets("Skip Samples", "Encryption initialization data"), False),
        (packets(), False),
        ({}, False),
    ],
)
def test_the_first_packets_say_that_a_source_is_encrypted(
    answer: dict[str, Any], encrypted: bool
) -> None:
    assert are_encrypted(json.dumps(answer)) is encrypted


def test_a_few_packets_of_containers_that_may_be_encrypted_are_probed() -> None:
    args = show_first_packets().args
    assert "-show_packets" in args
    assert args[args.index("-read_intervals") + 1] == "%+#8"
    assert may_be_encrypted(titles.media(format="mov,mp4,m4a"))
    assert not may_be_encrypted(titles.media(format="matroska,webm"))


def test_what_is_encrypted_is_refused_before_anything_else_is_said_of_it() -> None:
    undecodable = replace(titles.VIDEO, pix_fmt="unknown")
    media = titles.media(encrypted=True, video=(undecodable,), unknown_audio=(1,))
    assert refusal("a.mp4", media) == (
        "'a.mp4' is encrypted, and there is no key for it here: submit it decrypted"
    )
    assert refusal("a.mp4", titles.media(encrypted=False)) is None


SHOWINFO = """\
[Parsed_showinfo_0 @ 0x5] [info] config in time_base: 1/12800, frame_rate: 25/1
[Parsed_showinfo_0 @ 0x5] [info] n:   0 pts:      0 pts_time:0       duration:    512 \
duration_time:0.04    fmt:rgba64be cl:unspecified sar:1/1 s:320x180 i:P iskey:1 type:I
[Parsed_showinfo_0 @ 0x5] [info] color_range:pc color_space:gbr color_primaries:bt709 \
color_trc:iec61966-2-1 alpha_mode:straight
"""


def test_pictures_that_only_ffprobe_cannot_decode_are_what_ffmpeg_decodes() -> None:
    png = replace(titles.VIDEO, index=3, codec="png", pix_fmt="unknown")
    assert is_undescribed(png)
    assert not is_undescribed(titles.VIDEO)
    assert not is_undescribed(replace(png, width=0))
    media = titles.media(video=(png,))
    found = as_described(media, SHOWINFO).picture
    assert found is not None
    assert (found.pix_fmt, found.bit_depth) == ("rgba64be", 16)
    assert found.colour == Colour("bt709", "iec61966-2-1", "gbr", "pc")
    assert (found.width, found.frame_rate) == (png.width, png.frame_rate)
    assert as_described(media, "[error] no such decoder") == media
    command = describe_first_picture(png)
    assert command.tool == Tool.FFMPEG
    at = command.args.index("file:source")
    assert command.args[at - 1 - len(SOURCE_GUARD) : at - 1] == SOURCE_GUARD
    assert command.args[at + 1 : at + 3] == ("-map", "0:3")
    assert refusal("a.mov", media) == (
        "'a.mov' has png video that cannot be decoded: it is damaged, encrypted or of an unknown"
        " kind; export it again"
    )


# --- what ended the analysis -----------------------------------------------------------------

DAMAGED = "'a.mp4' cannot be decoded: most of its media is damaged; upload it again"
UNSEEN = "'a.mp4' cannot be decoded: not a moment of it; upload it again"
RATE = "[dec:h264 @ 0x5] [error] Decode error rate 0.9 exceeds maximum 0.666667"
FORMAT = "[graph 0 @ 0x5] [error] Cannot determine format of input 0:0 after EOF"
UNOPENED = "[in#0 @ 0x5] [error] Error opening input: Invalid data found when processing input"
NOTHING = "[vost#0:0 @ 0x5] [error] Filtergraph received no packets"
FILTERING = "[fc#0 @ 0x5] [error] Error while filtering: Invalid argument"
CONVERTING = "[fc#0 @ 0x5] [error] Impossible to convert between the formats supported"
REBUILDING = "[fc#0 @ 0x5] [error] Error reinitializing filters!"
FULL = "[out#0 @ 0x5] [error] Error writing trailer: No space left on device"


def failure(*lines: str) -> ToolFailed:
    return ToolFailed("ffmpeg ended with 69", stderr=list(lines), exit_code=69)


@pytest.mark.parametrize(
    ("said", "message"), [(RATE, DAMAGED), (UNOPENED, UNSEEN), (FORMAT, UNSEEN), (NOTHING, UNSEEN)]
)
def test_media_that_ends_its_decoder_is_damaged_or_nothing_of_it_is_seen(
    said: str, message: str
) -> None:
    refused = _undecodable("a.mp4", failure("[error] before", said))
    assert (type(refused), refused.message) == (InvalidSource, message)
    assert refused.detail == {"stderr": ["[error] before", said], "exit_code": 69}


@pytest.mark.parametrize(
    "lines",
    [
        *((FILTERING,), (CONVERTING,), (REBUILDING,), (FULL,), ()),
        # Streams without packets follow from filters that gave up.
        *((FILTERING, NOTHING), (NOTHING, CONVERTING), (RATE, REBUILDING), (FORMAT, FILTERING)),
    ],
)
def test_filters_that_give_up_and_machines_that_fail_are_our_own(lines: tuple[str, ...]) -> None:
    failed = failure(*lines)
    assert _undecodable("a.mp4", failed) is failed


def test_a_failure_that_says_nothing_is_the_machines() -> None:
    silent = ToolFailed("ffmpeg ended with 69")
    assert _undecodable("a.mp4", silent) is silent
    odd = ToolFailed("ffmpeg ended with 69", stderr=RATE)
    assert _undecodable("a.mp4", odd) is odd


# --- what is too little ----------------------------------------------------------------------


def checked(media: MediaInfo, seen: Analysis) -> str | None:
    """Return the sentence that refuses what analysis saw, None where it is taken."""
    context = SimpleNamespace(
        spec=titles.spec(), params=AnalyzeParams(allow_partial=False), scratch=Path("/nowhere")
    )
    try:
        _check(cast(StepContext[AnalyzeParams], context), media, seen)
    except ReelFarmError as error:
        assert isinstance(error, UnsupportedMedia)
        return error.message
    return None


@pytest.mark.parametrize(
    ("frames", "audio", "taken"),
    [(1, True, True), (1, False, False), (2, False, True), (2, True, True)],
)
def test_one_picture_is_a_still_for_its_sound_and_no_film_without(
    frames: int, audio: bool, taken: bool
) -> None:
    media = titles.media() if audio else titles.media(audio=())
    said = checked(media, titles.analysis(timeline=Timeline(titles.FPS, frames)))
    assert said == (
        None
        if taken
        else f"{titles.spec().source!r} is a picture (a single frame): submit a video or audio file"
    )
