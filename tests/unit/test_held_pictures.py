"""Sound that outlasts its pictures, and timelines at another rate than their source's."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pytest

from farm.ladder import Timeline, Treatment
from farm.mediainfo import MediaInfo, VideoStream
from media.graphs.analyze_output import read_analysis
from media.graphs.colour import BT709
from media.graphs.picture import source_options
from planning.treatment import make_treatment
from tests.unit import titles
from tests.unit.test_analyze_output import findings, frame
from tests.unit.test_fields import HALF_COMBED, counted
from tests.unit.test_graph_encode import SAID_709, SIZED, TAGS, chain
from tests.unit.test_probe import recorded
from workers.steps.thumbnails import _moving

__all__ = ["findings"]  # a fixture: a film of 24 frames and 48000 samples a second, 30 s of each

FILM, NTSC = Fraction(24000, 1001), Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("decoded", "picture_frames", "frames"),
    [
        (720, None, 720),
        (718, None, 718),  # a tenth of a second is what an encoder filled up
        (717, 717, 720),
        (240, 240, 720),
        (1, 1, 720),  # a still beside sound
        (900, None, 900),  # pictures may outlast sound
        (0, None, 0),  # of nothing, nothing is held
    ],
)
def test_the_last_picture_is_held_for_as_long_as_sound_goes_on(
    findings: Path, decoded: int, picture_frames: int | None, frames: int
) -> None:
    (findings / "frames.gray").write_bytes(bytes(decoded))
    found = read_analysis(findings, recorded("film"), [])
    timeline = Timeline(Fraction(24), frames)
    assert (found.picture_frames, found.timeline) == (picture_frames, timeline)
    assert found.duration_s == timeline.duration_s


@pytest.mark.parametrize(("samples", "frames"), [(1_440_000, 720), (1_440_001, 721)])
def test_the_frame_in_which_sound_ends_is_the_last(
    findings: Path, samples: int, frames: int
) -> None:
    (findings / "frames.gray").write_bytes(bytes(240))
    (findings / "samples-1.txt").write_text(f"0, 0, {samples}, 48000\n")
    found = read_analysis(findings, recorded("film"), [])
    assert found.timeline == Timeline(Fraction(24), frames)


def test_the_longest_track_decides(findings: Path) -> None:
    film = recorded("film")
    tracks = (film.audio[0], replace(film.audio[0], index=2))
    for name in ("momentary-{}.txt", "loudness-{}.txt"):
        (findings / name.format(2)).write_bytes((findings / name.format(1)).read_bytes())
    (findings / "samples-2.txt").write_text("0, 0, 1920000, 48000\n")
    for name in ("clipping-2.txt", "peaks-2.txt"):
        (findings / name).write_text("")
    found = read_analysis(findings, replace(film, audio=tracks), [])
    assert (found.picture_frames, found.timeline) == (720, Timeline(Fraction(24), 960))


def test_what_is_missing_is_told_of_the_pictures_themselves(findings: Path) -> None:
    (findings / "frames.gray").write_bytes(bytes(240))
    assert read_analysis(findings, recorded("film"), []).missing_s == 20.0


# --- other rates -----------------------------------------------------------------------------


def in_fields(findings: Path, frames: int, repeated: int) -> None:
    """Write down what is seen of pictures of fields, of which so many of 100 repeat one."""
    (findings / "frames.gray").write_bytes(bytes(frames))
    counts = counted((40, 0, 60), HALF_COMBED, (repeated / 2, repeated / 2))
    values = {key.removeprefix("lavfi.").replace(".", "__"): n for key, n in counts.items()}
    (findings / "fields.txt").write_text(frame(708, 29.5, **values))


def at(fps: Fraction) -> MediaInfo:
    film = recorded("film")
    picture = replace(film.video[0], frame_rate=fps, field_order="tff", duration_s=None)
    return replace(film, video=(picture,))


@pytest.mark.parametrize("wanted", ["frame", "field"])
def test_film_in_fields_gets_its_own_rate_whatever_is_wanted(
    findings: Path, wanted: Literal["frame", "field"]
) -> None:
    in_fields(findings, 899, repeated=40)
    found = read_analysis(findings, at(NTSC), [], wanted)
    assert (found.interlaced, found.film, found.every_field) == (True, True, False)
    assert (found.timeline, found.picture_frames) == (Timeline(FILM, 719), 719)
    assert found.parity == "tff"


@pytest.mark.parametrize(
    ("wanted", "fps", "frames", "own"), [("frame", 25, 749, None), ("field", 50, 1498, 1498)]
)
def test_a_picture_is_made_of_each_frame_or_of_each_field(
    findings: Path, wanted: Literal["frame", "field"], fps: int, frames: int, own: int | None
) -> None:
    in_fields(findings, 749, repeated=0)
    found = read_analysis(findings, at(Fraction(25)), [], wanted)
    assert (found.interlaced, found.film, found.parity) == (True, False, "tff")
    assert found.every_field is (wanted == "field")
    assert (found.timeline, found.picture_frames) == (Timeline(Fraction(fps), frames), own)


def test_progressive_pictures_stay_what_they_are_if_fields_are_wanted(findings: Path) -> None:
    film = recorded("film")
    assert read_analysis(findings, film, [], "field") == read_analysis(findings, film, [])


def test_at_another_rate_the_last_picture_is_held_too(findings: Path) -> None:
    in_fields(findings, 300, repeated=40)
    found = read_analysis(findings, at(NTSC), [])
    assert (found.timeline, found.picture_frames) == (Timeline(FILM, 720), 240)
    in_fields(findings, 1, repeated=40)
    assert read_analysis(findings, at(NTSC), []).picture_frames == 1


# --- as treated ------------------------------------------------------------------------------

PLAIN = Treatment(1, Fraction(25), False, False, 1920, 1080, 1280, 720, BT709)
HELD = replace(PLAIN, picture_frames=100)
CLONED = "tpad=stop=-1:stop_mode=clone"


def test_the_last_picture_is_repeated_for_ever_and_whoever_takes_frames_counts_them() -> None:
    assert chain(HELD) == (
        f"{SAID_709},fps=fps=25/1:start_time=0,{CLONED},{SIZED},format=yuv420p,{TAGS}"
    )
    assert chain(HELD, start_frame=1000) == (
        f"{SAID_709},fps=fps=25/1:start_time=0,{CLONED},trim=start_frame=926,{SIZED}"
        f",format=yuv420p,setpts=N,{TAGS}"
    )


@pytest.mark.parametrize(
    ("picture_frames", "start_frame", "options"),
    [
        (100, 99, ("-ss", "2.960000")),
        (100, 100, ("-ss", "2.960000")),  # its last picture is number 99
        (100, 1000, ("-ss", "2.960000")),
        (100, 50, ("-ss", "1.000000")),
        (1, 1000, ()),
        (None, 1000, ("-ss", "39.000000")),
    ],
)
def test_a_seek_behind_the_last_picture_ends_before_it(
    picture_frames: int | None, start_frame: int, options: tuple[str, ...]
) -> None:
    treatment = replace(PLAIN, picture_frames=picture_frames)
    assert source_options(treatment, start_frame) == options


def test_thumbnails_are_asked_for_where_pictures_are() -> None:
    whole = Timeline(Fraction(25), 1000)
    assert _moving(PLAIN, whole) == whole
    assert _moving(HELD, whole) == Timeline(Fraction(25), 100)


@pytest.mark.parametrize(
    ("stream", "seen", "changes"),
    [
        ({}, {}, {}),
        ({}, {"interlaced": True, "parity": "bff"}, {"deinterlace": True, "parity": "bff"}),
        (
            {},
            {"interlaced": True, "film": True, "parity": "tff"},
            {"film": True, "parity": "tff"},
        ),
        (
            {},
            {"interlaced": True, "every_field": True},
            {"deinterlace": True, "every_field": True},
        ),
        ({}, {"picture_frames": 7}, {"picture_frames": 7}),
        ({"coded_fields": "bottom"}, {}, {"woven": "bottom"}),
        ({"crooked": True}, {}, {"upright": True}),
        ({"pix_fmt": "yuva420p"}, {}, {"alpha": True}),
    ],
)
def test_a_treatment_is_what_analysis_and_the_stream_say(
    stream: dict[str, Any], seen: dict[str, Any], changes: dict[str, Any]
) -> None:
    picture: VideoStream = replace(titles.VIDEO, **stream)
    plain = make_treatment(titles.VIDEO, titles.media(), titles.analysis())
    found = make_treatment(picture, titles.media(), titles.analysis(**seen))
    assert found == replace(plain, **changes)
