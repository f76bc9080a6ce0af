"""How large a title comes out: a share of the caps at first, then what such rungs came to."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.trials import Prediction, Trials
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


def test_a_rung_that_was_tried_comes_to_what_its_trial_did_whatever_others_came_to() -> None:
    predictions = (Prediction(LOW, 90_000, 60.0, 61.0), Prediction(TOP, 500_000, 90.0, 91.0))
    tried = replace(LADDER, trials=Trials("vmaf_v1", (0.0,), 2.0, (), predictions))
    past = [PastRate(LOW, 3e5, 2.9e5), PastRate(TOP, 9e5, 8.9e5)] * 30
    found = output_size(tried, (), MINUTE, past)
    assert media_bps(found.expected_bytes) == pytest.approx(590_000, rel=0.001)
    assert media_bps(found.low_bytes, LEAST) == pytest.approx(590_000 / 1.212, rel=0.001)
    assert media_bps(found.high_bytes, MOST) == pytest.approx(590_000 * 1.212, rel=0.001)


def test_a_title_without_pictures_is_its_sound() -> None:
    sound = plan(found=media(video=()), seen=analysis(timeline=None)).ladder
    found = output_size(sound, [64_000, 96_000], MINUTE, [])
    assert found.high_bytes - found.low_bytes == MOST - LEAST
    assert media_bps(found.expected_bytes) == pytest.approx(160_000, rel=0.001)
