"""Cues fitted to a title of ten seconds."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from media.text.cue import Cue
from media.text.findings import Findings
from media.text.mending import mend
from media.text.placement import band

DURATION_MS = 10_000


def mended(*cues: Cue) -> tuple[tuple[Cue, ...], tuple[str, ...]]:
    findings = Findings()
    return mend(cues, duration_ms=DURATION_MS, findings=findings), findings.sentences()


def test_sound_cues_are_left_alone() -> None:
    cues = (Cue(0, 1000, "a"), Cue(1000, 10_000, "b", "line:0"))
    assert mended(*cues) == (cues, ())


def test_cues_are_sorted() -> None:
    assert mended(Cue(4000, 5000, "b"), Cue(1000, 2000, "a")) == (
        (Cue(1000, 2000, "a"), Cue(4000, 5000, "b")),
        ("1 cue put in order of time (at 00:00:01.000)",),
    )


def test_cues_are_clipped_to_the_title() -> None:
    cues = (
        Cue(-3000, -1000, "before"),
        Cue(-500, 1000, "a"),
        Cue(9000, 11_000, "b"),
        Cue(10_000, 12_000, "late"),
        Cue(99_000, 99_500, "later"),
    )
    assert mended(*cues) == (
        (Cue(0, 1000, "a"), Cue(9000, 10_000, "b")),
        (
            "1 cue dropped: before the title's beginning (at -00:00:03.000)",
            "1 cue clipped to the title's beginning (at -00:00:00.500)",
            "1 cue clipped to the title's end (at 00:00:09.000)",
            "2 cues dropped: after the title's end (first at 00:00:10.000)",
        ),
    )


def test_a_millisecond_beyond_either_end_is_told() -> None:
    assert mended(Cue(-1, 10_001, "a")) == (
        (Cue(0, 10_000, "a"),),
        (
            "1 cue clipped to the title's beginning (at -00:00:00.001)",
            "1 cue clipped to the title's end (at -00:00:00.001)",
        ),
    )


def test_cues_without_text_or_duration_are_dropped() -> None:
    cues = (Cue(1000, 2000, ""), Cue(3000, 3000, "a"), Cue(5000, 4000, "b"))
    assert mended(*cues) == (
        (),
        (
            "1 cue dropped: no text (at 00:00:01.000)",
            "2 cues dropped: no duration (first at 00:00:03.000)",
        ),
    )


def test_overlaps_end_where_the_next_cue_starts() -> None:
    assert mended(Cue(0, 5000, "a"), Cue(3000, 4000, "b"), Cue(3500, 9000, "c")) == (
        (Cue(0, 3000, "a"), Cue(3000, 3500, "b"), Cue(3500, 9000, "c")),
        ("2 cues clipped where the next one starts (first at 00:00:00.000)",),
    )


def test_cues_that_start_together_are_joined_and_repetitions_told_once() -> None:
    cues = (
        Cue(1000, 2000, "- Who?", "align:left"),
        Cue(1000, 3000, "- Me."),
        Cue(1000, 2500, "- Who?"),
    )
    assert mended(*cues) == (
        (Cue(1000, 3000, "- Who?\n- Me.", "align:left"),),
        (
            "1 cue joined with a simultaneous one (at 00:00:01.000)",
            "1 cue dropped: the same text twice (at 00:00:01.000)",
        ),
    )


def test_cues_in_different_parts_of_the_picture_may_overlap() -> None:
    cues = (Cue(0, 9000, "sign", "line:0"), Cue(0, 2000, "a"), Cue(2500, 4000, "b"))
    assert mended(*cues) == ((cues[1], cues[0], cues[2]), ())


def test_thousands_of_simultaneous_cues_do_not_fill_the_screen() -> None:
    cues = [Cue(0, 1000, f"{n} {'x' * 990}") for n in range(5000)]
    (cue,), sentences = mended(*cues)
    assert len(cue.payload) <= 8000
    assert sentences == (
        "7 cues joined with a simultaneous one (first at 00:00:00.000)",
        "4992 cues dropped: too much text at once (first at 00:00:00.000)",
    )


CUES = st.builds(
    Cue,
    st.integers(-5000, 15_000),
    st.integers(-5000, 15_000),
    st.sampled_from(["", "a", "b", "c\nd"]),
    st.sampled_from(["", "line:0", "line:45%", "align:left"]),
)


@given(st.lists(CUES, max_size=30))
@example([Cue(0, 2, "a"), Cue(0, 1, "a", "line:0"), Cue(2, 3, "a"), Cue(2, 3, "a", "line:0")])
def test_what_comes_out_is_inside_sorted_and_apart_and_mending_again_changes_nothing(
    cues: list[Cue],
) -> None:
    once, _ = mended(*cues)
    assert all(0 <= cue.start_ms < cue.end_ms <= DURATION_MS and cue.payload for cue in once)
    assert [cue.start_ms for cue in once] == sorted(cue.start_ms for cue in once)
    for place in ("top", "middle", "bottom"):
        there = [cue for cue in once if band(cue.settings) == place]
        assert all(a.end_ms <= b.start_ms for a, b in pairwise(there))
    assert mended(*once) == (once, ())
