"""Which constant rate a stream's pictures are put on, from the two rates FFmpeg declares."""

from __future__ import annotations

from fractions import Fraction

STANDARD_RATES = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48000, 1001),
    Fraction(48),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)
MAX_RATE = Fraction(60)  # HLS authoring specification for Apple devices, rule 1.14a
MIN_RATE = Fraction(10)  # slower, and a GOP of a slideshow would hold no frame
AGREEMENT = Fraction(1, 1000)  # of rates that differ by rounding, or as 24 and 23.976 do
MAX_DECLARED = Fraction(480)  # above it is a clock (90000/1), not a frame rate
FALLBACK_RATE = Fraction(25)  # FFmpeg's own, where nothing is declared


def timeline_rate(r_frame_rate: Fraction, avg_frame_rate: Fraction) -> tuple[Fraction, bool]:
    """Return the rate of the timeline, and whether frames do not lie on it by themselves.

    `r_frame_rate` is the lowest rate on which all timestamps lie, `avg_frame_rate` the count over
    the duration (FFmpeg, AVStream); 0 where undeclared.
    """
    base = r_frame_rate if r_frame_rate <= MAX_DECLARED else Fraction(0)
    average = avg_frame_rate if avg_frame_rate <= MAX_DECLARED else Fraction(0)
    if not base and not average:
        return FALLBACK_RATE, True
    if not base or not average:
        return _within_limits(base or average), False
    if abs(base - average) <= average * AGREEMENT:
        # Both within a thousandth: the base is exact, unless the average is the standard one.
        return _within_limits(average if average in STANDARD_RATES else base), False
    # Every frame lies on the base exactly. Twice the average it counts fields, or hardly a frame.
    if base in STANDARD_RATES and base < 2 * average * (1 - AGREEMENT):
        return base, True
    return _standard_at_or_above(average), True


def _standard_at_or_above(average: Fraction) -> Fraction:
    floor = average * (1 - AGREEMENT)
    return next((rate for rate in STANDARD_RATES if rate >= floor), MAX_RATE)


def _within_limits(rate: Fraction) -> Fraction:
    """Return the rate, halved or doubled until it is one players and GOPs can live with."""
    while rate > MAX_RATE:
        rate /= 2
    while rate < MIN_RATE:
        rate *= 2
    return rate
