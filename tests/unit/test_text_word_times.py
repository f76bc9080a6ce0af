"""Times inside a cue: kept through reading, mending and cutting, where they grow within it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.text.cue import Cue
from media.text.findings import Findings
from media.text.markup import cue_runs
from media.text.mending import mend
from media.text.payload import BOLD, TextRun, payload
from media.text.track import track_cues, track_text
from media.text.word_times import ordered, word_tag, word_time

LOST = "1 cue lost times of words that are not in order within it (at {})"


def shown(*runs: TextRun) -> str:
    return payload(runs, Findings(), 0)


def mended(*cues: Cue, duration_ms: int = 10_000) -> tuple[tuple[Cue, ...], tuple[str, ...]]:
    findings = Findings()
    return mend(cues, duration_ms=duration_ms, findings=findings), findings.sentences()


@pytest.mark.parametrize(
    ("tag", "time_ms"),
    [
        ("<00:01.500>", 1500),
        ("<00:00:01.5>", 1500),
        ("<1:00:01.05>", 3_601_050),
        ("<100:00:00.000>", 360_000_000),
        ("<00:01>", None),
        ("<00:01,500>", None),
        ("<00:01.5000>", None),
        ("<b>", None),
    ],
)
def test_a_tag_that_says_a_time_is_told_from_others(tag: str, time_ms: int | None) -> None:
    assert word_time(tag) == time_ms


def test_a_time_stands_before_its_word_outside_its_tags() -> None:
    runs = (TextRun("a "), TextRun("b", (BOLD,), 1500), TextRun(" c", (), 3_600_000))
    assert shown(*runs) == "a <00:00:01.500><b>b</b><01:00:00.000> c"


def test_a_time_goes_to_the_next_text_that_shows_over_spaces_and_lines() -> None:
    runs = (TextRun("a", (), 1000), TextRun("", (), 1500), TextRun("\n "), TextRun("b\nc"))
    assert shown(*runs) == "<00:00:01.000>a\n<00:00:01.500>b\nc"
    assert shown(TextRun("a"), TextRun("\n b", (), 1500)) == "a\n<00:00:01.500>b"
    assert shown(TextRun("a"), TextRun(" ", (), 1500)) == "a"


def test_a_cut_cue_keeps_the_times_of_what_is_left() -> None:
    cut = shown(TextRun("x" * 1990), TextRun("y" * 20, (), 1500), TextRun("z", (), 1600))
    assert cut == f"{'x' * 1990}<00:00:01.500>{'y' * 9}…"


def test_text_that_looks_like_a_time_is_text() -> None:
    written = shown(TextRun("<00:00:01.500>"))
    assert written == "&lt;00:00:01.500&gt;"
    assert ordered(Cue(2000, 3000, written)) == Cue(2000, 3000, written)


def test_a_cue_that_is_clipped_keeps_the_times_within_it() -> None:
    words = "a <00:00:01.000>b <00:00:02.000>c <00:00:03.000>d"
    assert mended(Cue(0, 4000, words)) == ((Cue(0, 4000, words),), ())
    assert mended(Cue(0, 4000, words), duration_ms=2500) == (
        (Cue(0, 2500, "a <00:00:01.000>b <00:00:02.000>c d"),),
        (
            "1 cue clipped to the title's end (at 00:00:00.000)",
            LOST.format("00:00:00.000"),
        ),
    )
    assert mended(Cue(0, 4000, words), Cue(2000, 4000, "e"))[0] == (
        Cue(0, 2000, "a <00:00:01.000>b c d"),
        Cue(2000, 4000, "e"),
    )


def test_words_that_begin_with_their_cue_or_end_with_it_need_no_time() -> None:
    cue = Cue(1000, 2000, "<00:00:01.000>a <00:00:01.500>b<00:00:02.000>")
    assert mended(cue) == ((Cue(1000, 2000, "a <00:00:01.500>b"),), ())


@pytest.mark.parametrize(
    ("times", "kept"),
    [
        (("00:00:00.500", "00:00:01.500"), "a b <00:00:01.500>c"),
        (("00:00:01.500", "00:00:01.200"), "a <00:00:01.500>b c"),
        (("00:00:01.500", "00:00:09.000"), "a <00:00:01.500>b c"),
    ],
)
def test_times_out_of_order_are_lost_and_told(times: tuple[str, str], kept: str) -> None:
    cue = Cue(1000, 2000, f"a <{times[0]}>b <{times[1]}>c")
    assert mended(cue) == ((Cue(1000, 2000, kept),), (LOST.format("00:00:01.000"),))


def test_of_two_lines_sung_at_once_the_first_keeps_its_times() -> None:
    one, two = Cue(0, 3000, "a <00:00:01.000>b"), Cue(0, 3000, "x <00:00:00.500>y")
    joined = "1 cue joined with a simultaneous one (at 00:00:00.000)"
    assert mended(one, two) == (
        (Cue(0, 3000, "a <00:00:01.000>b\nx y"),),
        (LOST.format("00:00:00.000"), joined),
    )
    assert mended(Cue(0, 3000, "said"), two) == (
        (Cue(0, 3000, "said\nx <00:00:00.500>y"),),
        (joined,),
    )


TIMES = st.integers(-1000, 12_000)


@given(TIMES, TIMES, st.lists(TIMES, max_size=8))
def test_whatever_times_are_written_those_kept_grow_within_their_cue(
    start_ms: int, end_ms: int, times_ms: list[int]
) -> None:
    words = "".join(f"{word_tag(max(at_ms, 0))}w" for at_ms in times_ms)
    cues, _ = mended(Cue(start_ms, end_ms, f"a{words}"))
    for cue in cues:
        kept = [run.at_ms for run in cue_runs(cue.payload, "vtt") if run.at_ms is not None]
        assert kept == sorted(set(kept))
        assert all(cue.start_ms < at_ms < cue.end_ms for at_ms in kept)
        assert cue.payload.count("w") == len(times_ms)
    assert track_cues(track_text(cues, 10_000)) == cues
