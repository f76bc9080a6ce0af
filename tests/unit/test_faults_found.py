"""What is told of pictures and sound by arithmetic, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.facts import Loudness
from farm.found import Cadence, PicturesFound, SoundFound, Span
from farm.spec import QcPolicy
from media.graphs.analyze_pictures import combed
from media.graphs.analyze_sound import spans
from media.graphs.cadence import cadence
from media.graphs.flashes import CELLS, flashes
from media.graphs.levels import BT601, BT709, share_out
from media.text.reading import family, language_of
from qc.drift import drift_checks, speed_named
from qc.pictures import picture_checks
from qc.sound import loudness_checks, sound_checks
from qc.sync import Heard
from qc.tints import Tint, see_tint, tint_checks
from tests.unit import titles
from tests.unit.reported import AUDIO

RATE = Fraction(24)
DARK, LIGHT = 40, 200
GREY = bytes([128]) * (2 * CELLS)


def grid(luma: int, cells: int = CELLS, rest: int = DARK) -> bytes:
    """Return a grey grid in which the first cells have one luma, the rest another."""
    return bytes([luma] * cells + [rest] * (CELLS - cells)) + GREY


def blinking(times: int, cells: int = CELLS, low: int = DARK, high: int = LIGHT) -> list[bytes]:
    """Return four seconds, dark but for so many flashes of a picture in the second one."""
    pictures = [grid(low, cells) for _ in range(4 * int(RATE))]
    for n in range(times):
        pictures[24 + n * (24 // times)] = grid(high, cells)
    return pictures


@pytest.mark.parametrize(
    ("pictures", "found"),
    [
        (blinking(3), False),
        (blinking(4), True),
        (blinking(6, cells=CELLS // 4), True),
        (blinking(6, cells=CELLS // 4 - 1), False),
        (blinking(6, low=DARK, high=DARK + 9), False),  # less than a tenth of full luminance
        (blinking(6, low=225, high=235), False),  # both bright
    ],
)
def test_more_than_three_flashes_a_second_over_a_quarter_are_too_many(
    pictures: list[bytes], found: bool
) -> None:
    general, red = flashes(pictures, RATE)
    assert red == ()
    assert bool(general) is found
    for span in general:
        assert (span.start_s, span.end_s) == pytest.approx((1.0, 1.8), abs=0.3)


def moved(number: int) -> bytes:
    return bytes([(number * 40 + cell) % 200 for cell in range(CELLS)]) + GREY


def shown(every: int, count: int = 240) -> list[bytes]:
    """Return pictures of which one in `every` is shown twice."""
    return [moved(n - n // every) for n in range(count)]


def test_a_beat_is_told_from_drawing_on_twos_and_from_chance() -> None:
    assert cadence(shown(5), RATE) == Cadence(5, 47, 0.208, 9.792)
    assert cadence(shown(2), RATE) is None
    assert cadence(shown(10_000), RATE) is None
    assert cadence(shown(5, count=60), RATE) is None


def test_levels_and_colours_that_no_screen_shows_are_out_of_range() -> None:
    assert share_out(bytes([16, 235, 4, 247] + [128] * 8), BT709) == 0.5
    assert share_out(bytes([200, 240, 128]), BT709) == 1  # a blue beyond white
    # Full red of BT.601 by its own matrix, and by that of BT.709.
    assert share_out(bytes([81, 90, 240]), BT601) == 0
    assert share_out(bytes([81, 90, 240]), BT709) == 1


def test_windows_near_each_other_are_a_stretch_if_they_fill_half_of_it() -> None:
    assert spans(iter([1.0, 1.1, 1.9]), 0.1, 1.0, 0.25) == ()
    assert spans(iter([1.0, 1.1, 1.3]), 0.1, 1.0, 0.25) == (Span(1.0, 1.4),)
    assert spans(iter([1.0, 1.1, 3.0, 3.1, 3.2]), 0.1, 1.0, 0.25) == (Span(3.0, 3.3),)


def test_fields_come_in_one_order() -> None:
    def counted(*rows: tuple[float, int, int, int]) -> tuple[Span, ...]:
        kinds = ("tff", "bff", "progressive")
        return combed(
            (at_s, {f"lavfi.idet.multiple.{k}": str(n) for k, n in zip(kinds, counts, strict=True)})
            for at_s, *counts in rows
        )

    assert counted((0.5, 0, 0, 12), (1.0, 12, 0, 12), (1.5, 24, 0, 12), (2.0, 24, 0, 24)) == (
        Span(0.5, 1.5),
    )
    assert counted((0.5, 12, 0, 0), (1.0, 12, 12, 0)) == ()


def test_red_that_flashes_and_figures_a_policy_limits_are_named() -> None:
    found = PicturesFound(red_flashes=(Span(1, 2),), blockiness=9.0, blur=5.0)
    checks = {
        check.rule: (check.outcome, check.evidence)
        for check in picture_checks(
            titles.analysis(pictures=found), QcPolicy(max_blockiness=8), (Span(3, 4),)
        )
    }
    assert checks == {
        "flashes": ("warn", "in red 1.0 s to 2.0 s"),
        "legal-range": ("pass", "0.0 % of the pixels of the worst sample"),
        "cadence": ("pass", "none"),
        "blockiness": ("warn", "9.0 in the median"),
        "blur": ("pass", "5.0 in the median"),
        "interlacing": ("warn", "the best rung shows two fields at once: 3.0 s to 4.0 s"),
    }
    assert list(picture_checks(titles.analysis(), QcPolicy(), None)) == []


def test_sound_may_end_with_pictures_that_are_black_to_the_end() -> None:
    known = titles.analysis(sounds=(SoundFound(1, 36.0),))
    *_, early = sound_checks(known)
    assert (early.outcome, early.places) == ("warn", (Span(36.0, 40.0),))
    *_, fading = sound_checks(replace(known, black=(Span(35.9, 40.0),)))
    assert fading.outcome == "pass"


@pytest.mark.parametrize(
    ("target", "lufs", "peak_dbtp", "outcome"),
    [
        ("atsc-a85", -25.9, -2.0, "pass"),
        ("atsc-a85", -25.9, -1.9, "warn"),
        ("streaming-14", -14.9, -1.0, "pass"),
        ("streaming-16", -14.9, -1.0, "warn"),
        ("streaming-27", -25.1, -2.0, "pass"),
        ("ebu-r128", -9.0, 0.0, "warn"),
    ],
)
def test_tracks_are_held_against_the_target_a_policy_chooses(
    target: str, lufs: float, peak_dbtp: float, outcome: str
) -> None:
    policy = QcPolicy.model_validate({"loudness_target": target})
    heard = {AUDIO.name: Loudness(1, lufs, 6.0, peak_dbtp, -40.0)}
    (check,) = loudness_checks(policy, (AUDIO,), heard)
    assert check.outcome == outcome
    assert check.evidence == f"{AUDIO.name}: {lufs:.1f} LUFS, range 6.0 LU, {peak_dbtp:.1f} dBTP"


@pytest.mark.parametrize(
    ("heard", "exact", "outcome", "evidence"),
    [
        ((Heard(4, 0), Heard(20, -3)), True, "pass", "steady at 2 places"),
        ((Heard(4, None), Heard(20, None)), True, "pass", "nothing tells"),
        (
            (Heard(4, 2), Heard(20, 30)),
            True,
            "fail",
            "it drifts from +2 ms at 4 s to +30 ms at 20 s",
        ),
        (
            (Heard(4, 2), Heard(20, 30)),
            False,
            "warn",
            "it drifts from +2 ms at 4 s to +30 ms at 20 s",
        ),
        (
            (Heard(4, 2), Heard(9, 60), Heard(20, 30)),
            True,
            *("fail", "it jumps from +2 ms at 4 s to +30 ms at 20 s"),
        ),
        (
            (Heard(4, 2), Heard(20, None, unlike=True)),
            True,
            *("warn", "at 20.0 s it is not what the source has there"),
        ),
    ],
)
def test_sound_that_runs_away_is_told_from_sound_that_is_late(
    heard: tuple[Heard, ...], exact: bool, outcome: str, evidence: str
) -> None:
    (check,) = drift_checks(heard, exact=exact)
    assert (check.outcome, check.evidence) == (outcome, evidence)


def test_speeds_of_common_mistakes_have_names() -> None:
    assert speed_named(1.0884) == "44.1 kHz played at 48 kHz"
    assert speed_named(1.0) is None


def test_colours_that_are_off_in_no_known_way_are_not_named() -> None:
    source, darker = (bytes([luma] * 4 + [100] * 4 + [160] * 4) for luma in (120, 100))
    assert see_tint(1.0, source, source, "bt709") == Tint(1.0, None, 0.0)
    assert see_tint(1.0, source, b"", "bt709") is None
    off = see_tint(1.0, source, darker, "bt709")
    assert off is not None
    assert off.mistake is None
    (check,) = tint_checks((off,))
    assert (check.outcome, check.evidence) == ("pass", "within 9.1 % at 1 places")


def test_languages_that_look_alike_count_as_one_and_little_text_as_none() -> None:
    assert family("nb-NO") == family("da") == "da"
    assert family("de-AT") == "de"
    assert language_of(["Guten Tag."]) is None
    assert language_of(["Wo bist du gewesen, als wir dich gestern gesucht haben?"] * 20) == "de"
