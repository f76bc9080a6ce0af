"""How chunks are joined, and how a rendition is judged."""

from __future__ import annotations

import pytest

from media.graphs.stitch import (
    concat_list,
    frame_ticks,
    join_chunks,
    list_packets,
    part_name,
    read_packets,
    timeline_faults,
)
from tests.unit.test_graph_encode import LOW, TIMELINE, option


def test_chunks_are_joined_by_names_of_ours_back_onto_the_frame_grid() -> None:
    names = [part_name(0), part_name(1)]
    assert concat_list(names) == "ffconcat version 1.0\nfile chunk-0000.mp4\nfile chunk-0001.mp4\n"
    args = join_chunks(LOW, TIMELINE).args
    assert frame_ticks(LOW, TIMELINE) == 2000
    assert option(args, "-bsf:v") == "setts=pts=round(PTS/2000)*2000:dts=round(DTS/2000)*2000"
    assert option(args, "-i") == "file:chunks.ffconcat"
    assert args[-1] == "file:video.mp4"


def test_packets_are_listed_without_decoding() -> None:
    assert list_packets("video.mp4", "check").args == (
        *("-v", "error", "-protocol_whitelist", "file", "-select_streams", "v:0"),
        *("-show_entries", "packet=pts,dts,flags", "-of", "csv=print_section=0"),
        *("-o", "packets.csv", "file:video.mp4"),
    )


GOOD = [
    *("0,-1000,K__", "2000,0,___", "1000,1000,___"),
    *("3000,2000,K__", "5000,3000,___", "4000,4000,___", ""),
]


def test_a_rendition_on_its_grid_has_no_faults() -> None:
    assert timeline_faults(read_packets(GOOD), 6, 1000, 3) == []


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        (
            [*GOOD[:4], "4000,3000,___"],
            ["5 frames instead of 6"],
        ),
        (
            [*GOOD[:4], "5000,3000,___", "4010,4000,___"],
            ["1 of 6 frames off the grid, first frame 4 at tick 4010 not 4000"],
        ),
        (
            ["0,-1000,K__", "1000,0,K__", "2000,1000,___", *GOOD[3:]],
            ["unexpected key frame at frame 1"],
        ),
        (
            [line.replace("K", "_") if "3000" in line else line for line in GOOD],
            ["no key frame at frame 3"],
        ),
        (
            [*GOOD[:3], "3000,1000,K__", *GOOD[4:]],
            ["decode times that do not rise at frame 3"],
        ),
        (
            [*GOOD[:4], "5000,4000,___", "4000,4500,___"],
            ["decoded after it is shown: frame 4"],
        ),
    ],
)
def test_every_fault_of_a_rendition_is_named(lines: list[str], faults: list[str]) -> None:
    assert timeline_faults(read_packets(lines), 6, 1000, 3) == faults


@pytest.mark.parametrize("line", ["N/A,0,K__", "0,N/A,K__", "0,K__"])
def test_what_is_no_packet_list_is_not_read_as_one(line: str) -> None:
    with pytest.raises(ValueError, match=f"not a packet: {line!r}"):
        read_packets([line])
