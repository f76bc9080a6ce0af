"""How HDR10 was mastered, as ffprobe says it of a stream or of its first picture."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from farm.mediainfo import Colour, ContentLight, MasteringDisplay
from media.graphs.codecs import AV1, HEVC
from media.graphs.devices import CPU, encoder_options
from media.probe.light import content_light, mastering_display
from media.probe.second_look import show_light, wants_light, with_light
from tests.unit import titles
from tests.unit.test_graph_encode import TOP

SIDE: dict[str, Any] = {
    "side_data_type": "Mastering display metadata",
    **{"red_x": "34000/50000", "red_y": "16000/50000", "green_x": "13250/50000"},
    **{"green_y": "34500/50000", "blue_x": "7500/50000", "blue_y": "3000/50000"},
    **{"white_point_x": "15635/50000", "white_point_y": "16450/50000"},
    **{"min_luminance": "50/10000", "max_luminance": "10000000/10000"},
}
LIGHT = {
    "side_data_type": "Content light level metadata",
    "max_content": 1000,
    "max_average": 400,
}
DISPLAY = MasteringDisplay(
    red=(34000, 16000),
    green=(13250, 34500),
    blue=(7500, 3000),
    white=(15635, 16450),
    max_luminance=10_000_000,
    min_luminance=50,
)


def test_a_display_and_how_bright_pictures_get_are_read() -> None:
    assert mastering_display([LIGHT, SIDE]) == DISPLAY
    assert content_light([SIDE, LIGHT]) == ContentLight(1000, 400)
    assert (mastering_display([LIGHT]), content_light([SIDE])) == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"red_x": "50001/50000"},
        {"red_x": "-1/50000"},
        {"red_x": "1/0"},
        {"red_x": "red"},
        {"max_luminance": "50/10000"},  # no brighter than it is dark
        {"max_luminance": "10001/1"},  # PQ ends there
    ],
)
def test_a_display_that_cannot_be_is_none(wrong: dict[str, str]) -> None:
    assert mastering_display([{**SIDE, **wrong}]) is None


def test_a_display_of_which_a_part_is_missing_is_none() -> None:
    assert mastering_display([{k: v for k, v in SIDE.items() if k != "white_point_x"}]) is None


@pytest.mark.parametrize("levels", [(0, 0), (65_536, 1), (-1, 5)])
def test_light_that_cannot_be_is_none(levels: tuple[int, int]) -> None:
    assert content_light([{**LIGHT, "max_content": levels[0], "max_average": levels[1]}]) is None


def test_pictures_are_asked_where_the_container_of_hdr10_says_nothing() -> None:
    pq = replace(titles.VIDEO, index=2, colour=Colour(transfer="smpte2084"))
    asked = [wants_light(each) for each in (titles.VIDEO, pq, replace(pq, mastering=DISPLAY))]
    assert asked == [False, True, False]
    args = show_light(pq).args
    assert args[args.index("-select_streams") + 1] == "2"
    first = {"frames": [{"side_data_list": [LIGHT, SIDE]}]}
    found = with_light(titles.media(video=(pq,)), json.dumps(first)).picture
    assert found == replace(pq, mastering=DISPLAY, light=ContentLight(1000, 400))
    bare = with_light(titles.media(video=(pq,)), '{"frames": []}')
    assert bare.picture == pq


def test_encoders_are_told_in_their_own_units_where_a_rung_is_hdr10() -> None:
    told = {"mastering": DISPLAY, "light": ContentLight(1000, 400)}
    hevc = replace(TOP, codec="hevc", bit_depth=10, dynamic_range="hdr10")
    options = encoder_options(HEVC, CPU, hevc, range(0), **told)  # type: ignore[arg-type]
    assert str(options["x265-params"]).endswith(
        ":hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)"
        "L(10000000,50):max-cll=1000,400"
    )
    av1 = replace(hevc, codec="av1", preset="7")
    options = encoder_options(AV1, CPU, av1, range(0), **told)  # type: ignore[arg-type]
    assert str(options["svtav1-params"]).endswith(
        ":mastering-display=G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.005)"
        ":content-light=1000,400"
    )
    for silent in (replace(hevc, dynamic_range="hlg"), replace(hevc, dynamic_range="sdr")):
        options = encoder_options(HEVC, CPU, silent, range(0), **told)  # type: ignore[arg-type]
        assert "max-cll" not in str(options["x265-params"])
