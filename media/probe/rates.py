"""Which constant rate a stream's pictures are put on.

It is told by the two rates FFmpeg declares, where these agree, else by the times of the pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
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
NEARLY = Fraction(5, 1000)  # a camera's clock is off by less; a second in 200 nobody sees is lost
MAX_DECLARED = Fraction(480)  # above it is a clock (90000/1), not a frame rate
FALLBACK_RATE = Fraction(25)  # FFmpeg's own, where nothing is declared
# A rate is told from so many pictures in a row: enough that a phone's jitter of some milliseconds
# cannot pass for a higher rate, few enough that half a second of full motion is seen.
IN_A_ROW = 24
JITTER = Fraction(3, 100)  # of what is measured so
SELDOM = 200  # a burst that is rarer than one in so many rows is a hiccup of the muxer


def timeline_rate(r_frame_rate: Fraction, avg_frame_rate: Fraction) -> tuple[Fraction, bool]:
    """Return the rate of the timeline, and whether frames do not lie on it by themselves.

    `r_frame_rate` is the lowest rate on which all timestamps lie, `avg_frame_rate` the count over
    the duration (FFmpeg, AVStream); 0 where undeclared.
    """
    base = r_frame_rate if r_frame_rate <= MAX_DECLARED else Fraction(0)
    average = avg_frame_rate if avg_frame_rate <= MAX_DECLARED else Fraction(0)
    if not base and not average:
        return FALLBACK_RATE, True
    if r_frame_rate > MAX_DECLARED:
        return _standard_at_or_above(average or FALLBACK_RATE), True
    if not base or not average:
        return _within_limits(base or average), False
    if abs(base - average) <= average * AGREEMENT:
        # Both within a thousandth: the base is exact, unless the average is the standard one.
        return _within_limits(average if average in STANDARD_RATES else base), False
    # Every frame lies on the base exactly. Twice the average it counts fields, or hardly a frame.
    if base in STANDARD_RATES and base < 2 * average * (1 - AGREEMENT):
        return base, True
    return _standard_at_or_above(average), True


def rate_of_pictures(times_s: Sequence[Fraction], declared: Fraction) -> Fraction:
    """Return the lowest standard rate that has a place for every picture, `declared` without any.

    `times_s` are those of all pictures, in any order. Where no standard rate is fast enough it is
    the highest.
    """
    times = sorted(set(times_s))
    length = min(IN_A_ROW, len(times) - 1)
    if length < 1:
        return declared
    rows_s = sorted(times[n + length] - times[n] for n in range(len(times) - length))
    fastest = length / rows_s[len(rows_s) // SELDOM]
    rate = _standard_at_or_above(fastest * (1 - JITTER))
    # Film that repeats fields by flags has pictures of two lengths by turns: only of an even
    # number of them the average is its rate.
    told = times if len(times) % 2 or len(times) == 2 else times[:-1]
    average = (len(told) - 1) / (told[-1] - told[0])
    # 29.97 and 30 differ less than jitter: the average decides between such a pair, if it is near.
    pair = [standard for standard in STANDARD_RATES if abs(standard / rate - 1) <= 2 * AGREEMENT]
    if average < rate * (1 - JITTER):
        return max(pair)
    return min(pair, key=lambda standard: abs(standard - average))


def _standard_at_or_above(average: Fraction) -> Fraction:
    nearest = _nearest_standard(average)
    if abs(nearest / average - 1) <= AGREEMENT:
        return nearest
    return next((rate for rate in STANDARD_RATES if rate >= average), MAX_RATE)


def _nearest_standard(rate: Fraction) -> Fraction:
    return min(STANDARD_RATES, key=lambda standard: abs(standard - rate))


def _within_limits(rate: Fraction) -> Fraction:
    """Return the rate, halved or doubled until it is one players and GOPs can live with.

    What is nearly a standard rate becomes that one.
    """
    while rate > MAX_RATE * (1 + NEARLY):
        rate /= 2
    while rate < MIN_RATE:
        rate *= 2
    nearest = _nearest_standard(rate)
    return nearest if abs(nearest / rate - 1) <= NEARLY else rate
