"""Sound over time: the drawing of each track, in pixels and in words."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from lxml import html

from farm.facts import Source
from farm.found import SoundCurve
from farm.spec import QcPolicy
from qc.report import ReportData, report_html
from qc.report.axes import Tick
from qc.report.parts import report_parts
from qc.report.sound import SoundDrawing, draw_sounds
from tests.unit import titles
from tests.unit.reported import audio_only, evidence, pictures, report_data

# Of 40 s: loud for ten, silent for ten, soft for twenty.
PEAKS = (*(500,) * 100, *(0,) * 100, *(50,) * 200)
LUFS = (*(-20.0,) * 9, *(-70.0,) * 10, *(-40.5,) * 18)
STEPS = SoundCurve(1, 0.1, PEAKS, 1.6, 1.0, LUFS)


def heard(*curves: SoundCurve, policy: QcPolicy | None = None) -> ReportData:
    streams = tuple(titles.sound(curve.stream_index) for curve in curves)
    return report_data(
        policy or QcPolicy(),
        known=evidence(analysis=titles.analysis(sound_curves=curves)),
        source=Source("ab" * 32, titles.media(audio=streams)),
    )


def drawn(*curves: SoundCurve, policy: QcPolicy | None = None) -> SoundDrawing:
    (drawing,) = draw_sounds(heard(*curves, policy=policy))
    return drawing


def page(of: ReportData) -> Any:
    return html.document_fromstring(report_html(of, pictures(of)))


def test_a_waveform_has_a_column_for_each_peak_and_none_where_nothing_is_heard() -> None:
    found = drawn(STEPS)
    assert found.wave.path == "M0 0V-50h100V0h100V-5h200V0z"
    assert (found.wave.per_s, found.wave.wide) == (10, 400)
    assert found.wave.at == "translate(84 32) scale(2.72000 0.28)"


def test_loudness_is_a_line_at_its_levels_and_interrupted_by_silence() -> None:
    found = drawn(STEPS)
    assert found.levels == [
        *(Tick(168, "-50"), Tick(144, "-40"), Tick(120, "-30"), Tick(96, "-20")),
        Tick(72, "-10 LUFS"),
    ]
    assert found.loudness is not None
    assert re.findall(r"M[^M]*?l", found.loudness.path) == ["M1.6 96l", "M20.6 145l"]
    assert (found.loudness.per_s, found.loudness.wide) == (1, 40)
    assert found.loudness.at == "translate(84 0) scale(27.20000 1)"


def test_what_the_policy_asks_is_between_two_lines() -> None:
    assert drawn(STEPS).targets == []
    asked = drawn(STEPS, policy=QcPolicy(loudness_target="streaming-16"))
    assert asked.target_words == "target -17 to -15 LUFS"
    upper, lower = sorted(asked.targets)
    ticks = {tick.label: tick.at_px for tick in asked.levels}
    assert ticks["-10 LUFS"] < upper < lower < ticks["-20"]


def test_a_drawing_is_told_in_words() -> None:
    assert drawn(STEPS).words == (
        "Stream 1, en, stereo: short-term loudness from -40.5 to -20.0 LUFS, loudest around"
        " 0:01.60; peaks up to -6.0 dBFS at 0:00.00"
    )
    assert drawn(replace(STEPS, peaks=(0,) * 400, lufs=(-70.0,) * 37)).words.endswith(": silence")
    clap = drawn(replace(STEPS, peaks=(1000,), lufs=()))
    assert clap.words == "Stream 1, en, stereo: peaks up to 0.0 dBFS at 0:00.00"
    assert clap.loudness is None


def test_a_moment_of_sound_is_seen() -> None:
    alone = drawn(replace(STEPS, peaks=(0, 1, 0), lufs=(-70.0, -30.0, -70.0)))
    assert alone.wave.path == "M0 0V0h1V-1h1V0h1V0z"
    assert alone.loudness is not None
    assert re.fullmatch(r"M2\.6 \d+h\.5", alone.loudness.path)


def test_one_track_is_drawn_and_of_several_one_is_chosen() -> None:
    one, both = page(heard(STEPS)), page(heard(STEPS, replace(STEPS, stream_index=2)))
    assert len(one.xpath("//figure[contains(@class, 'sound')]//svg")) == 1
    assert one.xpath("//figure[contains(@class, 'sound')]//details") == []
    choices = both.xpath("//details[@name='sound']")
    assert [choice.findtext("summary") for choice in choices] == [
        "Stream 1, en, stereo",
        "Stream 2, de, Kommentar, stereo",
    ]
    assert [choice.get("open") is not None for choice in choices] == [True, False]
    labels = [svg.get("aria-label") for svg in both.xpath("//details//svg")]
    assert [label.partition(":")[0] for label in labels] == [
        "Stream 1, en, stereo",
        "Stream 2, de, Kommentar, stereo",
    ]


def test_a_title_without_pictures_has_its_sound_drawn_too() -> None:
    silent = audio_only()
    given = replace(silent, analysis=replace(silent.analysis, sound_curves=(STEPS,)))
    seen = page(given)
    assert [svg.get("class") for svg in seen.xpath("//svg")] == ["sound-of"]
    assert "sound-of" in report_parts(given).sound


def test_older_analyses_have_no_sound_to_draw() -> None:
    assert draw_sounds(report_data()) == []
    assert report_parts(report_data()).sound == ""
