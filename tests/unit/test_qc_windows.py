"""Which stretches of a title clips are made of."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from farm.facts import Check, Verdict
from farm.ladder import CodecName, Ladder, Rung, Timeline
from farm.scores import FrameScore
from qc.frames import ScoredFrames, in_columns
from qc.windows import Window, rungs_of, worst_windows

FPS = Fraction(24)
TIMELINE = Timeline(FPS, 240)
PASSED = Verdict("review", ())


def rung(name: str, codec: CodecName = "h264", fps: Fraction = FPS) -> Rung:
    return Rung(name, codec, 640, 360, fps, 48, "medium", 24, 10**6, 10**6, "test")


def ladder(*rungs: Rung) -> Ladder:
    return Ladder("test", rungs, (), Fraction(6))


def scored(vmaf: Callable[[int], float], fps: Fraction = FPS, count: int = 240) -> ScoredFrames:
    """Return the scores of every fifth frame."""
    return in_columns(FrameScore(n, float(n / fps), vmaf(n), 0.9, 40.0) for n in range(0, count, 5))


def against(*evidence: str) -> Verdict:
    checks = [Check("vmaf-rung-floor", "", "fail", words, "") for words in evidence]
    said = Check("apple-9.2", "", "warn", "h264-360p: tells too little", "")
    return Verdict("rejected", (*checks, said))


def places(windows: tuple[Window, ...]) -> list[tuple[str, int, int, int]]:
    return [(w.rung.name, w.first_frame, w.frames, w.worst.frame) for w in windows]


def test_the_worst_stretches_of_the_best_rung_come_first_and_lie_apart() -> None:
    dips = {100: 20.0, 105: 21.0, 200: 30.0, 0: 40.0, 50: 60.0}
    found = worst_windows(
        PASSED,
        ladder(rung("h264-180p"), rung("h264-360p")),
        TIMELINE,
        {"h264-180p": scored(lambda _: 1.0), "h264-360p": scored(lambda n: dips.get(n, 90.0))},
    )
    assert places(found) == [
        ("h264-360p", 76, 48, 100),
        ("h264-360p", 176, 48, 200),
        ("h264-360p", 0, 48, 0),
    ]


def test_a_stretch_ends_with_the_title_and_is_no_longer_than_it() -> None:
    one = rung("h264-360p")
    late = {"h264-360p": scored(lambda n: 20.0 if n == 235 else 90.0)}
    assert places(worst_windows(PASSED, ladder(one), TIMELINE, late)) == [
        ("h264-360p", 192, 48, 235)
    ]
    short = {"h264-360p": scored(lambda _: 90.0, count=7)}
    assert places(worst_windows(PASSED, ladder(one), Timeline(FPS, 7), short)) == [
        ("h264-360p", 0, 7, 0)
    ]


def test_a_rung_at_half_the_rate_has_stretches_of_half_as_many_frames() -> None:
    half = rung("h264-360p", fps=FPS / 2)
    frames = {"h264-360p": scored(lambda n: 20.0 if n == 60 else 90.0, FPS / 2, 120)}
    assert places(worst_windows(PASSED, ladder(half), TIMELINE, frames)) == [
        ("h264-360p", 48, 24, 60)
    ]


def test_codecs_take_turns() -> None:
    both = ladder(rung("h264-360p"), rung("hevc-360p", "hevc"))
    dips = {20: 20.0, 100: 30.0, 200: 40.0}
    frames = {name: scored(lambda n: dips.get(n, 90.0)) for name in ("h264-360p", "hevc-360p")}
    assert places(worst_windows(PASSED, both, TIMELINE, frames)) == [
        ("h264-360p", 0, 48, 20),
        ("hevc-360p", 76, 48, 100),
        ("h264-360p", 176, 48, 200),
    ]


def test_rungs_that_checks_name_are_shown_the_best_of_each_codec_first() -> None:
    rungs = ladder(
        rung("h264-180p"),
        rung("h264-180p-2"),
        rung("h264-360p"),
        rung("hevc-180p", "hevc"),
        rung("hevc-360p", "hevc"),
    )

    def names(verdict: Verdict) -> list[str]:
        every = dict.fromkeys(rung.name for rung in rungs.rungs)
        return [rung.name for rung in rungs_of(verdict, rungs, every)]

    assert names(PASSED) == ["h264-360p", "hevc-360p"]
    assert names(against("a table of 3 has 4")) == ["h264-360p", "hevc-360p"]
    assert names(against("h264-180p-2: 5.20, at least 10 is asked for")) == ["h264-180p-2"]
    assert names(against("h264-180p: 5.20, h264-360p: 60.10")) == ["h264-360p", "h264-180p"]
    assert names(against("hevc-180p (4.1) is worse", "h264-360p/00001.m4s is gone")) == [
        "h264-360p",
        "hevc-180p",
    ]


def test_a_rung_without_scores_is_left_out() -> None:
    rungs = ladder(rung("h264-180p"), rung("h264-360p"))
    assert [each.name for each in rungs_of(PASSED, rungs, {"h264-180p": None})] == ["h264-180p"]
    assert worst_windows(PASSED, rungs, TIMELINE, {}) == ()


def test_equal_scores_make_one_stretch() -> None:
    frames = {"h264-360p": scored(lambda _: 90.0)}
    assert places(worst_windows(PASSED, ladder(rung("h264-360p")), TIMELINE, frames)) == [
        ("h264-360p", 0, 48, 0)
    ]
