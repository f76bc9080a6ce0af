"""How large the page of a long title is."""

from __future__ import annotations

import json
import random
from array import array
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from lxml import html

from farm.found import SoundCurve, Span
from qc.frames import ScoredFrames, in_columns
from qc.report import PICTURE_BYTES, ReportData, report_html
from qc.report.curves import COLUMNS
from qc.sampling.curve import ScoreCurve, score_curve
from qc.sampling.spread import sample_frames
from qc.sampling.statistics import FrameTraits
from qc.scores import stats
from tests.unit import titles
from tests.unit.reported import LADDER, SCORES, a_rung, evidence, pictures, report_data

PICTURE = b"\xff" * PICTURE_BYTES  # as large as `verify` lets one be
RUNGS = [
    *(("h264-144p-145k", 22), ("h264-234p-300k", 38), ("h264-270p-500k", 48)),
    *(("h264-360p-900k", 60), ("h264-432p-1500k", 70), ("h264-540p-2300k", 79)),
    *(("h264-720p-3600k", 87), ("h264-1080p-5400k", 93), ("h264-1080p-7800k", 95)),
]


FPS = Fraction(24)
FRAMES = 2 * 3600 * 24
BAD = 115_200  # of every subsample


def film(subsample: int) -> dict[str, ScoredFrames]:
    """Return the noisy scores of a feature film, each rung's worst at BAD."""
    chance = random.Random(1)
    noise = [chance.gauss(0, 3) for _ in range(0, FRAMES, subsample)]
    numbers = array("i", range(0, FRAMES, subsample))
    times = array("d", (number / 24 for number in numbers))
    flat = array("f", [0.98] * len(numbers))

    def scored(middle: int) -> ScoredFrames:
        vmaf = array("f", (max(12.0, middle + each) for each in noise[middle:] + noise[:middle]))
        vmaf[BAD // subsample] = 11.0
        return ScoredFrames(numbers, times, vmaf, flat, flat)

    return {name: scored(middle) for name, middle in RUNGS}


def a_film(scored: dict[str, ScoredFrames], sounds: tuple[SoundCurve, ...] = ()) -> ReportData:
    """Return a film of these scores in which much happens."""
    rungs = tuple(replace(a_rung(name, 640, 360), fps=FPS) for name, _ in RUNGS)
    return report_data(
        known=evidence(
            ladder=replace(LADDER, rungs=rungs),
            scores=tuple(
                replace(SCORES[0], rung=name, vmaf=stats(of.vmaf)) for name, of in scored.items()
            ),
            analysis=titles.analysis(
                duration_s=Fraction(7200),
                scene_cuts_s=tuple(n * 0.7 for n in range(10_000)),
                silence=tuple(Span(n * 7.0, n * 7.0 + 2) for n in range(1000)),
                sound_curves=sounds,
            ),
        ),
        scored=scored,
    )


def sampled_film() -> tuple[dict[str, ScoredFrames], dict[str, ScoreCurve]]:
    """Return some scores of the film, and what they tell of the others."""
    scored, curves = {}, {}
    for name, every in film(1).items():
        spread = {frame: every.vmaf[frame] for frame in sample_frames(FRAMES, 110)}
        sought = {frame: every.vmaf[frame] for frame in range(BAD, BAD + 200, 20)}
        scored[name] = in_columns(every[frame] for frame in sorted({**spread, **sought}))
        curves[name] = score_curve(spread, FRAMES, FrameTraits(), sought)
    return scored, curves


def test_where_some_frames_tell_of_all_and_four_tracks_are_heard_it_is_as_small() -> None:
    scored, curves = sampled_film()
    chance = random.Random(2)
    sounds = tuple(
        SoundCurve(
            *(stream, 6.0, tuple(chance.randint(0, 1000) for _ in range(1200)), 4.1, 6.0),
            tuple(round(chance.uniform(-40, -10), 1) for _ in range(1200)),
        )
        for stream in range(1, 5)
    )
    given = replace(a_film(scored, sounds), curves=curves)
    written = report_html(given, dict.fromkeys(pictures(given), PICTURE))
    assert 700_000 < len(written.encode()) < 1_000_000
    page: Any = html.document_fromstring(written)
    for rung in json.loads(page.get_element_by_id("quality-data").text)["rungs"]:
        assert COLUMNS * 0.8 < len(rung["vmaf"]) <= COLUMNS
        assert min(rung["vmaf"]) == 110
        assert sum(rung["frames"][: rung["vmaf"].index(110) + 1]) == BAD


@pytest.mark.parametrize("subsample", [5, 1])
def test_two_hours_in_nine_rungs_make_a_page_of_less_than_a_megabyte_that_keeps_the_worst_frame(
    subsample: int,
) -> None:
    given = a_film(film(subsample))
    written = report_html(given, dict.fromkeys(pictures(given), PICTURE))
    assert len(given.stills) == 6
    assert 700_000 < len(written.encode()) < 1_000_000
    page: Any = html.document_fromstring(written)
    for rung in json.loads(page.get_element_by_id("quality-data").text)["rungs"]:
        assert 2 * COLUMNS - 2 < len(rung["vmaf"]) == len(rung["frames"]) <= 2 * COLUMNS + 2
        assert min(rung["vmaf"]) == 110
        assert sum(rung["frames"][: rung["vmaf"].index(110) + 1]) == BAD
