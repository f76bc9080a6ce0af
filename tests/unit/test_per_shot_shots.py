"""Shots as encoders can treat them, and what a chunk is encoded with."""

from __future__ import annotations

from fractions import Fraction

from farm.ladder import Chunk, Shot, Timeline, Zone
from ladders.per_shot.shots import ShotFrames, find_shots
from ladders.per_shot.zones import in_chunk
from media.graphs.codecs import CODECS
from media.graphs.devices import CPU, encoder_options
from tests.unit.pretended_title import FPS, offered

TIMELINE = Timeline(FPS, 48 * 8 + 20)
RUNG = offered().rungs[0]
SHOTS = (
    Shot(0, 96, {RUNG.name: 1.5}),
    Shot(96, 96, {}),
    Shot(192, 96, {RUNG.name: -0.75, "another": 2.0}),
    Shot(288, 116, {RUNG.name: -0.25}),
)


def test_cuts_move_to_the_nearest_gop_and_what_is_shorter_goes_with_its_neighbour() -> None:
    levels = [10.0, 10, 12, 14, 9, 9, 9, 9]
    shots = find_shots(TIMELINE, 48, (0.1, 3.9, 4.2, 8.6), levels)
    assert shots == (
        ShotFrames(0, 96, 10.0),
        ShotFrames(96, 96, 13.0),
        ShotFrames(192, 212, 9.0),  # to the end, what is less than a GOP with it
    )
    assert [shots[1].holds(frame) for frame in (95, 96, 191, 192)] == [False, True, True, False]


def test_a_title_without_cuts_or_shorter_than_a_gop_is_one_shot() -> None:
    assert find_shots(TIMELINE, 48, (), ()) == (ShotFrames(0, 404, 0.0),)
    assert find_shots(Timeline(FPS, 20), 48, (0.5,), (3.0,)) == (ShotFrames(0, 20, 3.0),)


def test_a_chunk_has_a_zone_for_each_of_its_shots_counted_from_its_own_start() -> None:
    chunk = Chunk(1, 48, 288, 40)
    assert in_chunk(RUNG, SHOTS, chunk, FPS, zoned=True).zones == (
        Zone(0, 47, 1.5),
        Zone(144, 239, -0.75),
        Zone(240, 287, -0.25),
    )
    halved = in_chunk(RUNG, SHOTS, chunk, 2 * FPS, zoned=True)
    assert halved.zones[1] == Zone(72, 119, -0.75)


def test_an_encoder_without_zones_has_the_mean_of_the_chunk_in_steps_it_takes() -> None:
    chunk = Chunk(1, 48, 288, 40)
    moved = in_chunk(RUNG, SHOTS, chunk, FPS, zoned=False)
    # (48 * 1.5 - 96 * 0.75 - 48 * 0.25) / 288, to the nearest quarter
    assert (moved.crf, moved.zones) == (RUNG.crf, ())
    assert in_chunk(RUNG, SHOTS, Chunk(0, 0, 96, 40), FPS, zoned=False).crf == RUNG.crf + 1.5
    hardest = (Shot(0, 96, {RUNG.name: -30.0}),)
    assert in_chunk(RUNG, hardest, Chunk(0, 0, 96, 0), FPS, zoned=False).crf == 8.0


def test_a_ladder_without_shots_leaves_rungs_as_they_are() -> None:
    assert in_chunk(RUNG, (), Chunk(0, 0, 96, 0), Fraction(24), zoned=True) is not None
    assert in_chunk(RUNG, (), Chunk(0, 0, 96, 0), Fraction(24), zoned=True) == RUNG
    assert in_chunk(RUNG, (), Chunk(0, 0, 96, 0), Fraction(24), zoned=False) == RUNG


def test_zones_reach_x264_and_x265_as_shares_of_bits_before_the_tail() -> None:
    chunk = Chunk(0, 0, 144, 40)
    zoned = in_chunk(RUNG, SHOTS, chunk, FPS, zoned=True)
    told = encoder_options(CODECS["h264"], CPU, zoned, range(144, 184))["x264-params"]
    assert told == (
        "stitchable=1:open-gop=0:zones=0,95,b=0.8409/144,183,q=51,subme=0,me=dia,ref=1,trellis=0"
    )
    hevc = in_chunk(
        offered("hevc").rungs[0], (Shot(0, 96, {"hevc-234p": -3.0}),), chunk, FPS, zoned=True
    )
    said = encoder_options(CODECS["hevc"], CPU, hevc, range(144, 184))["x265-params"]
    assert str(said).endswith(":zones=0,95,b=1.4142")
