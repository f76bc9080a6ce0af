"""What key frames, and the headers before them, tell of pictures that change on the way."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from farm.command import SOURCE_GUARD, Limits, Tool
from farm.mediainfo import Colour, PictureShape
from media.probe.key_frames import FIELDS, INTRA_CODECS, list_key_frames, read_shapes
from media.probe.parameter_sets import hides_shapes, read_changes, read_shape
from tests.unit import titles

LIMITS = Limits(wall_s=7)
SECOND = Fraction(1)
PAL = Colour("bt470bg", "bt470bg", "bt470bg", "tv")


def line(at_s: object, width: object = 720, height: object = 576, **other: object) -> str:
    entries = {
        **{"best_effort_timestamp_time": at_s, "width": width, "height": height},
        **{"pix_fmt": "yuv420p", "sample_aspect_ratio": "16:11", "color_range": "tv"},
        **{"color_space": "bt470bg", "color_primaries": "bt470bg", "color_transfer": "bt470bg"},
        **other,
    }
    return "|".join(f"{key}={value}" for key, value in entries.items()) + "\n"


def shape(start_s: Fraction | int | str, **other: Any) -> PictureShape:
    pal = PictureShape(Fraction(0), 720, 576, Fraction(16, 11), "yuv420p", PAL)
    return replace(pal, start_s=Fraction(start_s), **other)


def test_pictures_that_stay_as_they_are_make_one_shape() -> None:
    lines = [line("0.000000"), line("0.480000"), line("0.960000")]
    assert read_shapes(lines, titles.media()) == (shape(0),)
    assert read_shapes([], titles.media()) == ()


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ({"width": 704}, {"width": 704}),
        ({"height": 480}, {"height": 480}),
        ({"sample_aspect_ratio": "64:45"}, {"sar": Fraction(64, 45)}),
        ({"sample_aspect_ratio": "N/A"}, {"sar": SECOND}),
        ({"sample_aspect_ratio": "0:1"}, {"sar": SECOND}),
        ({"pix_fmt": "yuv422p"}, {"pix_fmt": "yuv422p"}),
        ({"color_space": "bt709"}, {"colour": replace(PAL, matrix="bt709")}),
        ({"color_primaries": "unknown"}, {"colour": replace(PAL, primaries=None)}),
        ({"color_transfer": "bt709"}, {"colour": replace(PAL, transfer="bt709")}),
        ({"color_range": "pc"}, {"colour": replace(PAL, range="pc")}),
    ],
)
def test_any_change_begins_another_shape_and_so_does_the_way_back(
    written: dict[str, object], found: dict[str, Any]
) -> None:
    lines = [line(0), line(4, **written), line(5, **written), line(8)]
    assert read_shapes(lines, titles.media()) == (shape(0), shape(4, **found), shape(8))


def test_times_count_from_the_titles_start_in_the_order_of_showing() -> None:
    media = titles.media(start_s=Fraction(7, 5), video=(replace(titles.VIDEO, start_s=SECOND),))
    lines = [line("1.000000", 704), line("5.400000", 704), line("3.400000")]
    assert read_shapes(lines, media) == (shape(0, width=704), shape(2), shape(4, width=704))


def test_a_titles_start_is_the_grid_of_its_first_picture() -> None:
    late = replace(titles.VIDEO, start_s=Fraction(3, 100))  # 3/4 of a frame after the sound
    found = read_shapes([line("0.030000"), line("10.030000", 704)], titles.media(video=(late,)))
    assert found == (shape(0), shape(10, width=704))


@pytest.mark.parametrize(
    "unusable",
    [
        *(line("N/A", 704), line(2, "N/A"), line(2, 704, "N/A"), line(2, 0), line(2, 704, 0)),
        *("\n", "side_data_type=x\n", "best_effort_timestamp_time=2|width=704\n"),
    ],
)
def test_what_says_no_time_or_no_size_is_left_out(unusable: str) -> None:
    assert read_shapes([line(0), unusable, line(4)], titles.media()) == (shape(0),)


def test_a_frame_that_says_no_format_and_no_colours_has_none() -> None:
    bare = "best_effort_timestamp_time=0|width=720|height=576\n"
    assert read_shapes([bare], titles.media()) == (
        shape(0, sar=SECOND, pix_fmt="unknown", colour=Colour()),
    )


def test_pictures_that_are_fields_are_half_as_high_as_what_is_shown() -> None:
    woven = titles.media(video=(replace(titles.VIDEO, coded_fields="top"),))
    assert read_shapes([line(0, height=288)], woven) == (shape(0),)
    assert read_shapes([line(0)], titles.media(video=())) == (shape(0),)


# --- the look --------------------------------------------------------------------------------


def looked_at(duration_s: Fraction | int, **picture: Any) -> tuple[str, ...]:
    """Return the intervals that ffprobe is given."""
    stream = replace(titles.VIDEO, **picture)
    media = titles.media(duration_s=Fraction(duration_s), start_s=Fraction(3, 2))
    args = list_key_frames(media, stream, LIMITS).args
    if "-read_intervals" not in args:
        return ()
    return tuple(args[args.index("-read_intervals") + 1].split(","))


def test_key_frames_alone_are_decoded_and_written_down() -> None:
    command = list_key_frames(titles.media(), replace(titles.VIDEO, index=2), LIMITS)
    assert command.args == (
        *("-hide_banner", "-loglevel", "level+fatal", *SOURCE_GUARD, "-select_streams", "2"),
        *("-skip_frame", "nokey", "-skip_loop_filter", "all"),
        *("-show_entries", f"frame={FIELDS}", "-of", "compact=print_section=0"),
        *("-o", "key-frames.txt", "-i", "file:source"),
    )
    assert (command.tool, command.limits) == (Tool.FFPROBE, LIMITS)


@pytest.mark.parametrize("codec", sorted(INTRA_CODECS))
def test_of_nothing_but_key_frames_one_in_ten_seconds_is(codec: str) -> None:
    assert looked_at(10, codec=codec) == ()
    assert looked_at(25, codec=codec) == ("1.500%+#1", "11.500%+#1", "21.500%+#1")
    assert looked_at(25, codec="h264") == ()


def test_a_long_title_is_looked_at_720_times() -> None:
    assert len(looked_at(7200, codec="prores")) == 721
    longest = looked_at(14_400, codec="prores")
    assert (len(longest), longest[1], longest[-1]) == (721, "21.500%+#1", "14401.500%+#1")


# --- what a container hides ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "codec", "hidden"),
    [
        *(("mov,mp4,m4a,3gp,3g2,mj2", "h264", True), ("matroska,webm", "hevc", True)),
        *(("matroska,webm", "mpeg2video", True), ("matroska,webm", "vp9", False)),
        *(("mpegts", "h264", False), ("mpeg", "mpeg2video", False), ("hevc", "hevc", False)),
    ],
)
def test_containers_with_a_shape_of_their_own_hide_those_of_their_streams(
    form: str, codec: str, hidden: bool
) -> None:
    picture = replace(titles.VIDEO, codec=codec)
    assert hides_shapes(titles.media(format=form), picture) is hidden


HEADERS = [
    *("#software: Lavf62\n", "#tb 0: 1/12800\n", "#codec_id 0: h264\n", "#sar 0: 16/11\n", "\n"),
    *("0,    -1024,        0,      512,       33, 0x8a1c0a3f\n",),
    *("0,    25600,    25600,      512,       33, 0x8a1c0a3f\n",),
    *("0,   128000,   128512,      512,       34, 0x11110000\n",),
    *("0,   153600,   153600,      512,       34, 0x11110000, F=0x0\n",),
    *("0,   256000,   256000,      512,       33, 0x8a1c0a3f\n",),
]


def test_another_header_is_told_by_its_checksum() -> None:
    assert read_changes(HEADERS, titles.media()) == (Fraction(0), Fraction(251, 25), Fraction(20))
    assert read_changes(HEADERS[:7], titles.media()) == (Fraction(0),)
    assert read_changes([], titles.media()) == ()
    early = ["#tb 0: 1/25\n", "0, -5, -2, 1, 33, 0x1\n"]
    assert read_changes(early, titles.media()) == (Fraction(0),)


def test_sixty_four_changes_are_looked_at() -> None:
    lines = [f"0, {n}, {n}, 1, 33, {n:#x}\n" for n in range(70)]
    assert read_changes(lines, titles.media()) == tuple(Fraction(n) for n in range(64))


@pytest.mark.parametrize(
    ("text", "sar"),
    [
        ('{"streams": [{"sample_aspect_ratio": "16:11"}]}', Fraction(16, 11)),
        ('{"streams": [{"sample_aspect_ratio": "0:1"}]}', None),
        ('{"streams": [{"sample_aspect_ratio": "N/A"}]}', None),
        ('{"streams": [{}]}', None),
        ('{"streams": []}', None),
        ("{}", None),
    ],
)
def test_a_header_declares_a_shape_or_none(text: str, sar: Fraction | None) -> None:
    assert read_shape(text) == sar
