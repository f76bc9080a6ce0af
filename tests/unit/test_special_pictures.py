"""Pictures with transparency or a crooked turn, and graphs that know nothing of each other."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import ffmpeg
import pytest

from cli.request import RunOptions, job_spec
from farm.command import SOURCE_GUARD, Limits
from farm.ladder import Chunk, Timeline, Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.mediainfo import Colour
from farm.serial import from_json
from ladders.fit import fit_ladder
from media.graphs.colour import BT709, has_alpha
from media.graphs.devices import CPU
from media.graphs.encode import encode_chunk
from media.graphs.frames import extract_moment
from media.graphs.picture import SOURCE_URL, compiled_apart
from media.graphs.thumbnails import make_poster, make_sheets, plan_sheets
from planning.first import first_steps
from planning.params import AnalyzeParams
from tests.unit import titles
from tests.unit.test_graph_encode import SAID_709, TAGS, a_rung, chain
from tests.unit.test_graph_encode_colour import a_stream

FPS = Fraction(25)
TIMELINE = Timeline(FPS, 100)
PLAIN = Treatment(1, FPS, False, False, 1280, 720, 1280, 720, BT709)
AT_25 = "fps=fps=25/1:start_time=0"
SIZED = "scale=1280:720:flags=lanczos:out_range=tv,setsar=1"

# By the names of libavutil, pixdesc, of which ffprobe prints one.
TRANSPARENT = "yuva420p yuva444p12le gbrap gbrap16be rgba rgba64be bgra argb abgr ya8 ya16le pal8"
TRANSPARENT += " ayuv64le"
OPAQUE = "yuv420p yuvj420p gbrp rgb24 bgr0 0rgb nv12 gray gray16le p010le yuyv422"


@pytest.mark.parametrize("pix_fmt", TRANSPARENT.split())
def test_formats_with_a_plane_or_a_colour_of_transparency_have_alpha(pix_fmt: str) -> None:
    assert has_alpha(a_stream(640, 360, Colour(), pix_fmt))


@pytest.mark.parametrize("pix_fmt", OPAQUE.split())
def test_all_others_have_none(pix_fmt: str) -> None:
    assert not has_alpha(a_stream(640, 360, Colour(), pix_fmt))


def test_what_is_transparent_is_shown_on_black_before_anything_mixes_with_it() -> None:
    deinterlaced = replace(PLAIN, alpha=True, deinterlace=True)
    assert chain(replace(PLAIN, alpha=True)) == (
        f"{SAID_709},premultiply=inplace=1,{AT_25},{SIZED},format=yuv420p,{TAGS}"
    )
    assert chain(deinterlaced).startswith(f"{SAID_709},premultiply=inplace=1,bwdif=")
    rgb = replace(PLAIN, alpha=True, colour=Colour("bt709", "bt709", "gbr", "pc"))
    assert chain(rgb).startswith(f"format=gbrap,premultiply=inplace=1,{AT_25},scale=")
    assert "premultiply" not in chain(PLAIN)


# --- crooked turns ---------------------------------------------------------------------------


@pytest.mark.parametrize("upright", [True, False])
def test_a_picture_without_a_turn_is_taken_as_it_is_stored(upright: bool) -> None:
    treatment = replace(PLAIN, upright=upright)
    rung = a_rung(360, FPS)
    sheets = plan_sheets(treatment, TIMELINE)
    shown = {"rendition_name": "r.mp4", "size": (640, 360), "to": ("a.jpg", "b.jpg")}
    made = [
        encode_chunk(treatment, TIMELINE, Chunk(0, 0, 100, 0), [rung], CPU),
        make_poster(treatment, 50, Limits()),
        make_sheets(treatment, TIMELINE, sheets, "all", Limits()),
        extract_moment(rung, treatment, 9, **shown),  # type: ignore[arg-type]
    ]
    for command in made:
        opened = command.args[: command.args.index(SOURCE_URL)]
        assert ("-noautorotate" in opened) is upright


# --- graphs apart ----------------------------------------------------------------------------


def outputs(*streams: int) -> list[ffmpeg.Stream]:
    """Return a graph of two filters over each of the streams."""
    source = ffmpeg.input(SOURCE_URL)
    return [
        ffmpeg.output(source[str(n)].filter("anull").filter("apad"), f"{n}.txt", format="null")
        for n in streams
    ]


def test_each_graph_has_labels_of_its_own_and_the_source_is_opened_once() -> None:
    assert compiled_apart(outputs(1, 2, 3), "-noautorotate") == (
        *(*SOURCE_GUARD, "-reinit_filter:v", "0", "-noautorotate", "-i", "file:source"),
        *("-filter_complex", "[0:1]anull[s0];[s0]apad[s1]", "-map", "[s1]", "-f", "null", "1.txt"),
        *("-filter_complex", "[0:2]anull[g1s0];[g1s0]apad[g1s1]", "-map", "[g1s1]"),
        *("-f", "null", "2.txt"),
        *("-filter_complex", "[0:3]anull[g2s0];[g2s0]apad[g2s1]", "-map", "[g2s1]"),
        *("-f", "null", "3.txt"),
    )
    assert compiled_apart(outputs(4)) == (
        *(*SOURCE_GUARD, "-reinit_filter:v", "0", "-i", "file:source"),
        *("-filter_complex", "[0:4]anull[s0];[s0]apad[s1]", "-map", "[s1]", "-f", "null", "4.txt"),
    )


# --- frames or fields ------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["frame", "field"])
def test_what_becomes_a_picture_is_asked_for_and_told_to_analysis(wanted: str) -> None:
    assert job_spec(RunOptions("a.mp4", "out", deinterlace=wanted)).deinterlace == wanted
    analyze = next(s for s in first_steps(titles.spec(deinterlace=wanted)) if s.key == "analyze")
    params = from_json(AnalyzeParams, analyze.params)
    assert (params.allow_partial, params.deinterlace) == (False, wanted)


# --- half the rate ---------------------------------------------------------------------------

SMALL = LadderPolicy(
    name="small",
    rungs=(PolicyRung(width=640, height=360, max_bps=900_000, crf=24, half_rate=True),),
)


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (Fraction(30), Fraction(30)),
        (Fraction(303, 10), Fraction(303, 10)),  # a camera's clock that is a hundredth fast
        (Fraction(304, 10), Fraction(152, 10)),
        (Fraction(50), Fraction(25)),
    ],
)
def test_what_is_hardly_above_30_frames_a_second_is_not_halved(
    fps: Fraction, rate: Fraction
) -> None:
    ladder = fit_ladder(SMALL, replace(PLAIN, fps=fps))
    assert [rung.fps for rung in ladder.rungs] == [rate]
