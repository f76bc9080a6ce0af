"""Fitting cues to a title, to the millisecond and to the character."""

from __future__ import annotations

import pytest

from media.text.cue import Cue
from media.text.dual import overlay
from media.text.findings import Findings
from media.text.mending import mend


def mended(*cues: Cue) -> tuple[tuple[Cue, ...], tuple[str, ...]]:
    findings = Findings()
    return mend(cues, duration_ms=10_000, findings=findings), findings.sentences()


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "kept", "sentence"),
    [
        (-1000, 0, None, "dropped: before the title's beginning (at -00:00:01.000)"),
        (-1000, 1, (0, 1), "clipped to the title's beginning (at -00:00:01.000)"),
        (9999, 10_001, (9999, 10_000), "clipped to the title's end (at 00:00:09.999)"),
        (10_000, 10_001, None, "dropped: after the title's end (at 00:00:10.000)"),
        (5000, 5000, None, "dropped: no duration (at 00:00:05.000)"),
    ],
)
def test_a_cue_shows_from_the_first_to_the_last_millisecond_of_the_title(
    start_ms: int, end_ms: int, kept: tuple[int, int] | None, sentence: str
) -> None:
    cues = () if kept is None else (Cue(*kept, "a"),)
    assert mended(Cue(start_ms, end_ms, "a")) == (cues, (f"1 cue {sentence}",))


@pytest.mark.parametrize(("start_ms", "end_ms"), [(0, 10_000), (0, 1), (9999, 10_000), (5, 6)])
def test_a_cue_that_just_fits_is_left_alone(start_ms: int, end_ms: int) -> None:
    cue = Cue(start_ms, end_ms, "a")
    assert mended(cue) == ((cue,), ())


def test_cues_that_touch_are_left_alone() -> None:
    cues = (Cue(0, 1000, "a"), Cue(1000, 2000, "b"), Cue(2000, 3000, "c"))
    assert mended(*cues) == (cues, ())


def test_later_cues_are_joined_with_the_one_they_start_with() -> None:
    cues = (Cue(0, 1000, "a"), Cue(1000, 2000, "b"), Cue(1000, 1500, "c"), Cue(3000, 4000, "d"))
    assert mended(*cues) == (
        (cues[0], Cue(1000, 2000, "b\nc"), cues[3]),
        ("1 cue joined with a simultaneous one (at 00:00:01.000)",),
    )


@pytest.mark.parametrize(("chars", "joined"), [(4000, True), (4001, False)])
def test_cues_are_joined_to_8000_characters(chars: int, joined: bool) -> None:
    first, second = "a" * 3999, "b" * chars
    (cue,), sentences = mended(Cue(0, 1000, first), Cue(0, 2000, second))
    assert cue == Cue(0, 2000, f"{first}\n{second}" if joined else first)
    told = "joined with a simultaneous one" if joined else "dropped: too much text at once"
    assert sentences == (f"1 cue {told} (at 00:00:00.000)",)


def test_the_same_text_twice_is_whole_lines_of_it() -> None:
    told = "1 cue joined with a simultaneous one (at 00:00:00.000)"
    assert mended(Cue(0, 9, "ab"), Cue(0, 9, "a")) == ((Cue(0, 9, "ab\na"),), (told,))


def test_two_languages_that_change_together_leave_nothing_between() -> None:
    above, below = [Cue(0, 1, "a"), Cue(1, 2, "b")], [Cue(0, 1, "x"), Cue(1, 2, "y")]
    assert overlay(above, below) == (Cue(0, 1, "a\nx"), Cue(1, 2, "b\ny"))


def test_two_languages_that_say_the_same_after_a_pause_stay_two_cues() -> None:
    cues = (Cue(0, 1, "a"), Cue(2, 3, "a"), Cue(3, 4, "b"), Cue(4, 5, "b"))
    assert overlay(cues, ()) == (*cues[:2], Cue(3, 5, "b"))
