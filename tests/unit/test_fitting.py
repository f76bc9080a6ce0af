"""Pictures of changing shapes in one frame: how large each is shown, and from which moment on."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.ladder import ShownShape, Treatment
from farm.mediainfo import Colour
from media.graphs.colour import BT709
from media.graphs.fitting import fitted_size
from tests.unit.test_graph_encode import SAID_709, TAGS, chain

FPS = Fraction(25)


def shape(width: int, height: int, start_s: Fraction | int = 0) -> ShownShape:
    return ShownShape(Fraction(start_s), width, height)


@pytest.mark.parametrize(
    ("shown", "frame", "size"),
    [
        ((640, 480), (1280, 720), (960, 720)),  # bars at the sides
        ((1920, 1080), (640, 480), (640, 360)),  # above and below
        ((1080, 1920), (1280, 720), (404, 720)),
        ((1920, 804), (1280, 720), (1280, 536)),
        ((320, 180), (1280, 720), (1280, 720)),  # enlarged, too
        # Of one shape up to a hundredth: no bars of a pixel.
        ((854, 480), (640, 360), (640, 360)),
        ((640, 360), (854, 480), (854, 480)),
        ((101, 100), (200, 200), (200, 200)),
        ((99, 100), (200, 200), (200, 200)),
        ((1011, 1000), (200, 200), (200, 198)),
        ((989, 1000), (200, 200), (198, 200)),
        # Even, and never empty.
        ((1000, 1), (640, 360), (640, 2)),
        ((1, 1000), (640, 360), (2, 360)),
        ((4, 3), (202, 110), (146, 110)),
    ],
)
def test_a_shape_fills_the_frame_as_far_as_it_can(
    shown: tuple[int, int], frame: tuple[int, int], size: tuple[int, int]
) -> None:
    assert fitted_size(shape(*shown), frame) == size


NARROW, WIDE = (640, 480), (1280, 720)
BROADCAST = Treatment(
    1,
    FPS,
    False,
    False,
    *(1280, 720, 1280, 720),
    BT709,
    shapes=(shape(*NARROW), shape(*WIDE, 10), shape(*NARROW, 20)),
)
STEADY = replace(BROADCAST, shapes=())


def scaled(width: str, height: str = "720", *, interl: int = 0) -> str:
    options = f"eval=frame:flags=lanczos:interl={interl}:out_range=tv"
    bars = "pad=1280:720:(ow-iw)/2:(oh-ih)/2:eval=frame"
    return f"scale={width}:{height}:{options},{bars},setsar=1"


# Half a frame early, as a picture on the timeline may be.
IN_TIME = r"960+320*gte(t\,9.980000)-320*gte(t\,19.980000)"


def test_a_change_of_shape_is_told_by_time_and_filled_up_with_bars() -> None:
    assert chain(BROADCAST) == (
        f"{SAID_709},fps=fps=25/1:start_time=0,{scaled(IN_TIME)},format=yuv420p,{TAGS}"
    )
    plain = "scale=1280:720:flags=lanczos:out_range=tv,setsar=1"
    assert chain(STEADY) == (f"{SAID_709},fps=fps=25/1:start_time=0,{plain},format=yuv420p,{TAGS}")


def test_after_a_seek_times_count_from_where_decoding_starts() -> None:
    moved = r"960+320*gte(t\,-9.020000)-320*gte(t\,0.980000)"
    assert chain(BROADCAST, start_frame=500) == (
        f"{SAID_709},fps=fps=25/1:start_time=0,trim=start_frame=25,{scaled(moved)}"
        f",format=yuv420p,setpts=N,{TAGS}"
    )


def test_only_what_changes_is_an_expression() -> None:
    upright = replace(BROADCAST, shapes=(shape(*WIDE), shape(1280, 544, Fraction(1, 2))))
    heights = r"720-176*gte(t\,0.480000)"
    assert scaled("1280", heights) in chain(upright)
    same = replace(BROADCAST, shapes=(shape(*WIDE), shape(640, 360, 4), shape(*NARROW, 8)))
    assert scaled(r"1280-320*gte(t\,7.980000)") in chain(same)


def test_half_a_frame_is_that_of_the_timeline() -> None:
    slow = replace(BROADCAST, fps=Fraction(10), shapes=BROADCAST.shapes[:2])
    assert scaled(r"960+320*gte(t\,9.950000)") in chain(slow)


DEINTERLACED = "bwdif=deint=all:mode=send_frame:parity=auto"


def test_interlaced_pictures_of_changing_size_are_evened_out_first_field_by_field() -> None:
    resized = replace(BROADCAST, resized=True, deinterlace=True)
    assert chain(resized) == (
        f"{SAID_709},{scaled(IN_TIME, interl=1)},{DEINTERLACED}"
        f",fps=fps=25/1:start_time=0,format=yuv420p,{TAGS}"
    )
    film = replace(resized, deinterlace=False, film=True)
    assert chain(film).startswith(f"{SAID_709},{scaled(IN_TIME, interl=1)},fps=fps=125/4,")
    reshaped = replace(resized, resized=False)  # of one size, they have fields of one size
    assert chain(reshaped) == (
        f"{SAID_709},{DEINTERLACED},fps=fps=25/1:start_time=0,{scaled(IN_TIME)}"
        f",format=yuv420p,{TAGS}"
    )
    progressive = replace(resized, deinterlace=False)
    assert chain(progressive) == chain(BROADCAST)


@pytest.mark.parametrize(
    ("matrix", "options"),
    [
        ("bt709", "out_color_matrix=bt709:out_range=tv"),
        ("bt2020nc", "out_color_matrix=bt2020:out_range=tv"),
        ("smpte170m", "out_color_matrix=smpte170m:out_range=tv"),
        ("fcc", "out_color_matrix=fcc:out_range=tv"),
        ("ycgco", "out_range=tv"),  # the scaler knows none of these
        ("gbr", "out_color_matrix=bt709:out_range=tv"),
    ],
)
def test_what_changes_its_colours_is_scaled_into_those_of_the_title(
    matrix: str, options: str
) -> None:
    colour = Colour("bt709", "bt709", matrix, "tv")
    recoloured = chain(replace(STEADY, recoloured=True, colour=colour))
    assert recoloured.startswith(
        f"fps=fps=25/1:start_time=0,scale=1280:720:flags=lanczos:{options},setsar=1,"
    )
    shaped = chain(replace(BROADCAST, recoloured=True, colour=colour))
    assert f":eval=frame:flags=lanczos:interl=0:{options},pad=" in shaped


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        *(("bt709", "bt709"), ("bt2020nc", "bt2020nc"), ("smpte240m", "smpte240m")),
        *(("ycgco", "bt709"), ("ictcp", "bt709"), ("bt2020c", "bt709")),
    ],
)
def test_colours_are_said_in_full_by_a_matrix_the_scaler_knows(matrix: str, said: str) -> None:
    colour = Colour("bt2020", "bt2020-10", matrix, "pc")
    assert chain(replace(STEADY, colour=colour)).startswith(
        f"setparams=color_primaries=bt2020:color_trc=bt2020-10:colorspace={said}:range=pc,fps="
    )


@pytest.mark.parametrize("matrix", [None, "gbr"])
def test_nothing_is_said_of_rgb_and_of_what_is_not_known(matrix: str | None) -> None:
    colour = Colour("bt709", "bt709", matrix, "pc")
    assert chain(replace(STEADY, colour=colour)).startswith("fps=fps=25/1:start_time=0,scale=")
