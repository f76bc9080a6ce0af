"""How pages speak: times, sizes, places to go; a state is glyph, word and colour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.pages import states
from api.pages.page import own_place, policy
from api.pages.states import ShownState, step_state
from api.pages.words import (
    age,
    clock_tag,
    duration,
    instant,
    last_name,
    many,
    moment_tag,
    money,
    percent,
    rate,
    size,
    timecode,
)
from farm.states import JobState, StepState
from tests.unit.timed import START


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "0.00 EUR"),
        (0.00004, "< 0.001 EUR"),
        (0.001, "0.0010 EUR"),
        (0.0421, "0.042 EUR"),
        (0.1, "0.10 EUR"),
        (1234.5, "1,234.50 EUR"),
    ],
)
def test_prices_say_something_though_they_are_small(amount: float, words: str) -> None:
    assert money(amount, "EUR") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (-3, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (130, "2 min 10 s"),
        (11_100, "3 h 5 min"),
        (352_800, "4 d 2 h"),
    ],
)
def test_durations(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "just now"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (7200, "2 h ago"),
        (200_000, "2 d ago"),
        (-90, "in 1 min"),
    ],
)
def test_ages(seconds: float, words: str) -> None:
    assert age(START, START + timedelta(seconds=seconds)) == words


def test_a_time_is_relative_with_the_exact_one_beside_it() -> None:
    assert moment_tag(START, START + timedelta(minutes=3)) == (
        '<time datetime="2026-11-27T09:00:00+00:00" title="2026-11-27 09:00:00 UTC" data-relative>'
        "3 min ago</time>"
    )
    assert moment_tag(None, START) == "–"
    assert '>09:00<span class="zone"> UTC</span><' in clock_tag(START)


def test_sizes_rates_and_counts() -> None:
    assert [size(each) for each in (None, 999, 310_000, 12e6, 4.14e9)] == [
        *("–", "999 B", "310 kB", "12.0 MB", "4.14 GB")
    ]
    assert (rate(4_500_000), rate(None)) == ("4.50 Mbit/s", "–")
    assert (many(1, "title"), many(3408, "title")) == ("1 title", "3,408 titles")
    assert (percent(0.999), percent(1.0), percent(0.29)) == ("99 %", "100 %", "29 %")
    assert (timecode(123.9), timecode(3723)) == ("2:03", "1:02:03")
    assert (instant(123.96), instant(2.5), instant(3723)) == ("2:04.0", "0:02.5", "1:02:03.0")
    assert last_name("s3://bucket/films/a b.mp4") == "a b.mp4"


def test_every_state_has_a_glyph_a_word_and_a_drawing_of_its_own() -> None:
    assert set(states.OF_JOB) == set(JobState)
    assert set(states.OF_STEP) == set(StepState)
    shown = [each for each in vars(states).values() if isinstance(each, ShownState)]
    assert all(each.fill or each.stroke for each in shown)
    drawings = {(each.fill, each.stroke): each.glyph for each in shown}
    assert len(drawings) == len({each.glyph for each in shown}) == 10


def test_a_step_that_is_queued_after_an_attempt_is_tried_again() -> None:
    assert step_state("QUEUED", attempts=0).word == "waiting"
    assert step_state("QUEUED", attempts=1).word == "retrying"
    assert step_state("DONE", reused=True).word == "reused"


@pytest.mark.parametrize(
    "place",
    [None, "", "https://evil.test/", "//evil.test", "/\\evil.test", "titles", "/a\nb", "/a\\b"],
)
def test_nobody_is_sent_to_another_server(place: str | None) -> None:
    assert own_place(place) == "/"


def test_own_places_are_kept() -> None:
    assert own_place("/titles?state=failed&q=a") == "/titles?state=failed&q=a"


def test_the_policy_allows_no_inline_script_and_names_servers_that_are_played_from() -> None:
    assert "unsafe" not in policy()
    assert "script-src 'self';" in policy(["https://cdn.test"])
    assert "connect-src 'self' https://cdn.test;" in policy(["https://cdn.test"])
    assert "connect-src 'self' https://s3.test;" in policy(sent_to=["https://s3.test"])
    assert "img-src 'self' data:;" in policy(sent_to=["https://s3.test"])
