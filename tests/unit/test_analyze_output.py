"""What FFmpeg's detectors wrote (recorded), as facts."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.facts import Analysis, Loudness
from farm.found import PicturesFound, SoundCurve, SoundFound, Span
from farm.ladder import Timeline
from farm.mediainfo import FieldOrder, MediaInfo
from media.graphs.analyze_output import read_analysis, timestamps_jump
from media.graphs.jumps import jumps
from media.graphs.loudness import gated, loudness_range
from media.graphs.metadata import read_frames, read_values
from media.graphs.sound_curves import read_sound_curve
from tests.unit.test_probe import recorded

PARTIAL = "[in#0/mov,mp4,m4a,3gp,3g2,mj2 @ 0x556a] [error] stream 1, offset 0x82c3a: partial file"


def frame(number: int, time_s: float, **values: object) -> str:
    entries = "".join(f"lavfi.{key.replace('__', '.')}={value}\n" for key, value in values.items())
    return f"frame:{number:<4} pts:{number:<7} pts_time:{time_s}\n{entries}"


@pytest.fixture
def findings(tmp_path: Path) -> Path:
    """The files of a sound film of 30 s in which nothing happens."""
    empty = "scenes black-start black-end freeze-start freeze-end silence-start silence-end crop"
    for name in f"{empty} fields complexity figures clipping-1 phase-1".split():
        (tmp_path / f"{name}.txt").write_text("")
    (tmp_path / "frames.gray").write_bytes(bytes(720))
    for name in ("grid.yuv", "pixels.yuv"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "sketch.txt").write_text("#tb 0: 1/25\n")
    sound = "#tb 0: 1/48000\n0,          0,          0,   480000,  5760000, 0x1\n"
    sound += "0,    1440000,    1440000,    48000,   576000, 0x00000000\n"
    (tmp_path / "samples-1.txt").write_text(sound)
    momentary = "".join(frame(n, n / 10, r128__M=-20.0) for n in range(310))
    (tmp_path / "momentary-1.txt").write_text(momentary)
    summary = (frame(n, n / 10, r128__S=-20.0, r128__true_peak=0.5) for n in range(0, 310, 10))
    (tmp_path / "loudness-1.txt").write_text("".join(summary))
    peaks = "".join(frame(n, n / 10, astats__Overall__Peak_level=-6.0206) for n in range(300))
    (tmp_path / "peaks-1.txt").write_text(peaks)
    return tmp_path


def test_a_film_in_which_nothing_happens(findings: Path) -> None:
    assert read_analysis(findings, recorded("film"), []) == Analysis(
        timeline=Timeline(Fraction(24), 720),
        duration_s=Fraction(30),
        interlaced=False,
        scene_cuts_s=(),
        crop=None,
        black=(),
        freeze=(),
        silence=(),
        loudness=(Loudness(1, -20.0, 0.0, -6.02, -30.0),),
        spatial_information=None,
        temporal_information=None,
        missing_s=0.0,
        sounds=(SoundFound(1, 30.0),),
        pictures=PicturesFound(),
        sound_curves=(SoundCurve(1, 0.1, (500,) * 300, 1.6, 1.0, (-20.0,) * 27),),
    )


def test_the_sound_of_a_long_film_is_told_in_twelve_hundred_columns(tmp_path: Path) -> None:
    levels = ["-inf" if n < 36_000 else -20.0 if n % 100 else 0.0 for n in range(72_000)]
    peaks = (frame(n, n / 10, astats__Overall__Peak_level=each) for n, each in enumerate(levels))
    (tmp_path / "peaks-1.txt").write_text("".join(peaks))
    loud = ("nan" if n < 3600 else -30.0 if n % 6 else -10.0 for n in range(7200))
    summary = (frame(n * 10, float(n), r128__S=each) for n, each in enumerate(loud))
    (tmp_path / "loudness-1.txt").write_text("".join(summary))
    found = read_sound_curve(tmp_path, 1, 7200 * 48_000)
    assert (found.peak_s, len(found.peaks)) == (6.0, 1200)
    assert found.peaks[:600] == (0,) * 600
    assert set(found.peaks[600:]) == {100, 1000}
    assert (found.lufs_s, found.lufs_from_s, len(found.lufs)) == (6.0, 4.1, 1200)
    assert set(found.lufs[:599]) == {-70.0}
    # The mean of energies: one second in six is at -10 LUFS, the others at -30.
    assert set(found.lufs[601:-1]) == {-17.6}


def test_a_span_that_reaches_the_end_has_no_end_of_its_own(findings: Path) -> None:
    starts = frame(48, 2.0, black_start=2.0) + frame(600, 25.0, black_start=25.0)
    (findings / "black-start.txt").write_text(starts)
    (findings / "black-end.txt").write_text(frame(120, 5.0, black_end=5.0))
    assert read_analysis(findings, recorded("film"), []).black == (Span(2.0, 5.0), Span(25.0, 30.0))


def test_a_short_span_is_none(findings: Path) -> None:
    (findings / "black-start.txt").write_text(frame(0, 0, black_start=0))
    (findings / "black-end.txt").write_text(frame(16, 0.667, black_end=0.667))
    assert read_analysis(findings, recorded("film"), []).black == ()


def test_a_strobe_is_one_scene(findings: Path) -> None:
    flashes = (240, 242, 244, 300)
    text = "".join(frame(n, n / 24, scd__time=round(n / 24, 6)) for n in flashes)
    (findings / "scenes.txt").write_text(text)
    assert read_analysis(findings, recorded("film"), []).scene_cuts_s == (10.0, 12.5)


@pytest.mark.parametrize(
    ("last", "crop"),
    [
        ((1920, 800, 0, 140), (1920, 800, 0, 140)),
        ((1440, 1080, 240, 0), (1440, 1080, 240, 0)),
        ((1918, 1078, 0, 0), None),  # dirty edges
        ((1920, 1080, 0, 0), None),
        ((400, 300, 760, 390), None),  # a logo on black
        ((-1904, -1064, 1912, 1072), (960, 1080, 480, 0)),  # black again: what was seen before
    ],
)
def test_bars_are_what_stays_black_to_the_end(
    findings: Path, last: tuple[int, int, int, int], crop: tuple[int, int, int, int] | None
) -> None:
    def seen(box: tuple[int, int, int, int]) -> dict[str, int]:
        return {f"cropdetect__{key}": value for key, value in zip("whxy", box, strict=True)}

    text = frame(0, 0, **seen((960, 1080, 480, 0))) + frame(12, 0.5, **seen(last))
    (findings / "crop.txt").write_text(text)
    assert read_analysis(findings, recorded("film"), []).crop == crop


@pytest.mark.parametrize(
    ("flag", "tff", "bff", "progressive", "interlaced"),
    [
        ("tff", 700, 0, 10, True),
        ("unknown", 0, 700, 10, True),
        ("progressive", 700, 0, 10, True),  # a wrong flag
        ("tff", 0, 0, 700, False),  # frames sent as fields
        ("tff", 280, 0, 420, True),  # 3:2 pulldown
        ("progressive", 280, 0, 420, False),
        ("progressive", 410, 240, 70, False),  # fine lines comb both ways
        ("tff", 3, 0, 2, True),  # nothing moves: the flag decides
        ("progressive", 3, 0, 0, False),
    ],
)
def test_interlacing_is_judged_by_pictures_then_by_the_flag(
    findings: Path, flag: FieldOrder, tff: int, bff: int, progressive: int, interlaced: bool
) -> None:
    film = recorded("film")
    flagged = replace(film, video=(replace(film.video[0], field_order=flag),))
    counts = {"tff": tff, "bff": bff, "progressive": progressive}
    values = {f"idet__multiple__{kind}": f"{count}.00" for kind, count in counts.items()}
    (findings / "fields.txt").write_text(frame(708, 29.5, **values))
    assert read_analysis(findings, flagged, []).interlaced is interlaced


def test_complexity_is_the_mean_of_the_samples(findings: Path) -> None:
    text = frame(1, 0.04, siti__si=70, siti__ti=3) + frame(3, 0.54, siti__si=80.0, siti__ti=6)
    (findings / "complexity.txt").write_text(text)
    found = read_analysis(findings, recorded("film"), [])
    assert (found.spatial_information, found.temporal_information) == (75.0, 4.5)


def declaring(seconds: str, name: str = "mov,mp4,m4a,3gp,3g2,mj2") -> MediaInfo:
    film, duration_s = recorded("film"), Fraction(seconds)
    picture = replace(film.video[0], duration_s=duration_s)
    return replace(film, format=name, duration_s=duration_s, video=(picture,))


@pytest.mark.parametrize(
    ("media", "complaints", "missing_s"),
    [
        (declaring("30.9"), [], 0.0),  # padding, edit lists, rounding
        (declaring("31.2"), [], 1.2),
        (declaring("30.9"), [PARTIAL], 0.9),
        (declaring("30.04"), [PARTIAL], 0.0),
        (declaring("40", "matroska,webm"), [], 10.0),
        (declaring("40", "mpegts"), [], 0.0),  # a guess of FFmpeg's, not a promise
        (replace(declaring("30"), duration_s=Fraction(0)), [], 0.0),
    ],
)
def test_what_is_missing_is_what_a_container_promises_and_does_not_hold(
    findings: Path, media: MediaInfo, complaints: list[str], missing_s: float
) -> None:
    assert read_analysis(findings, media, complaints).missing_s == missing_s


@pytest.mark.parametrize(
    ("decoded", "jump"), [(720, False), (700, False), (670, False), (1440, True), (140, True)]
)
def test_timestamps_jump_where_pictures_are_lost_or_stand(
    findings: Path, decoded: int, jump: bool
) -> None:
    (findings / "decoded.gray").write_bytes(bytes(decoded))
    assert timestamps_jump(findings, Timeline(Fraction(24), 720)) is jump


def test_a_clock_jumps_where_a_jump_was_written_down(tmp_path: Path) -> None:
    (tmp_path / "jumps-0.txt").write_text("")
    (tmp_path / "jumps-1.txt").write_text(frame(48, 4195.5) + "jump=1\n")
    assert [jumps(tmp_path, index) for index in (0, 1, 2)] == [False, True, False]


def test_printed_metadata_is_read_frame_by_frame(tmp_path: Path) -> None:
    path = tmp_path / "printed.txt"
    path.write_text(frame(0, 0, a=1, b="x") + frame(5, 0.5) + frame(9, 1.5, a=-2.5))
    assert list(read_frames(path)) == [
        (0.0, {"lavfi.a": "1", "lavfi.b": "x"}),
        (1.5, {"lavfi.a": "-2.5"}),
    ]


def test_a_value_that_is_no_number_counts_as_silence(tmp_path: Path) -> None:
    path = tmp_path / "printed.txt"
    path.write_text(frame(0, 0, r128__M="nan") + frame(1, 0.1, r128__M=-21.5))
    assert read_values(path) == [-math.inf, -21.5]


def test_a_frame_without_a_time_comes_before_all_others(tmp_path: Path) -> None:
    path = tmp_path / "printed.txt"
    path.write_text("frame:0    pts:NOPTS   pts_time:NOPTS\nlavfi.a=1\n" + frame(1, 0.1, a=2))
    assert list(read_frames(path)) == [(-math.inf, {"lavfi.a": "1"}), (0.1, {"lavfi.a": "2"})]


def test_the_gates_keep_pauses_out_of_the_loudness() -> None:
    # BS.1770: 10 s at -20, 10 s of silence, 10 s at -40, which is more than 10 LU below.
    series = [-20.0] * 103 + [-120.0] * 100 + [-40.0] * 100
    integrated, threshold = gated(series)
    assert integrated == pytest.approx(-20.0)
    assert threshold == pytest.approx(-33.0, abs=0.1)


def test_silence_is_at_the_gate() -> None:
    assert gated([-120.0] * 50) == (-70.0, -70.0)
    assert gated([]) == (-70.0, -70.0)


def test_the_range_lies_between_the_quiet_and_the_loud_but_above_its_gate() -> None:
    # EBU Tech 3342, minimum requirement 1: -20 and -30 give 10 LU; -60 is below the gate.
    assert loudness_range([-20.0] * 20 + [-30.0] * 20 + [-60.0] * 5) == pytest.approx(10.0)
    assert loudness_range([]) == 0.0
