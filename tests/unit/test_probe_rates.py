"""The constant rate of a timeline, from the two rates FFmpeg declares."""

from __future__ import annotations

from fractions import Fraction

import pytest

from media.probe.rates import MAX_RATE, MIN_RATE, timeline_rate

NTSC = Fraction(30000, 1001)
FILM = Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("declared", "average", "rate"),
    [
        (Fraction(25), Fraction(25), Fraction(25)),
        (NTSC, NTSC, NTSC),
        (NTSC, Fraction(2997, 100), NTSC),  # a container that counts in hundredths
        (Fraction(24), FILM, FILM),  # the standard rate wins over a clock of 24 ticks
        (FILM, Fraction(71928, 3000), FILM),
        (Fraction(1000, 33), Fraction(1000, 33), Fraction(1000, 33)),
        (Fraction(120), Fraction(120), Fraction(60)),
        (Fraction(240000, 1001), Fraction(240000, 1001), Fraction(60000, 1001)),
        (Fraction(100), Fraction(100), Fraction(50)),
        (Fraction(1), Fraction(1), Fraction(16)),
        (Fraction(0), Fraction(25), Fraction(25)),
        (Fraction(30), Fraction(0), Fraction(30)),
        (Fraction(48), Fraction(48000, 1001), Fraction(48000, 1001)),
        (Fraction(60), Fraction(60000, 1001), Fraction(60000, 1001)),
        (Fraction(0), Fraction(480), Fraction(60)),  # the fastest camera
        (Fraction(480), Fraction(0), Fraction(60)),
    ],
)
def test_a_constant_rate_is_kept_exactly_or_halved_and_doubled_into_limits(
    declared: Fraction, average: Fraction, rate: Fraction
) -> None:
    assert timeline_rate(declared, average) == (rate, False)


@pytest.mark.parametrize(
    ("declared", "average", "rate"),
    [
        (Fraction(30), Fraction(2783, 100), Fraction(30)),  # a phone that dropped frames
        (Fraction(60), Fraction(45), Fraction(60)),
        (Fraction(50), Fraction(25), Fraction(25)),  # fields, counted as frames
        (Fraction(60), Fraction(12), FILM),  # a screen recording that hardly moves
        (Fraction(359), Fraction(2398, 100), FILM),
        (Fraction(119), Fraction(29), NTSC),
        (Fraction(120), Fraction(90), MAX_RATE),
        (Fraction(0), Fraction(0), Fraction(25)),
        (Fraction(90000), Fraction(0), Fraction(25)),
        (Fraction(90000), Fraction(25), Fraction(25)),  # a clock, not a frame rate
        (Fraction(90000), Fraction(10), FILM),
        (Fraction(481), NTSC, NTSC),
    ],
)
def test_a_variable_rate_gets_the_rate_its_times_lie_on_or_the_next_standard_one(
    declared: Fraction, average: Fraction, rate: Fraction
) -> None:
    assert timeline_rate(declared, average) == (rate, True)


@pytest.mark.parametrize("thousandths", [1, 33, 999, 10_001, 59_940, 61_000, 479_999])
def test_every_rate_ends_within_what_players_and_gops_can_live_with(thousandths: int) -> None:
    declared = Fraction(thousandths, 1000)
    rate, _ = timeline_rate(declared, declared)
    assert MIN_RATE <= rate <= MAX_RATE
