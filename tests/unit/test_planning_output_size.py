"""How large a title comes out: a share of the caps at first, then what such rungs came to."""

from __future__ import annotations

from fractions import Fraction

import pytest

from planning.output_size import BESIDE_BYTES, CONTAINER, PastRate, output_size
from tests.unit.titles import LOW, TOP, analysis, media, plan

LADDER = plan().ladder
CAPS_BPS = 300_000 + 900_000
MINUTE = Fraction(60)


LEAST, USUAL, MOST = BESIDE_BYTES


def media_bps(size_bytes: int, beside_bytes: int = USUAL) -> float:
    """Return the rate of the tracks in a title of a minute."""
    return (size_bytes - beside_bytes) / CONTAINER * 8 / 60


def test_at_first_a_rung_is_taken_to_come_to_half_its_cap() -> None:
    found = output_size(LADDER, [160_000], MINUTE, [])
    assert media_bps(found.expected_bytes) == pytest.approx(CAPS_BPS / 2 + 160_000, rel=0.001)
    assert found.low_bytes < found.expected_bytes < found.high_bytes
    assert media_bps(found.high_bytes, MOST) <= CAPS_BPS + 160_001


def test_what_such_rungs_came_to_counts_more_the_more_there_were() -> None:
    shares, widths = [], []
    for count in (0, 3, 30):
        past = [PastRate(LOW, 3e5, 6e4), PastRate(TOP, 9e5, 1.8e5)] * count
        found = output_size(LADDER, (), MINUTE, past)
        shares.append(media_bps(found.expected_bytes) / CAPS_BPS)
        widths.append(found.high_bytes / found.low_bytes)
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == pytest.approx(0.2, rel=0.15)
    assert widths == sorted(widths, reverse=True)


def test_a_rung_that_was_never_made_is_judged_by_the_others() -> None:
    past = [PastRate("h264-720p-3000k", 3e6, 3e5)] * 50
    found = output_size(LADDER, (), MINUTE, [*past, PastRate(LOW, 3e5, 0)])
    assert media_bps(found.expected_bytes) / CAPS_BPS == pytest.approx(0.1, rel=0.15)


def test_a_title_without_pictures_is_its_sound() -> None:
    sound = plan(found=media(video=()), seen=analysis(timeline=None)).ladder
    found = output_size(sound, [64_000, 96_000], MINUTE, [])
    assert found.high_bytes - found.low_bytes == MOST - LEAST
    assert media_bps(found.expected_bytes) == pytest.approx(160_000, rel=0.001)
