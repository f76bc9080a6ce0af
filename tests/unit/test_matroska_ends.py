"""When tracks end that do not say so, by the last blocks of a file."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction

import pytest

from media.matroska import names
from media.matroska.container import read_container
from media.matroska.described import described
from media.matroska.ends import lacks_ends, last_blocks
from tests.matroska import (
    block,
    cluster,
    cue,
    element,
    endless,
    info,
    master,
    matroska_file,
    number,
    sound,
    track,
)
from tests.unit import titles

TRACKS = master(names.TRACKS, track(1, 1, "V_X"), track(2, 2, "A_X"), track(3, 17, "S_X"))
FIRST = cluster(1000, sound(1, 0, 10), sound(2, 900, 10), cue(3, 950, 10, "words"))


def ends_of(data: bytes) -> dict[int, Fraction]:
    stream = io.BytesIO(data)
    container = read_container(stream)
    assert container is not None
    return last_blocks(stream, container)


def test_the_last_cluster_tells_when_the_last_block_of_each_track_begins() -> None:
    # Coded pictures do not come in the order in which they are shown.
    last = cluster(3000, sound(1, 80, 10), cue(1, 40, 10, "picture"), sound(2, -20, 10))
    data = matroska_file(info(), TRACKS, FIRST, last, master(names.CHAPTERS))
    assert ends_of(data) == {1: Fraction(308, 100), 2: Fraction(298, 100)}


def test_clusters_that_do_not_tell_their_length_end_where_the_next_one_begins() -> None:
    scale = master(names.INFO, number(names.TIMESTAMP_SCALE, 100_000_000))
    live = [
        endless(names.CLUSTER, number(names.TIMESTAMP, at), sound(entry, 5, 10))
        for at, entry in ((0, 1), (300, 2))
    ]
    header = matroska_file().partition(b"\x18\x53\x80\x67")[0]
    data = header + endless(names.SEGMENT, scale, TRACKS, *live)
    assert ends_of(data) == {2: Fraction(61, 2)}


@pytest.mark.parametrize("after", [(), (cluster(3000), b"\x00")])
def test_without_clusters_and_in_damaged_files_nothing_is_known(after: tuple[bytes, ...]) -> None:
    assert ends_of(matroska_file(info(), TRACKS, *after)) == {}


def test_a_file_that_was_cut_short_ends_with_its_last_whole_block() -> None:
    last = cluster(3000, sound(2, 0, 10), sound(2, 100, 10))
    assert ends_of(matroska_file(info(), TRACKS, FIRST, last)[:-40]) == {2: Fraction(31, 10)}
    group = element(names.BLOCK_GROUP, element(names.BLOCK_DURATION, b"\1"))
    bare = matroska_file(info(), TRACKS, cluster(3000, group, element(0xEC, block(1, 0, b""))))
    assert ends_of(bare) == {}  # a group without a block, and what is none


def test_only_streams_that_do_not_tell_their_end_are_given_one() -> None:
    told, untold = titles.sound(0), replace(titles.sound(1), duration_s=None)
    told = replace(told, duration_s=Fraction(4))
    media = titles.media(format="matroska,webm", audio=(told, untold), video=(), text=())
    assert lacks_ends(media)
    assert not lacks_ends(replace(media, audio=(told,)))
    stream = io.BytesIO(
        matroska_file(info(), master(names.TRACKS, track(7, 2, "A_X"), track(2, 2, "A_X")))
    )
    container = read_container(stream)
    assert container is not None
    ends_s = {7: Fraction(8), 2: Fraction(9)}
    begun = replace(media, start_s=Fraction(1), duration_s=Fraction(0))
    found = described(begun, container, ends_s)
    assert [each.duration_s for each in found.audio] == [4, 9]
    assert found.duration_s == 8  # from the title's zero on
    assert described(media, container, ends_s).duration_s == media.duration_s
    assert [each.duration_s for each in described(media, container, {}).audio] == [4, None]
