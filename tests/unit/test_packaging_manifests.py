"""The manifest pass over a recorded generation, and what is damaged in what the packager wrote."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest

from farm.errors import ToolFailed
from farm.facts import PackagedTrack
from media.isobmff.boxes import DamagedFile
from media.packaging.manifests import _min_buffer_s, make_manifests
from media.packaging.rates import Rates
from media.packaging.readback import Entry, Kind, WrittenTrack, _captions, read_back
from tests.media.packaged import Made
from tests.media.recorded import unpack
from tests.unit.test_packaging_rates import segment

NS = "urn:mpeg:dash:schema:mpd:2011"


@pytest.fixture
def recorded(tmp_path: Path) -> Made:
    return unpack(tmp_path / "recorded")


def test_the_manifests_of_the_recorded_generation_are_made_again_byte_for_byte(
    recorded: Made,
) -> None:
    made = make_manifests(recorded.generation, recorded.title)
    assert {
        name: (recorded.generation / name).read_bytes() == content
        for name, content in made.files.items()
    } == dict.fromkeys(
        [
            *(f"{track.name}/playlist.m3u8" for track in made.tracks),
            *(f"{rung.name}/iframes.m3u8" for rung in recorded.title.rungs),
            *("master.m3u8", "manifest.mpd"),
        ],
        True,
    )
    assert (made.facts.hls, made.facts.dash) == ("master.m3u8", "manifest.mpd")
    facts = {fact.name: fact for fact in made.facts.tracks}
    top = facts["h264-180p"]
    size_bytes = sum(path.stat().st_size for path in (recorded.generation / top.name).glob("*.m4s"))
    assert top == PackagedTrack(
        name="h264-180p",
        kind="video",
        codecs="avc1.4d4015",
        average_bps=ceil(size_bytes * 8 / Fraction(10, 3)),
        peak_bps=361998,
        segments=4,
        duration_s=10 / 3,
    )
    text = facts["text-en"]  # of HLS, so of its WebVTT segments
    assert (text.kind, text.average_bps) == ("text", ceil((181 + 118 + 118 + 52) * 8 * 3 / 10))


@pytest.mark.parametrize(
    ("kind", "sizes", "buffer"),
    [
        ("video", [100, 100], 2.0),  # what players start with anyway
        ("video", [201, 0, 0], 2.1),  # never short
        ("audio", [250, 0, 0], 2.5),
        ("video", [301, 0, 0, 0], 3.1),
        ("text", [301, 0, 0, 0], 2.0),
    ],
)
def test_a_buffer_is_two_seconds_or_what_the_hungriest_track_needs_in_tenths(
    kind: Kind, sizes: list[int], buffer: float
) -> None:
    light = WrittenTrack("a", "video", "", 1, (1,), (segment(0, [100]),), (), (), ())
    hungry = WrittenTrack("b", kind, "", 1, (1,), (segment(0, sizes),), (), (), ())
    rates = dict.fromkeys(("a", "b"), Rates(1, 800))
    assert _min_buffer_s((light, hungry), rates) == buffer


def test_an_mpd_that_was_damaged_on_the_way_names_every_track_it_lost(recorded: Made) -> None:
    manifest = recorded.generation / "manifest.mpd"
    bare = f'<MPD xmlns="{NS}"><Representation id="a"/></MPD>'
    manifest.write_text(bare, "utf-8")
    with pytest.raises(ToolFailed, match="left out h264-72p, h264-108p, h264-180p, audio-1-stereo"):
        read_back(recorded.generation, recorded.title)


def test_a_header_that_cannot_be_read_is_the_packagers_failure(recorded: Made) -> None:
    (recorded.generation / "h264-72p" / "init.mp4").write_bytes(b"")
    with pytest.raises(ToolFailed, match=r"cannot be read back: init\.mp4 is not a readable"):
        read_back(recorded.generation, recorded.title)
    (recorded.generation / "h264-72p" / "init.mp4").unlink()
    with pytest.raises(ToolFailed, match=r"cannot be read back: .*No such file"):
        read_back(recorded.generation, recorded.title)


def test_an_entity_of_an_mpd_is_no_track(recorded: Made) -> None:
    track = '<SegmentTemplate initialization="h264-72p/init.mp4"/>'
    entity = (
        f'<!ENTITY own \'<Representation xmlns="{NS}" codecs="avc1">{track}</Representation>\'>'
    )
    mpd = f'<!DOCTYPE MPD [{entity}]><MPD xmlns="{NS}">&own;</MPD>'
    (recorded.generation / "manifest.mpd").write_text(mpd, "utf-8")
    with pytest.raises(ToolFailed, match="the packager left out h264-72p, h264-108p"):
        read_back(recorded.generation, recorded.title)


@pytest.mark.parametrize(
    ("ends_s", "last_s"),
    [
        (Fraction(5), Fraction(1)),
        (Fraction(5001, 1000), Fraction(1001, 1000)),  # a millisecond of rounding
        (Fraction(401, 100), Fraction(1, 100)),
        (Fraction(5002, 1000), None),
        (Fraction(4), None),
    ],
)
def test_the_last_caption_lasts_no_longer_than_its_own_twin(
    recorded: Made, tmp_path: Path, ends_s: Fraction, last_s: Fraction | None
) -> None:
    for number in (1, 2, 3):
        (tmp_path / f"{number}.vtt").write_bytes(bytes(10 * number))
    lengths = (Fraction(2), Fraction(2), Fraction(1))
    twins = tuple(Entry(f"{n}.m4s", 999, length_s) for n, length_s in enumerate(lengths, 1))
    title = replace(recorded.title, duration_s=ends_s)
    if last_s is None:
        with pytest.raises(DamagedFile, match="has text that does not end with the title"):
            _captions(tmp_path, twins, title)
        return
    assert _captions(tmp_path, twins, title) == (
        Entry("1.vtt", 10, Fraction(2)),
        Entry("2.vtt", 20, Fraction(2)),
        Entry("3.vtt", 30, last_s),
    )
