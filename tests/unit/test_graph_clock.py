"""From a frame to where its decoding starts: prerolls, whole milliseconds, seeks and sizes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.ladder import Timeline, Treatment
from farm.mediainfo import Colour, MediaInfo
from media.graphs.clock import clock_options, explicit_start, seeks_blindly
from media.graphs.colour import BT709
from media.graphs.measure import Judged, all_frames, score
from media.graphs.picture import picture_size, source_options
from media.graphs.scoring import HowScored
from tests.unit.test_graph_encode import TAGS, chain
from tests.unit.test_graph_measure import a_rung

FPS = Fraction(25)  # each of its frames starts at a whole millisecond
PLAIN = Treatment(1, FPS, False, False, 1920, 1080, 1280, 720, BT709, preroll_s=0)
SAID = "setparams=color_primaries={}:color_trc={}:colorspace={}:range=tv"
SAID_709 = SAID.format("bt709", "bt709", "bt709")
SIZED = "scale=1280:720:flags=lanczos:out_range=tv,setsar=1"


@pytest.mark.parametrize(
    ("fps", "preroll_s", "start_frame", "options"),
    [
        (FPS, 0, 0, ()),
        (FPS, 0, 1, ("-ss", "0.040000")),
        (FPS, 1, 25, ()),
        (FPS, 1, 26, ("-ss", "0.040000")),
        (FPS, 3, 100, ("-ss", "1.000000")),
        (Fraction(60), 0, 2, ()),  # at 60 fps every third frame is on a millisecond
        (Fraction(60), 0, 3, ("-ss", "0.050000")),
        (Fraction(60), 0, 5, ("-ss", "0.050000")),
        (Fraction(239, 10), 1, 500, ("-ss", "10.000000")),  # one in ten seconds is
        (Fraction(263, 11), 1, 500, ("-ss", "19.908745")),  # one in eleven seconds: given up
    ],
)
def test_decoding_starts_a_preroll_early_and_on_a_millisecond_met_every_ten_seconds(
    fps: Fraction, preroll_s: int, start_frame: int, options: tuple[str, ...]
) -> None:
    treatment = replace(PLAIN, fps=fps, preroll_s=preroll_s)
    assert source_options(treatment, start_frame) == options


def test_what_is_decoded_from_its_own_frame_on_is_not_cut() -> None:
    assert chain(PLAIN) == f"{SAID_709},fps=fps=25/1:start_time=0,{SIZED},format=yuv420p,{TAGS}"
    assert "trim" not in chain(PLAIN, start_frame=100)
    assert "trim=start_frame=2," in chain(replace(PLAIN, fps=Fraction(60)), start_frame=5)
    assert ",setpts=N," in chain(PLAIN, start_frame=1)


def test_a_graph_over_a_whole_title_seeks_nowhere() -> None:
    timeline, rung = Timeline(FPS, 100), a_rung(FPS)
    args = score(
        [Judged(0, rung, all_frames(rung, timeline))],
        PLAIN,
        timeline,
        HowScored((640, 360), "vmaf_v0.6.1"),
    ).args
    assert "-ss" not in args


def test_after_a_seek_the_clock_counts_from_there() -> None:
    broadcast = replace(PLAIN, start_s=Fraction(7, 5))
    assert source_options(broadcast, 50) == ("-copyts", "-ss", "2.000000")
    assert chain(broadcast, start_frame=50).startswith(
        f"setpts=round(PTS-(17/5)/TB),{SAID_709},fps="
    )
    assert clock_options(Fraction(0)) == ("-copyts",)  # a start at zero is a start
    at_zero = replace(PLAIN, start_s=Fraction(0))
    assert chain(at_zero).startswith(f"setpts=round(PTS-(0/1)/TB),{SAID_709},fps=")


@pytest.mark.parametrize(
    ("name", "rebased", "blind"),
    [("mpegts", True, True), ("mpeg", True, True), ("ogg", True, False), ("avi", False, False)],
)
def test_formats_whose_timestamps_may_jump_are_known(name: str, rebased: bool, blind: bool) -> None:
    media = MediaInfo(f"x,{name}", 1, Fraction(5), Fraction(9), (), (), (), ())
    assert (explicit_start(media), seeks_blindly(media)) == (
        Fraction(5) if rebased else None,
        blind,
    )


@pytest.mark.parametrize(
    ("shown", "planned", "size"),
    [
        ((1, 1), (None, None), (2, 2)),
        ((2, 3), (None, None), (2, 2)),
        ((5, 4), (None, None), (4, 4)),
        ((641, 361), (None, None), (640, 360)),
        ((641, 361), (320, None), (320, 360)),
        ((641, 361), (None, 180), (640, 180)),
    ],
)
def test_pictures_are_even_and_never_empty(
    shown: tuple[int, int], planned: tuple[int | None, int | None], size: tuple[int, int]
) -> None:
    width, height = planned
    treatment = replace(PLAIN, picture_width=width, picture_height=height)
    shaped = replace(treatment, display_width=shown[0], display_height=shown[1])
    assert picture_size(shaped) == size


# --- colours on their way --------------------------------------------------------------------

TO_709 = "zscale=dither=ordered:matrix=bt709:matrixin={}:primaries=bt709:primariesin={}"
TO_709 += ":range=limited:rangein=limited:transfer=bt709:transferin={}"


@pytest.mark.parametrize(
    "colour",
    [
        Colour("bt2020", "bt2020-10", "bt2020nc", "tv"),
        Colour("bt2020", "bt709", "bt709", "tv"),
        Colour("bt709", "smpte240m", "smpte240m", "tv"),
    ],
)
def test_wide_colours_that_are_no_hdr_are_converted_at_ten_bits(colour: Colour) -> None:
    converted = TO_709.format(colour.matrix, colour.primaries, colour.transfer)
    said = SAID.format(colour.primaries, colour.transfer, colour.matrix)
    assert chain(replace(PLAIN, colour=colour)) == (
        f"{said},fps=fps=25/1:start_time=0,{SIZED},format=yuv420p10le,{converted},format=yuv420p,{TAGS}"
    )


@pytest.mark.parametrize(
    ("colour", "read_as"),
    [
        (Colour(), "matrixin=bt2020nc:npl=100:primariesin=bt2020:rangein=limited"),
        (Colour("bt709"), "matrixin=bt2020nc:npl=100:primariesin=bt709:rangein=limited"),
        (Colour(None, None, "gbr"), "matrixin=bt709:npl=100:primariesin=bt2020:rangein=limited"),
        (Colour(None, None, "ictcp"), "matrixin=ictcp:npl=100:primariesin=bt2020:rangein=limited"),
    ],
)
def test_hdr_that_leaves_colours_open_is_read_as_pq_in_bt2020(colour: Colour, read_as: str) -> None:
    filters = chain(replace(PLAIN, tone_map=True, colour=colour))
    assert f"zscale={read_as}:transfer=linear:transferin=smpte2084" in filters
    hlg = replace(PLAIN, tone_map=True, colour=replace(colour, transfer="arib-std-b67"))
    assert f"zscale={read_as}:transfer=linear:transferin=arib-std-b67" in chain(hlg)


@pytest.mark.parametrize(
    ("colour", "tagged"),
    [
        (Colour(None, None, "smpte170m"), ("bt709", "bt709", "smpte170m")),
        (Colour("smpte170m", None, "bt470bg"), ("smpte170m", "bt709", "bt470bg")),
        (Colour("bt470bg", "iec61966-2-1", "gbr"), ("bt470bg", "iec61966-2-1", "bt709")),
        (Colour("bt470bg", "bt470bg", "bt709"), ("bt470bg", "bt709", "bt709")),
        (Colour("smpte170m", "smpte170m", None), ("bt709", "bt709", "bt709")),
    ],
)
def test_every_picture_is_tagged_with_colours_that_players_know(
    colour: Colour, tagged: tuple[str, str, str]
) -> None:
    primaries, transfer, matrix = tagged
    filters = chain(replace(PLAIN, colour=colour))
    assert "zscale" not in filters
    assert filters.endswith(
        f"setparams=color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}"
        ":field_mode=prog:range=tv"
    )
    assert ("out_color_matrix=bt709" in filters) is (colour.matrix == "gbr")
