"""Two languages in one track."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media.text.cue import Cue
from media.text.dual import overlay


def test_both_texts_show_together_the_first_one_above() -> None:
    assert overlay([Cue(0, 1000, "Hello")], [Cue(0, 1000, "Hallo")]) == (
        Cue(0, 1000, "Hello\nHallo"),
    )


def test_where_one_changes_the_other_goes_on() -> None:
    english = [Cue(1000, 4000, "a", "line:0"), Cue(4000, 6000, "b")]
    german = [Cue(500, 2000, "x"), Cue(3000, 5000, "y"), Cue(8000, 9000, "z")]
    assert overlay(english, german) == (
        Cue(500, 1000, "x"),
        Cue(1000, 2000, "a\nx"),
        Cue(2000, 3000, "a"),
        Cue(3000, 4000, "a\ny"),
        Cue(4000, 5000, "b\ny"),
        Cue(5000, 6000, "b"),
        Cue(8000, 9000, "z"),
    )


def test_of_two_languages_that_time_their_words_the_upper_one_does() -> None:
    above = [Cue(0, 3000, "a <00:00:01.000>b <00:00:02.500>c")]
    below = [Cue(0, 2000, "x <00:00:01.500>y"), Cue(4000, 6000, "<00:00:05.000>z")]
    assert overlay(above, below) == (
        Cue(0, 2000, "a <00:00:01.000>b c\nx y"),
        Cue(2000, 3000, "a b <00:00:02.500>c"),
        Cue(4000, 6000, "<00:00:05.000>z"),
    )


def test_a_track_alone_passes_through() -> None:
    assert overlay([], [Cue(0, 1000, "a"), Cue(1000, 2000, "b")]) == (
        Cue(0, 1000, "a"),
        Cue(1000, 2000, "b"),
    )


def test_equal_text_that_goes_on_stays_one_cue() -> None:
    above = [Cue(0, 1000, "a"), Cue(1000, 2000, "a")]
    assert overlay(above, []) == (Cue(0, 2000, "a"),)
    assert overlay([Cue(-1000, 0, "b"), *above], []) == (Cue(-1000, 0, "b"), Cue(0, 2000, "a"))


def tracks(text: str) -> st.SearchStrategy[list[Cue]]:
    times = st.lists(st.integers(0, 60), unique=True, max_size=12).map(sorted)
    return times.map(
        lambda t: [Cue(a, b, f"{text}{a}") for a, b in zip(t[::2], t[1::2], strict=False)]
    )


@given(tracks("above"), tracks("below"))
def test_at_any_time_exactly_the_texts_of_both_tracks_show(
    above: list[Cue], below: list[Cue]
) -> None:
    def showing(cues: list[Cue], at_ms: int) -> list[str]:
        return [cue.payload for cue in cues if cue.start_ms <= at_ms < cue.end_ms]

    merged = list(overlay(above, below))
    for at_ms in range(62):
        expected = [*showing(above, at_ms), *showing(below, at_ms)]
        assert showing(merged, at_ms) == (["\n".join(expected)] if expected else [])
