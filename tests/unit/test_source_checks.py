"""What the verdict says of the source: pictures fitted, held, made of fields, and sound in time."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from farm.facts import Analysis, Check
from farm.ladder import Ladder, Timeline
from farm.mediainfo import Colour, PictureShape
from farm.spec import QcPolicy
from media.graphs.measure import is_scorable
from media.graphs.sync import stretches
from qc.sources import source_checks
from qc.sync import Heard, listen, sync_checks
from qc.verdict import decide
from tests.unit import titles
from tests.unit.reported import LADDER, a_rung, evidence

FPS = Fraction(25)


def said(rule: str, seen: Analysis) -> tuple[str, str]:
    """Return outcome and evidence of a rule."""
    return next((c.outcome, c.evidence) for c in source_checks(seen) if c.rule == rule)


def test_a_steady_source_passes_and_says_so() -> None:
    made = [("source-complete", "The source decodes to its end", "nothing is missing")]
    assert list(source_checks(titles.analysis(timeline=None))) == [
        Check(rule, title, "pass", text, "source analysis") for rule, title, text in made
    ]
    made += [
        ("source-steady", "Pictures keep their size, shape and colours", "they do"),
        ("source-pictures", "There are pictures as long as there is sound", "there are"),
    ]
    assert list(source_checks(titles.analysis())) == [
        Check(rule, title, "pass", text, "source analysis") for rule, title, text in made
    ]


FIRST = PictureShape(Fraction(0), 720, 576, Fraction(16, 15), "yuv420p", Colour())
OPENING = "720x576 of pixels 16/15, then"


def after(start_s: str, **changes: Any) -> PictureShape:
    return replace(FIRST, start_s=Fraction(start_s), **changes)


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ((after("10.5", width=1280, height=720),), f"{OPENING} 1280x720 from 10.50 s on"),
        ((after("7", height=480),), f"{OPENING} 720x480 from 7.00 s on"),
        ((after("7", sar=Fraction(64, 45)),), f"{OPENING} pixels 64/45 from 7.00 s on"),
        ((after("7", pix_fmt="nv12"),), f"{OPENING} nv12 from 7.00 s on"),
        (
            (after("7", colour=Colour("bt709", "bt709", "bt709", "tv")),),
            f"{OPENING} matrix bt709, range tv from 7.00 s on",
        ),
        (
            (after("7", width=704, pix_fmt="nv12"), after("8")),
            f"{OPENING} 704x576 nv12 from 7.00 s on, 720x576 yuv420p from 8.00 s on",
        ),
        (
            tuple(after(str(n), width=700 + n) for n in range(1, 4)),
            f"{OPENING} 701x576 from 1.00 s on, 702x576 from 2.00 s on, 703x576 from 3.00 s on",
        ),
        (
            tuple(after(str(n), width=700 + n) for n in range(1, 6)),
            f"{OPENING} 701x576 from 1.00 s on, 702x576 from 2.00 s on, 703x576 from 3.00 s on"
            " and 2 changes more",
        ),
    ],
)
def test_what_changes_is_told_with_its_time(others: Sequence[PictureShape], words: str) -> None:
    seen = titles.analysis(shapes=(FIRST, *others))
    assert said("source-steady", seen) == ("warn", f"{words}: fitted into one frame")
    assert said("source-steady", titles.analysis(shapes=(FIRST,))) == ("pass", "they do")


@pytest.mark.parametrize(
    ("frames", "outcome", "words"),
    [
        (None, "pass", "there are"),
        (1000, "pass", "there are"),
        (998, "pass", "there are"),  # 80 ms is rounding
        (997, "warn", "the last picture is held for 0.1 s while sound goes on"),
        (500, "warn", "the last picture is held for 20.0 s while sound goes on"),
    ],
)
def test_a_picture_that_is_held_is_told(frames: int | None, outcome: str, words: str) -> None:
    seen = titles.analysis(timeline=Timeline(FPS, 1000), picture_frames=frames)
    assert said("source-pictures", seen) == (outcome, words)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({}, "a picture of each frame"),
        ({"every_field": True}, "a picture of each field"),
        ({"film": True}, "film in fields (3:2 pulldown), taken back to its own rate"),
    ],
)
def test_what_became_of_fields_is_told(seen: dict[str, bool], words: str) -> None:
    assert said("source-fields", titles.analysis(interlaced=True, **seen)) == ("pass", words)
    rules = [check.rule for check in source_checks(titles.analysis(**seen))]
    assert rules == ["source-complete", "source-steady", "source-pictures"]


# --- pictures too small to score -------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height", "scorable"),
    [(18, 18, True), (17, 18, False), (18, 17, False), (640, 16, False), (640, 360, True)],
)
def test_libvmaf_takes_eighteen_pixels_a_side(width: int, height: int, scorable: bool) -> None:
    assert is_scorable(width, height) is scorable
    picture = replace(titles.VIDEO, width=width, height=height)
    shown = replace(picture, display_width=width, display_height=height)
    planned = titles.steps(titles.plan(found=titles.media(video=(shown,))))
    # An odd source has an even title.
    measured = is_scorable(width // 2 * 2, height // 2 * 2)
    assert any(key.startswith("measure:") for key in planned) is measured


def test_tiny_pictures_warn_instead_of_being_scored() -> None:
    tiny: Ladder = replace(LADDER, rungs=(a_rung("h264-16p", 16, 16),))
    checks = decide(QcPolicy(), evidence(ladder=tiny, scores=())).checks
    assert [check for check in checks if check.rule.startswith("vmaf")] == [
        Check(
            "vmaf-complete",
            "Every rung was scored against the source",
            "warn",
            "pictures below 18 pixels a side are too small for VMAF: not scored",
            "QC policy",
        )
    ]


# --- sound in time ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offsets", "exact", "outcome", "words"),
    [
        ((0, 3), True, "pass", "+0 ms at 0 s, +3 ms at 10 s"),
        ((20, -20), True, "pass", "+20 ms at 0 s, -20 ms at 10 s"),
        ((21, 0), True, "fail", "+21 ms at 0 s"),
        ((0, -21), True, "fail", "-21 ms at 10 s"),
        ((0, -21), False, "warn", "-21 ms at 10 s"),
        ((None, 5), True, "pass", "+5 ms at 10 s"),
        ((None, None), True, "pass", "nothing in the sound tells its time"),
    ],
)
def test_sound_may_be_twenty_milliseconds_off(
    offsets: tuple[int | None, ...], exact: bool, outcome: str, words: str
) -> None:
    heard = [Heard(10.0 * n, offset) for n, offset in enumerate(offsets)]
    (found,) = sync_checks(heard, exact=exact)
    assert (found.rule, found.outcome, found.evidence) == ("av-sync", outcome, words)
    assert list(sync_checks([], exact=exact)) == []


def speech(loud: int, seconds: int = 4) -> list[int]:
    """Return samples of which every 50 ms are as loud as chance has it."""
    chance = Random(7)
    levels = (chance.randrange(1, loud) for _ in range(20 * seconds))
    return [level if n % 2 else -level for level in levels for n in range(400)]


def pcm(samples: Sequence[int], late_ms: int = 0) -> bytes:
    """Return them as s16le, so much later: 8 samples are a millisecond."""
    moved = [0] * (8 * late_ms) + list(samples[max(0, -8 * late_ms) :])
    return array("h", moved[: len(samples)]).tobytes()


@pytest.mark.parametrize("late_ms", [0, 1, -1, 20, -37, 150, -150])
def test_how_late_sound_is_is_heard_to_the_millisecond(late_ms: int) -> None:
    samples = speech(20_000)
    assert listen(8.0, pcm(samples), pcm(samples, late_ms)) == Heard(8.0, late_ms)
    quieter = [sample // 4 for sample in samples]
    assert listen(8.0, pcm(samples), pcm(quieter, late_ms)) == Heard(8.0, late_ms)


def test_what_tells_no_time_is_not_guessed() -> None:
    samples = speech(20_000)
    steady, silent = pcm([9000, -9000] * 16_000), pcm([0] * 32_000)
    assert listen(0.0, steady, steady) == Heard(0.0, None)
    assert listen(0.0, silent, pcm(samples)) == Heard(0.0, None)
    assert listen(0.0, pcm(samples[:2400]), pcm(samples)) == Heard(0.0, None)  # 300 ms
    assert listen(0.0, b"", b"") == Heard(0.0, None)


def test_silence_and_another_sound_are_not_what_the_source_has() -> None:
    samples = speech(20_000)
    other = Heard(0.0, None, unlike=True)
    assert listen(0.0, pcm(samples), pcm([0] * 32_000)) == other
    assert listen(0.0, pcm(samples), pcm(samples[::-1])) == other


@pytest.mark.parametrize(
    ("duration_s", "starts_s"),
    [
        (Fraction(3), (0,)),
        (Fraction(799, 100), (0,)),
        (Fraction(8), (Fraction(8, 10), Fraction(24, 10), 4, 4, 4)),
        (Fraction(100), (10, 30, 50, 70, 90)),
        (Fraction(30), (3, 9, 15, 21, 26)),  # the last stretch ends with the title
    ],
)
def test_sound_is_compared_at_five_places_within_a_title(
    duration_s: Fraction, starts_s: tuple[Fraction | int, ...]
) -> None:
    found = stretches(duration_s)
    assert tuple(stretch.start_s for stretch in found) == starts_s
    names = [(stretch.source_name, stretch.delivered_name) for stretch in found]
    assert names == [
        (f"sync-{n}-source.raw", f"sync-{n}-delivered.raw") for n in range(len(starts_s))
    ]
