"""The analysis at its limits: small pictures, slow rates, files that lack entries."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import Limits
from farm.facts import Loudness
from farm.mediainfo import MediaInfo
from media.graphs.analyze import analyze_source
from media.graphs.analyze_output import read_analysis
from media.graphs.loudness import gated, loudness_range, read_loudness
from media.graphs.metadata import read_frames, read_values
from tests.unit.test_analyze_graph import graph_of
from tests.unit.test_analyze_output import PARTIAL, declaring, findings, frame
from tests.unit.test_probe import recorded

__all__ = ["findings"]  # a fixture


def seen(**changes: object) -> list[str]:
    """Return the filters over the picture of a film, without their labels."""
    film = recorded("film")
    picture = replace(film.video[0], **changes)  # type: ignore[arg-type]
    graph = graph_of(analyze_source(replace(film, video=(picture,)), Limits()).args)
    return [part.rpartition("]")[0].rpartition("[")[0].partition("]")[2] for part in graph]


@pytest.mark.parametrize(
    ("stored", "small"),
    [
        ((1920, 1080), (320, 180)),
        ((322, 200), (320, 198)),
        ((320, 200), (320, 200)),
        ((319, 201), (318, 200)),
        ((17, 17), (16, 16)),
        ((16, 16), (16, 16)),
        ((14, 40), (16, 46)),  # a format of narrow pixels
        ((18, 18), (18, 18)),
        ((2000, 20), (320, 16)),
        ((2000, 110), (320, 18)),
        ((100, 1000), (100, 1000)),
        ((640, 1280), (320, 640)),
    ],
)
def test_pictures_are_looked_at_320_wide_and_even_and_16_at_least(
    stored: tuple[int, int], small: tuple[int, int]
) -> None:
    filters = seen(width=stored[0], height=stored[1])
    assert f"scale={small[0]}:{small[1]}:flags=area" in filters


@pytest.mark.parametrize(
    ("fps", "every"),
    [
        (Fraction(1), 2),
        (Fraction(4), 2),
        (Fraction(5), 3),
        (Fraction(24000, 1001), 12),
        (Fraction(25), 13),
        (Fraction(60), 30),
    ],
)
def test_samples_are_half_a_second_apart_and_never_every_frame(fps: Fraction, every: int) -> None:
    filters = seen(frame_rate=fps)
    assert rf"metadata=print:enable=not(mod(n\,{every})):file=crop.txt" in filters
    assert rf"metadata=print:enable=not(mod(n\,{every})):file=fields.txt" in filters
    assert rf"select=lt(mod(n\,{every})\,2)" in filters


@pytest.mark.parametrize(("seconds", "every"), [(0, 12), (2000, 12), (2001, 13), (4000, 24)])
def test_four_thousand_samples_are_taken_at_most(seconds: int, every: int) -> None:
    film = replace(recorded("film"), duration_s=Fraction(seconds))
    command = analyze_source(film, Limits())
    assert any(rf"mod(n\,{every})" in part for part in graph_of(command.args))
    assert command.duration_s == (seconds or None)


# --- what was written ------------------------------------------------------------------------


def box(**sides: int) -> str:
    return frame(0, 0, **{f"cropdetect__{side}": size for side, size in sides.items()})


@pytest.mark.parametrize(
    ("last", "crop"),
    [
        (box(w=0, h=1080, x=0, y=0), (1440, 1080, 240, 0)),
        (box(w=1920, h=0, x=0, y=0), (1440, 1080, 240, 0)),
        (box(w=-100, h=500, x=0, y=0), (1440, 1080, 240, 0)),
        (box(w=100, h=-500, x=0, y=0), (1440, 1080, 240, 0)),
        (box(w=1, h=1080, x=9, y=0), None),  # a line is something, but no film between bars
        (box(w=1920, h=1, x=0, y=9), None),
        (box(w=1900, h=1080), (1900, 1080, 0, 0)),
    ],
)
def test_what_shows_nothing_does_not_replace_what_was_seen(
    findings: Path, last: str, crop: tuple[int, int, int, int] | None
) -> None:
    (findings / "crop.txt").write_text(box(w=1440, h=1080, x=240, y=0) + last)
    assert read_analysis(findings, recorded("film"), []).crop == crop


def test_kinds_of_frames_that_are_not_counted_are_none(findings: Path) -> None:
    film = recorded("film")
    flagged = replace(film, video=(replace(film.video[0], field_order="unknown"),))
    for count, interlaced in ((49, False), (50, True)):
        (findings / "fields.txt").write_text(frame(0, 0, idet__multiple__tff=f"{count}.00"))
        assert read_analysis(findings, flagged, []).interlaced is interlaced


def longer(seconds: int, container_s: int) -> MediaInfo:
    return replace(declaring(str(seconds)), duration_s=Fraction(container_s))


@pytest.mark.parametrize(
    ("media", "missing_s"),
    [
        (longer(40, 30), 0.0),  # a stream cannot promise more than its container
        (longer(40, 35), 5.0),
        (longer(40, 0), 10.0),
        (longer(20, 20), 0.0),
        (longer(35, 3600), 0.0),  # less than a hundredth
    ],
)
def test_a_stream_ends_with_its_container_at_the_latest(
    findings: Path, media: MediaInfo, missing_s: float
) -> None:
    assert read_analysis(findings, media, []).missing_s == missing_s


def test_of_many_streams_the_one_that_lacks_most_is_told(findings: Path) -> None:
    film = declaring("33")
    sound = replace(film.audio[0], duration_s=Fraction(32))
    assert read_analysis(findings, replace(film, audio=(sound,)), []).missing_s == 3.0
    sound = replace(sound, duration_s=Fraction(35))
    wider = replace(film, audio=(sound,), duration_s=Fraction(35))
    assert read_analysis(findings, wider, []).missing_s == 5.0


def test_a_stream_that_promises_nothing_lacks_nothing(findings: Path) -> None:
    film = declaring("30")
    silent = replace(film.audio[0], duration_s=None)
    (findings / "samples-1.txt").write_text("0, 0, 0, 0\n")
    found = read_analysis(findings, replace(film, audio=(silent,)), [PARTIAL])
    assert (found.missing_s, found.silence, found.duration_s) == (0.0, (), Fraction(30))


def test_a_film_without_sound_is_as_long_as_its_pictures(findings: Path) -> None:
    film = replace(recorded("film"), audio=())
    found = read_analysis(findings, film, [])
    assert (found.duration_s, found.silence, found.loudness) == (Fraction(30), (), ())


def test_a_song_is_as_long_as_its_longest_track(findings: Path) -> None:
    film = recorded("film")
    tracks = (film.audio[0], replace(film.audio[0], index=2))
    for name in ("momentary-{}.txt", "loudness-{}.txt"):
        (findings / name.format(2)).write_bytes((findings / name.format(1)).read_bytes())
    (findings / "samples-2.txt").write_text("0, 0, 1500000, 48000\n")
    for name in ("clipping-2.txt", "peaks-2.txt"):
        (findings / name).write_text("")
    found = read_analysis(findings, replace(film, video=(), audio=tracks), [])
    assert (found.timeline, found.duration_s) == (None, Fraction(1_500_000, 48_000))
    assert (found.crop, found.interlaced, found.scene_cuts_s) == (None, False, ())
    assert [loudness.stream_index for loudness in found.loudness] == [1, 2]


# --- loudness --------------------------------------------------------------------------------


def test_every_whole_block_of_the_track_counts_and_none_after_it(tmp_path: Path) -> None:
    momentary = [-40.0] * 49 + [-20.0, -1.0]  # of five seconds, and a tenth of the padding
    written = (frame(n, n / 10, r128__M=value) for n, value in enumerate(momentary))
    (tmp_path / "momentary-3.txt").write_text("".join(written))
    short_term = {2.9: -30.126, 3.9: -10.003}
    summary = (
        frame(n, at_s, r128__S=value, r128__true_peak=0.7)
        for n, (at_s, value) in enumerate(short_term.items())
    )
    (tmp_path / "loudness-3.txt").write_text("".join(summary))
    # 46 blocks of 1e-4 and one of 1e-2: 10 lg(0.0146 / 47); the gate lies 10 LU below.
    assert read_loudness(tmp_path, 3, 240_000) == Loudness(3, -35.08, 20.12, -3.1, -45.08)


def test_a_track_too_short_to_be_heard_is_silent(tmp_path: Path) -> None:
    for name in ("momentary-0.txt", "loudness-0.txt"):
        (tmp_path / name).write_text("")
    assert read_loudness(tmp_path, 0, 0) == Loudness(0, -70.0, 0.0, -120.0, -70.0)


def test_what_lies_exactly_at_a_relative_gate_is_kept_out() -> None:
    # BS.1770-5 and EBU Tech 3342 keep what is above a gate; a level at its own gate is found by
    # measuring again and again.
    low, quiet = -30.0, -40.0
    for _ in range(50):
        low = gated([0.0] * 3 + [-20.0, -20.0, low])[1]
        quiet = gated([0.0] * 3 + [-20.0, -20.0, quiet])[1] - 10
    assert gated([0.0] * 3 + [-20.0, -20.0, low]) == (-20.0, low)
    assert loudness_range([-20.0, -20.0, quiet]) == 0.0
    assert loudness_range([-20.0, -20.0, quiet + 0.01]) == pytest.approx(-20 - quiet - 0.01)


# --- printed metadata ------------------------------------------------------------------------


def test_entries_before_any_frame_are_of_time_zero_and_frames_without_any_are_left_out(
    tmp_path: Path,
) -> None:
    path = tmp_path / "printed.txt"
    path.write_text("a=1\n" + frame(0, 1.5) + frame(1, 2.5, b="x=y"))
    assert list(read_frames(path)) == [(0.0, {"a": "1"}), (2.5, {"lavfi.b": "x=y"})]
    path.write_text("frame:0 pts:0 pts_time:0\nlavfi.a=-1.5\nlavfi.a= 2 \n")
    assert read_values(path) == [-1.5, 2.0]
