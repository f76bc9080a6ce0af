"""Where analysis draws its lines: what lies just on them, and what just beyond."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.facts import Loudness
from farm.found import Span
from farm.ladder import Timeline
from farm.mediainfo import FieldOrder, MediaInfo
from media.graphs.analyze_output import read_analysis, read_samples, timestamps_jump
from media.graphs.loudness import gated, loudness_range, read_loudness
from tests.unit.test_analyze_output import PARTIAL, declaring, findings, frame
from tests.unit.test_probe import recorded

__all__ = ["findings"]  # a fixture


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ((1912, 1080, 4, 0), True),  # 8 pixels of bars
        ((1913, 1080, 4, 0), False),
        ((1920, 1072, 0, 4), True),
        ((1920, 1073, 0, 4), False),
        ((960, 540, 480, 270), True),  # a quarter of the picture
        ((958, 540, 480, 270), False),
        ((100, -5, 4, 0), False),
        ((-100, 500, 4, 0), False),
    ],
)
def test_bars_count_from_8_pixels_on_around_a_quarter_of_the_picture_at_least(
    findings: Path, box: tuple[int, int, int, int], found: bool
) -> None:
    values = {f"cropdetect__{key}": value for key, value in zip("whxy", box, strict=True)}
    (findings / "crop.txt").write_text(frame(0, 0, **values))
    assert read_analysis(findings, recorded("film"), []).crop == (box if found else None)


def test_a_crop_that_lacks_a_side_is_none(findings: Path) -> None:
    (findings / "crop.txt").write_text(frame(0, 0, cropdetect__w=960, cropdetect__x=4))
    assert read_analysis(findings, recorded("film"), []).crop is None


@pytest.mark.parametrize(
    ("flag", "counts", "interlaced"),
    [
        ("progressive", (26, 0, 23), False),  # 49 frames tell nothing
        ("tff", (0, 0, 49), True),
        ("progressive", (26, 0, 24), True),  # 50 do
        ("tff", (0, 0, 50), False),
        ("bff", (0, 0, 49), True),
        ("unknown", (49, 0, 0), False),
        ("tff", (10, 0, 90), False),  # a tenth
        ("tff", (11, 0, 89), True),
        ("progressive", (50, 0, 50), False),  # half
        ("progressive", (51, 0, 49), True),
        ("tff", (90, 10, 0), True),  # a tenth of the combed ones
        ("tff", (89, 11, 0), False),
        ("tff", (10, 90, 0), True),
    ],
)
def test_fields_are_told_by_shares_of_the_frames_whose_kind_shows(
    findings: Path, flag: FieldOrder, counts: tuple[int, int, int], interlaced: bool
) -> None:
    film = recorded("film")
    flagged = replace(film, video=(replace(film.video[0], field_order=flag),))
    kinds = zip(("tff", "bff", "progressive"), counts, strict=True)
    values = {f"idet__multiple__{kind}": f"{count}.00" for kind, count in kinds}
    (findings / "fields.txt").write_text(frame(0, 0, **values))
    assert read_analysis(findings, flagged, []).interlaced is interlaced


def test_scenes_half_a_second_apart_are_two(findings: Path) -> None:
    times = (10.0, 10.499, 10.5, 10.999)
    text = "".join(frame(n, time_s, scd__time=time_s) for n, time_s in enumerate(times))
    (findings / "scenes.txt").write_text(text)
    assert read_analysis(findings, recorded("film"), []).scene_cuts_s == (10.0, 10.5)


@pytest.mark.parametrize(
    ("name", "start_s", "end_s", "span"),
    [
        ("black", 1.0, 3.0, Span(1.0, 3.0)),
        ("freeze", 1.0, 3.0, Span(1.0, 3.0)),
        ("silence", 1.0, 3.0, Span(1.0, 3.0)),
        ("silence", -0.02, 3.0, Span(0.0, 3.0)),
        ("black", 1.0, 3.25, Span(1.0, 3.25)),
        ("black", 1.0, 2.5, Span(1.0, 2.5)),
        ("black", 1.0, 2.499, None),
    ],
)
def test_a_span_lasts_a_second_and_a_half_at_least_and_starts_with_the_title(
    findings: Path, name: str, start_s: float, end_s: float, span: Span | None
) -> None:
    (findings / f"{name}-start.txt").write_text(frame(0, 0, start=start_s))
    (findings / f"{name}-end.txt").write_text(frame(1, 1, end=end_s))
    found = getattr(read_analysis(findings, recorded("film"), []), name)
    assert found == ((span,) if span else ())


def test_silence_to_the_end_ends_with_the_sound(findings: Path) -> None:
    (findings / "silence-start.txt").write_text(frame(0, 0, start=25.0))
    assert read_analysis(findings, recorded("film"), []).silence == (Span(25.0, 30.0),)


def test_complexity_is_told_in_hundredths(findings: Path) -> None:
    (findings / "complexity.txt").write_text(frame(1, 0.04, siti__si=70.12345, siti__ti=3.98765))
    found = read_analysis(findings, recorded("film"), [])
    assert (found.spatial_information, found.temporal_information) == (70.12, 3.99)


def late(seconds: str) -> MediaInfo:
    """A container that starts at 5 s, its picture half a second later."""
    media = declaring(seconds)
    picture = replace(media.video[0], start_s=Fraction(11, 2))
    return replace(media, start_s=Fraction(5), duration_s=Fraction(100), video=(picture,))


@pytest.mark.parametrize(
    ("media", "complaints", "missing_s"),
    [
        (declaring("31"), [], 0.0),  # a second is within tolerance
        (declaring("31.001"), [], 1.001),
        (declaring("30.1"), [PARTIAL], 0.0),
        (declaring("30.101"), [PARTIAL], 0.101),
        (declaring("30.9"), ["[error] File ended prematurely"], 0.9),
        (declaring("30.9"), ["[error] something else"], 0.0),
        (replace(declaring("31.2"), duration_s=Fraction(120)), [], 0.0),  # 1 % of it
        (replace(declaring("31.3"), duration_s=Fraction(120)), [], 1.3),
        (late("31"), [], 1.5),
    ],
)
def test_what_is_missing_is_measured_from_a_second_or_a_hundredth_on(
    findings: Path, media: MediaInfo, complaints: list[str], missing_s: float
) -> None:
    assert read_analysis(findings, media, complaints).missing_s == missing_s


def test_missing_sound_counts_like_missing_pictures(findings: Path) -> None:
    media = declaring("30")
    sound = replace(media.audio[0], duration_s=Fraction(40))
    longer = replace(media, audio=(sound,), duration_s=Fraction(40))
    assert read_analysis(findings, longer, []).missing_s == 10.0


@pytest.mark.parametrize(
    ("frames", "decoded", "jump"),
    [
        (500, 400, False),  # a quarter of what was decoded
        (501, 400, True),
        (300, 400, False),
        (299, 400, True),
        (148, 100, False),  # two seconds
        (149, 100, True),
        (52, 100, False),
        (51, 100, True),
    ],
)
def test_timestamps_jump_by_more_than_a_quarter_and_two_seconds(
    tmp_path: Path, frames: int, decoded: int, jump: bool
) -> None:
    (tmp_path / "decoded.gray").write_bytes(bytes(decoded))
    assert timestamps_jump(tmp_path, Timeline(Fraction(24), frames)) is jump


@pytest.mark.parametrize(
    ("lines", "samples"),
    [
        ("#tb 0: 1/48000\n", 0),
        ("0, 0, 0, 1024, 4096, 0x1\n", 0),  # less than what was appended
        ("0, 48000, 48000, 1, 4096, 0x1\n", 1),
        ("0, 0, 0, 9, 9, 0x1\n0, 96000, 96000, 24000, 9, 0x1\n#software: x\n", 72_000),
    ],
)
def test_samples_are_counted_to_the_end_of_the_last_packet_less_the_padding(
    tmp_path: Path, lines: str, samples: int
) -> None:
    (tmp_path / "samples-7.txt").write_text(lines)
    assert read_samples(tmp_path, 7) == samples


# --- loudness --------------------------------------------------------------------------------


def test_the_first_300_ms_hang_over_the_start_and_do_not_count() -> None:
    assert gated([-5.0, -5.0, -5.0, -20.0]) == pytest.approx((-20.0, -30.0))
    assert gated([-5.0, -5.0, -5.0]) == (-70.0, -70.0)


def test_what_is_at_a_gate_is_kept_out() -> None:
    assert gated([0.0, 0.0, 0.0, -70.0]) == (-70.0, -70.0)
    integrated, threshold = gated([0.0, 0.0, 0.0, -69.0, -69.0])
    assert (integrated, threshold) == pytest.approx((-69.0, -70.0))


def test_the_relative_gate_lies_10_lu_below_the_mean_of_what_is_audible() -> None:
    integrated, threshold = gated([0.0] * 3 + [-20.0] * 10 + [-33.0] * 10)
    assert threshold == pytest.approx(-32.8, abs=0.01)
    assert integrated == pytest.approx(-20.0)


def test_the_range_lies_between_the_10th_and_the_95th_percentile() -> None:
    series = [-40.0 + n / 10 for n in range(101)]  # -40 to -30
    assert loudness_range(series) == pytest.approx(8.5)
    assert loudness_range([-70.0, -80.0]) == 0.0
    assert loudness_range([*series, -70.0]) == pytest.approx(8.5)


def test_figures_before_three_seconds_and_after_the_end_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "momentary-0.txt").write_text(
        "".join(frame(n, n / 10, r128__M=-20.0 if n < 50 else -1.0) for n in range(60))
    )
    short_term = {2.8: -1.0, 2.9: -30.0, 3.9: -20.0, 4.9: -10.0, 5.0: -1.0}
    (tmp_path / "loudness-0.txt").write_text(
        "".join(
            frame(n, at_s, r128__S=value, r128__true_peak=0.1 * (n + 1))
            for n, (at_s, value) in enumerate(short_term.items())
        )
    )
    assert read_loudness(tmp_path, 0, 240_000) == Loudness(0, -20.0, 20.0, -6.02, -30.0)


@pytest.mark.parametrize(("peak", "dbtp"), [(0.0, -120.0), (1.0, 0.0), (1e-9, -120.0), (2, 6.02)])
def test_a_peak_is_told_in_decibels_and_silence_has_one(
    tmp_path: Path, peak: float, dbtp: float
) -> None:
    (tmp_path / "momentary-0.txt").write_text(frame(0, 0, r128__M=-20.0))
    (tmp_path / "loudness-0.txt").write_text(frame(0, 0, r128__S=-20.0, r128__true_peak=peak))
    assert read_loudness(tmp_path, 0, 48_000).true_peak_dbtp == dbtp
