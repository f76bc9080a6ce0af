"""Captions inside pictures of real files: found in whatever they are coded, at their times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.captions import Captions
from farm.command import Command, Finished
from farm.facts import Analysis
from farm.parts import Part, Product
from farm.serial import from_json
from media.text.cue import Cue
from media.text.track import track_cues
from planning.text_origin import FromCaptions
from tests.conftest import MakeContext, stored
from tests.line21 import NTSC, orders, pair, pop_on, roll_up, schedule, service_packet
from tests.media.captioned import made_of, track_of, with_captions
from tests.media.source_steps import analyzed, ingested
from tests.media.text_track import DURATION, made, text_params, track
from workers.steps import text

RunCommand = Callable[[Command, Path], Finished]

PICTURES = 120
SENT = [
    (10, "CC1", pop_on("The kettle sings.")),
    (60, "CC1", orders("EDM")),
    (70, "CC1", roll_up("Nobody listens")),
    (90, "CC1", roll_up("to it.")),
    (20, "CC3", pop_on("Canta la tetera.", channel="CC3")),
]
# In pictures: EOC comes behind RCL, ENM, a row, each of them twice, and the letters.
CUES = {
    "CC1": (
        (25, 60, "The kettle sings.", "align:left"),
        (76, 96, "Nobody listens", ""),
        (96, None, "to it.", ""),
    ),
    "CC3": ((34, None, "Canta la tetera.", "align:left"),),
}
FOUND = (
    Captions("CC1", 0),
    Captions("CC3", 0),
    Captions("SERVICE1", 0, same_as="CC1"),
    Captions("SERVICE2", 0),
)
AS_FILES = {
    "h264.ts": ("-c:v", "libx264", "-bf", "3"),
    "hevc.mkv": ("-c:v", "libx265", "-a53cc", "1", "-x265-params", "log-level=error"),
    "mpeg2.mpg": ("-c:v", "mpeg2video", "-bf", "2"),
}


@pytest.fixture(scope="module")
def clip(run_command: RunCommand, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds with captions in both fields, and services of which one says nothing new."""
    pictures = schedule(SENT, PICTURES)
    pictures[30].extend(service_packet(1, b"The kettle sings Nobody"))
    pictures[31].extend(service_packet(1, b" listens to it"))
    pictures[32].extend(service_packet(2, b"Der Kessel singt"))
    return with_captions(run_command, tmp_path_factory.mktemp("captions"), pictures)


def found_in(make: MakeContext, source: Path) -> tuple[Analysis, Part]:
    product = analyzed(make, source, ingested(make, source))
    return from_json(Analysis, product.facts), stored(product)


def cues_of(make: MakeContext, analysis: Part, channel: str, inside: int = 0) -> list[Cue]:
    """Return the cues of a channel's track, as its text step writes them."""
    params = text_params(FromCaptions(channel, inside))
    _, written = made(text.run(make(params=params, inputs={"analyze": analysis})))
    assert written is not None
    return list(track_cues(written))


def assert_shown(cues: list[Cue], channel: str, late_s: float = 0) -> None:
    """Assert that a channel's cues are those sent, each within a picture of its time."""
    expected = CUES[channel]
    assert [(cue.payload, cue.settings) for cue in cues] == [wanted[2:] for wanted in expected]
    for cue, (start, end, *_) in zip(cues, expected, strict=True):
        end_s = float(DURATION) if end is None else end / NTSC + late_s
        assert abs(cue.start_ms / 1000 - start / NTSC - late_s) < 1 / NTSC
        assert abs(cue.end_ms / 1000 - end_s) < 1 / NTSC


def test_captions_of_both_fields_are_found_and_read(clip: Path, step_context: MakeContext) -> None:
    analysis, part = found_in(step_context, clip)
    assert analysis.captions == FOUND
    assert sorted(part.files) == ["captions-0.txt"]
    for channel in CUES:
        assert_shown(cues_of(step_context, part, channel), channel)


@pytest.mark.parametrize("name", ["h264.ts", "hevc.mkv", "mpeg2.mpg"])
def test_captions_are_found_in_whatever_the_picture_is_coded(
    clip: Path, step_context: MakeContext, run_command: RunCommand, name: str
) -> None:
    analysis, part = found_in(step_context, made_of(run_command, clip, name, *AS_FILES[name]))
    assert analysis.captions == FOUND
    for channel in CUES:
        assert_shown(cues_of(step_context, part, channel), channel)


def test_captions_keep_to_the_title_where_the_picture_starts_late(
    clip: Path, step_context: MakeContext, run_command: RunCommand
) -> None:
    late = ("-f", "lavfi", "-i", "sine=duration=4", "-map", "1:a", "-map", "0:v")
    shifted = made_of(
        run_command, clip, "late.ts", *late, "-c:v", "libx264", "-vf", "setpts=PTS+0.5/TB"
    )
    _, part = found_in(step_context, shifted)
    assert_shown(cues_of(step_context, part, "CC1", inside=1), "CC1", late_s=0.5)


def test_a_quicktime_track_of_captions_is_read_like_those_in_pictures(
    clip: Path, step_context: MakeContext, run_command: RunCommand
) -> None:
    analysis, part = found_in(step_context, track_of(run_command, clip, "track-of.mov"))
    assert analysis.captions == (Captions("CC1", 1),)
    assert_shown(cues_of(step_context, part, "CC1", inside=1), "CC1")


def test_pictures_without_captions_have_none(
    step_context: MakeContext, run_command: RunCommand, tmp_path: Path
) -> None:
    silent = with_captions(run_command, tmp_path, schedule([], 30))
    analysis, part = found_in(step_context, silent)
    assert (analysis.captions, dict(part.files)) == ((), {})


def test_captions_beyond_all_reason_are_left_out(step_context: MakeContext, tmp_path: Path) -> None:
    roll = orders("RU2")[0].hex(), orders("CR")[0].hex()
    flood = (
        f"{33 * n} fc{roll[0]}fc{roll[1]}fc{pair(0x41 + n % 26, 0).hex()}\n" for n in range(50_002)
    )
    (tmp_path / "flood").write_text("".join(flood))
    analysis = stored(Product(None, {"captions-0.txt": tmp_path / "flood"}))
    params = replace(text_params(FromCaptions("CC1", 0)), duration_s=Fraction(7200))
    result = text.run(step_context(params=params, inputs={"analyze": analysis}))
    assert made(result) == (track(0, dropped="it has more than 50,000 cues"), None)


def test_captions_that_are_left_out_say_why(step_context: MakeContext) -> None:
    left_out = FromCaptions("SERVICE2", 0, "they are in a form that is not read")
    result = text.run(step_context(params=text_params(left_out)))
    assert made(result) == (track(0, dropped="they are in a form that is not read"), None)
