"""What is read back of the packager's work, and what a player needs to play it in time."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.errors import ToolFailed
from farm.facts import Check
from media.isobmff.boxes import DamagedFile
from media.packaging.rates import Rates, buffer_s, measure
from media.packaging.readback import read_back
from media.packaging.title import Title
from qc.conformance.expectations import Expectations
from qc.conformance.loading import load
from qc.conformance.presentation import Presentation
from qc.conformance.rates import Load, _compare, _load
from qc.conformance.rule import Finding, Rule
from qc.conformance.segments import idr_start
from tests.media.packaged import Made
from tests.media.recorded import unpack
from tests.unit.test_packaging_rates import segment


@pytest.fixture
def recorded(tmp_path: Path) -> Made:
    return unpack(tmp_path / "recorded")


def test_every_track_is_read_back_with_its_segments_i_frames_and_captions(recorded: Made) -> None:
    tracks = {track.name: track for track in read_back(recorded.generation, recorded.title)}
    seconds = [Fraction(1)] * 3
    assert {
        name: (track.kind, track.codecs, track.timescale, track.samples)
        for name, track in tracks.items()
    } == {
        "h264-72p": ("video", "avc1.4d400a", 15360, 100),
        "h264-108p": ("video", "avc1.4d400c", 15360, 200),
        "h264-180p": ("video", "avc1.4d4015", 15360, 200),
        "audio-1-stereo": ("audio", "mp4a.40.2", 48000, 158),
        "audio-1-surround": ("audio", "mp4a.40.2", 48000, 158),
        "audio-2-stereo": ("audio", "mp4a.40.2", 48000, 158),
        "text-en": ("text", "wvtt", 1000, tracks["text-en"].samples),
        "text-en-sdh": ("text", "wvtt", 1000, tracks["text-en"].samples),
        "text-de-forced": ("text", "wvtt", 1000, tracks["text-en"].samples),
    }
    top, text = tracks["h264-180p"], tracks["text-en"]
    assert [entry.duration_s for entry in top.entries] == [*seconds, Fraction(1, 3)]
    assert [(f.uri, f.size_bytes, f.offset, f.duration_s) for f in top.iframes[:3]] == [
        ("00001.m4s", 4093, 96, Fraction(1, 2)),
        ("00001.m4s", 3693, 17298, Fraction(1, 2)),
        ("00002.m4s", 3574, 96, Fraction(1, 2)),
    ]
    assert top.hls_entries == top.entries
    assert [(e.uri, e.size_bytes, e.duration_s) for e in text.captions] == [
        ("00001.vtt", 181, Fraction(1)),
        ("00002.vtt", 118, Fraction(1)),
        ("00003.vtt", 118, Fraction(1)),
        ("00004.vtt", 52, Fraction(1, 3)),
    ]
    assert (text.hls_entries, top.captions, text.iframes) == (text.captions, (), ())


def lasting(title: Title, seconds: Fraction) -> Title:
    return replace(title, duration_s=seconds)


def test_text_ends_with_the_title_to_the_millisecond(recorded: Made) -> None:
    def last(seconds: Fraction) -> Fraction:
        tracks = read_back(recorded.generation, lasting(recorded.title, seconds))
        return tracks[-1].captions[-1].duration_s

    assert last(Fraction(4001, 1000)) == Fraction(1001, 1000)
    assert last(Fraction(3001, 1000)) == Fraction(1, 1000)
    for wrong in (Fraction(4002, 1000), Fraction(3)):
        with pytest.raises(ToolFailed, match="text-en has text that does not end with the title"):
            last(wrong)


def test_captions_are_as_many_as_their_twins(recorded: Made) -> None:
    (recorded.generation / "text-en" / "00004.vtt").unlink()
    with pytest.raises(ToolFailed, match="text-en has 3 WebVTT and 4 MP4 segments"):
        read_back(recorded.generation, recorded.title)


def test_a_track_that_was_left_out_is_named(recorded: Made) -> None:
    manifest = recorded.generation / "manifest.mpd"
    manifest.write_text(manifest.read_text("utf-8").replace("text-en/init", "text-x/init"), "utf-8")
    with pytest.raises(ToolFailed, match=r"^package: the packager left out text-en$"):
        read_back(recorded.generation, recorded.title)


# --- rates -----------------------------------------------------------------------------------


def test_a_buffer_is_measured_in_seconds_of_the_tracks_own_clock() -> None:
    segments = [segment(0, [100] * 4), segment(4, [100] * 4)]
    assert buffer_s(segments, 2, 1600) == 0.5
    assert buffer_s(segments, 1, 800) == 1.0
    late = [segment(10, [100] * 4), segment(14, [300, 0, 0, 0])]
    assert buffer_s(late, 1, 800) == 3.0


@pytest.mark.parametrize(
    ("seconds", "peak_bps"),
    [
        (Fraction(2), 4000),  # half a target counts
        (Fraction(19, 10), 1800),  # a little less does not, alone
    ],
)
def test_a_peak_lasts_half_a_target_at_least(seconds: Fraction, peak_bps: int) -> None:
    spans = [(500, Fraction(4)), (1000, seconds), (500, Fraction(4))]
    assert measure(spans, 4).peak_bps in range(peak_bps - 300, peak_bps + 300)


def test_a_peak_lasts_one_and_a_half_targets_at_most() -> None:
    spans = [(1000, Fraction(1)), (0, Fraction(5)), (1000, Fraction(1))]
    assert measure(spans, 4) == Rates(average_bps=2286, peak_bps=2286)


def test_a_load_is_measured_over_half_to_one_and_a_half_targets(tmp_path: Path) -> None:
    unpacked = unpack(tmp_path / "recorded")
    track = load(unpacked.generation).track("h264-180p")
    assert track is not None
    assert track.playlist is not None
    folder = unpacked.generation / "h264-180p"
    items = tuple(replace(item, duration_s=Fraction(1, 4)) for item in track.playlist.items)
    sizes = [(folder / item.uri).stat().st_size for item in items]
    short = _load(replace(track.playlist, items=items), sizes)
    assert short.average_bps == 8 * sum(sizes)
    assert short.peak_bps == pytest.approx(8 * sum(sizes[1:3]) / 0.5)
    nothing = replace(track.playlist, items=items[:1], target_s=9)
    assert _load(nothing, sizes[:1]) == Load(8 * sizes[0] / 0.25, 8 * sizes[0] / 0.25)


@pytest.mark.parametrize(
    ("bps", "broken", "advised"), [(1099, 0, 0), (1101, 1, 0), (901, 0, 0), (899, 0, 1)]
)
def test_a_declared_rate_is_a_tenth_off_at_most(bps: int, broken: int, advised: int) -> None:
    found = _compare([("a", {"BANDWIDTH": "1000"}, float(bps))], "BANDWIDTH")
    assert (len(found.broken), len(found.advised)) == (broken, advised)
    assert found.seen == f"1 variants, at most {abs(bps - 1000) / 10:.1f}% off"


# --- rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "advised", "outcome", "evidence"),
    [
        ([], [], "pass", "all there"),
        ([], ["a"], "warn", "a"),
        (["a"], ["b"], "fail", "a; b"),
        (["a", "b", "c"], [], "fail", "a; b; c"),
        (["a", "b"], ["c", "d"], "fail", "a; b; c; and 1 more"),
    ],
)
def test_a_rule_quotes_three_findings_and_counts_the_rest(
    recorded: Made, broken: list[str], advised: list[str], outcome: str, evidence: str
) -> None:
    def examine(_: Presentation, __: Expectations) -> Finding:
        return Finding("all there", broken, advised)

    rule = Rule("r", "title", "source", examine)
    checked = rule.check(load(recorded.generation), recorded.expected)
    assert checked == Check("r", "title", outcome, evidence, "source")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kinds", "sound"),
    [
        *(((9, 6, 5), True), ((5, 5), True), ((7, 8, 5), True), ((6, 9), False)),
        *(((other, 5), False) for other in (1, 2, 3, 4)),
    ],
)
def test_a_segment_starts_with_an_idr_slice_before_any_other(
    recorded: Made, kinds: tuple[int, ...], sound: bool
) -> None:
    presentation = load(recorded.generation)
    track = presentation.track("h264-180p")
    assert track is not None
    first = track.media[0]
    units = b"".join(b"\x00\x00\x00\x02" + bytes([0x60 | kind, 0]) for kind in kinds)
    path = recorded.generation / "made.m4s"
    path.write_bytes(units)
    fragment = first.segment.fragments[0]
    sizes = type(fragment.sizes_bytes)("Q", [len(units), *fragment.sizes_bytes[1:]])
    made = replace(fragment, data_offset=0, sizes_bytes=sizes)
    media = replace(
        first, path=path, uri="made.m4s", segment=replace(first.segment, fragments=(made,))
    )
    presentation.tracks = (replace(track, media=(media,)),)
    found = idr_start.examine(presentation, recorded.expected)
    said = f"made.m4s starts with NAL units of types {kinds}, no IDR slice"
    assert list(found.broken) == ([] if sound else [said])


def test_damage_is_told_by_its_own_error() -> None:
    assert issubclass(DamagedFile, ValueError)
