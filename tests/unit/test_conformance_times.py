"""Conformance rules about times, on the very edge of what they let pass."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.facts import TextTrack
from qc.conformance import dash, iframes, playlists, segments, text
from qc.conformance.captions import CaptionCue, TextSegment
from qc.conformance.hls import Item
from qc.conformance.mpd import Mpd
from qc.conformance.presentation import Track
from qc.conformance.rule import Finding, Rule
from tests.unit import presented
from tests.unit.presented import listed, playlist, presentation, title, track


def said(rule: Rule, *tracks: Track, duration_s: str = "10") -> Finding:
    return rule.examine(presentation(*tracks), title(duration_s))


@pytest.mark.parametrize(("lasts_s", "kept"), [("9.999", 1), ("10.001", 1), ("10.0011", 0)])
def test_an_mpd_may_be_a_millisecond_off_and_must_be_static(lasts_s: str, kept: bool) -> None:
    mpd = Mpd("static", Fraction(lasts_s), Fraction(1), ())
    seen = dash.duration.examine(presentation(mpd=mpd), title("10"))
    assert (seen.seen, not seen.broken) == (f"static, {float(Fraction(lasts_s)):.6f} s", kept)
    live = dash.duration.examine(presentation(mpd=replace(mpd, mpd_type="dynamic")), title(lasts_s))
    assert live.broken == ["the MPD is dynamic"]


def test_a_timeline_may_be_a_millisecond_off_and_tells_the_first_that_is_more() -> None:
    media = presented.segments(2000, 2000, 2000)
    off = [listed("v", 2000, 2000, 2000, start=start) for start in (1, -1, 2)]
    said_of = [said(dash.timeline, track("v", media, representation=each)) for each in off]
    assert [seen.broken for seen in said_of] == [
        *([], []),
        ["v/1.m4s is listed at 0.002 s and starts at 0.000 s"],
    ]
    assert [seen.seen[0] for seen in said_of] == ["3", "3", "1"]


def test_a_timeline_is_not_held_against_what_hides_before_zero_or_is_not_there() -> None:
    primed = presented.segments(2000, 2000, start=-21)
    unlisted = track("a", primed)
    short = track("b", primed, representation=listed("b", 2000))
    right = listed("c", 1979, 2000)
    seen = said(dash.timeline, unlisted, short, track("c", primed, representation=right))
    assert (seen.broken, seen.seen) == ([], "2 segments start when the MPD says")
    late = replace(right, starts_ticks=(0, 1990))
    assert said(dash.timeline, unlisted, short, track("c", primed, representation=late)).broken


@pytest.mark.parametrize(("ticks", "broken"), [(9500, []), (9499, ["v ends 0.501 s before"])])
def test_a_representation_may_end_half_a_second_early(ticks: int, broken: list[str]) -> None:
    seen = said(dash.coverage, track("v", representation=listed("v", ticks)))
    assert [each.removesuffix(" the title") for each in seen.broken] == broken
    assert seen.seen == "1 representations reach the end of the title"


@pytest.mark.parametrize(("length_s", "kept"), [("6", True), ("6.499", True), ("6.5", False)])
def test_a_listed_duration_rounds_to_the_target_at_most(length_s: str, kept: bool) -> None:
    # RFC 8216, 4.3.3.1: rounded to the nearest integer.
    seen = said(playlists.within_target, track("v", playlist=playlist("0.25", length_s)))
    assert (not seen.broken) == kept
    short = said(playlists.within_target, track("v", playlist=playlist("0.25")))
    assert short.seen == "the longest segment lasts 0.250 s"


@pytest.mark.parametrize(("ticks", "broken"), [(6500, []), (6501, ["v/1.m4s holds 6.501 s"])])
def test_media_may_exceed_the_target_by_half_a_second(ticks: int, broken: list[str]) -> None:
    unlisted = track("u", presented.segments(9000))
    held = track("v", presented.segments(ticks, 250), playlist=playlist("6", "0.25"))
    seen = said(playlists.measured_within_target, unlisted, held)
    assert [each.removesuffix(" of media") for each in seen.broken] == broken
    short = track("v", presented.segments(250), playlist=playlist("0.25"))
    said_of_short = said(playlists.measured_within_target, short)
    assert said_of_short.seen == "the longest holds 0.250 s of media"


def test_listed_durations_may_drift_by_a_tenth_of_a_second() -> None:
    def drifted(*durations_s: str) -> Finding:
        held = track("v", presented.segments(2000, 2000), playlist=playlist(*durations_s))
        return said(playlists.true_extinf, track("u", presented.segments(9000)), held)

    kept = drifted("2.1", "1.9")
    assert (kept.broken, kept.seen) == ([], "playlists and media part by 100.0 ms at most")
    assert drifted("1.899", "2").broken == [
        "v: by 1.m4s the playlist is 0.101 s away from its media"
    ]
    assert drifted("2", "2").seen == "playlists and media part by 0.0 ms at most"
    assert said(playlists.true_extinf).seen == "playlists and media part by 0.0 ms at most"


@pytest.mark.parametrize("length_s", ["9.5", "10.5", "9.499", "10.501"])
def test_a_playlist_may_part_from_the_title_by_half_a_second(length_s: str) -> None:
    seen = said(playlists.same_range, track("v", playlist=playlist(length_s)))
    off_ms = abs(Fraction(length_s) - 10) * 1000
    assert seen.seen == f"1 playlists within {off_ms} ms of the title's 10.000 s"
    assert bool(seen.broken) == (off_ms > 500)


def test_of_two_targets_the_commoner_is_the_right_one() -> None:
    held = [
        track(f"v{n}", playlist=playlist("2", target_s=target))
        for n, target in enumerate((6, 7, 7))
    ]
    seen = said(playlists.same_target, *held)
    assert seen.broken == ["v0/playlist.m3u8 has a target of 6 s, others 7 s"]
    assert seen.seen == "7 s in all 2 playlists"


def test_an_i_frame_may_be_listed_a_tenth_of_a_second_off() -> None:
    def at(ticks: int, duration_s: str = "0.5") -> Finding:
        media = (presented.media_file("1.m4s", presented.fragment(ticks, 500)),)
        listing = playlist(duration_s, iframes_only=True)
        bare = track("u", media)
        return said(iframes.iframe_times, bare, track("v", media, iframes=listing))

    assert at(100).broken == []
    assert at(101).broken == ["v: the I-frame in 1.m4s is listed at 0.000 s and shown at 0.101 s"]
    assert at(0, "0.25").seen == "at most 0.250 s from one I-frame to the next"
    assert said(iframes.iframe_times).seen == "at most 0.000 s from one I-frame to the next"


def test_a_range_is_a_fragments_head_and_its_first_sample() -> None:
    head = presented.fragment(0, 500, 500, sizes=(40, 7), offset=60, data_offset=90)
    later = presented.fragment(1000, 500, sizes=(9,), offset=200, starts_with_sync=False)
    media = (presented.media_file("1.m4s", head, later),)

    def ranges(*found: tuple[int, int] | None) -> Finding:
        items = tuple(Item("1.m4s", Fraction(1), each) for each in found)
        listing = playlist(iframes_only=True, items=items)
        return said(iframes.iframe_ranges, track("u", media), track("v", media, iframes=listing))

    assert ranges((70, 60)) == Finding("1 ranges lead to an I-frame each", [])
    whole = "v: bytes {} of 1.m4s are not a fragment's head and its first I-frame"
    assert ranges((71, 60), None, (9, 200)).broken == [
        whole.format(each) for each in ("60 to 131", "0 to 0", "200 to 209")
    ]


@pytest.mark.parametrize(("late_ms", "kept"), [(50, True), (51, False)])
def test_tracks_start_within_a_twentieth_of_a_second(late_ms: int, kept: bool) -> None:
    early = track("a", presented.segments(2000, start=-21))
    seen = said(segments.start, early, track("v", presented.segments(2000, start=late_ms)))
    assert (not seen.broken, seen.seen) == (
        kept,
        f"2 tracks start within {late_ms}.0 ms of zero",
    )
    assert said(segments.start).seen == "0 tracks start within 0.0 ms of zero"


def nal(kind: int) -> bytes:
    return (2).to_bytes(4, "big") + bytes([0x60 | kind, 0])


@pytest.mark.parametrize("kind", range(1, 10))
def test_a_segment_starts_with_an_idr_slice_whatever_is_not_a_slice_before_it(
    kind: int, tmp_path: Path
) -> None:
    sample = nal(kind) + nal(5)  # ITU-T H.264, table 7-1: 1 to 5 are slices, 5 those of an IDR
    path = tmp_path / "1.m4s"
    path.write_bytes(sample)
    media = presented.media_file(str(path), presented.fragment(0, 40, sizes=(len(sample),)))
    assert bool(said(segments.idr_start, track("v", [media])).broken) == (kind in {1, 2, 3, 4})


@pytest.mark.parametrize(
    ("cue_s", "kept"),
    [
        (("0", "2.001"), True),
        (("0", "2.0009"), True),
        (("0", "2.0"), True),
        (("5.003", "9"), True),
        (("4.003", "9"), True),
        (("0", "0.999"), True),
        (("0", "0.998"), False),
        (("5.004", "9"), False),
    ],
)
def test_a_cue_lies_within_a_millisecond_of_its_segment(cue_s: tuple[str, str], kept: bool) -> None:
    cue = CaptionCue(Fraction(cue_s[0]), Fraction(cue_s[1]), "Hi")
    texts = (TextSegment(text.ANCHOR, (), 9), TextSegment(text.ANCHOR, (cue,), 9))
    held = track("t", kind="text", playlist=playlist("1", "4.002"), texts=texts)
    expected = replace(title(), texts=(TextTrack("t", "en", "", False, False, 1, None, ()),))
    assert (not text.cues.examine(presentation(held), expected).broken) == kept


@pytest.mark.parametrize(("lasts_s", "broken"), [("9.5", 0), ("9.499", 1)])
def test_subtitles_may_end_half_a_second_early(lasts_s: str, broken: int) -> None:
    held = track("t", kind="text", playlist=playlist(lasts_s))
    assert len(said(text.spans_title, held).broken) == broken
