"""How large the page of a long title is."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from lxml import html

from farm.facts import Span
from qc.report import PICTURE_BYTES, report_html
from qc.report.curves import COLUMNS
from qc.scores import stats
from tests.unit import titles
from tests.unit.reported import LADDER, SCORES, a_rung, evidence, frames, pictures, report_data

PICTURE = b"\xff" * PICTURE_BYTES  # as large as `verify` lets one be
RUNGS = [
    *(("h264-144p-145k", 22), ("h264-234p-300k", 38), ("h264-270p-500k", 48)),
    *(("h264-360p-900k", 60), ("h264-432p-1500k", 70), ("h264-540p-2300k", 79)),
    *(("h264-720p-3600k", 87), ("h264-1080p-5400k", 93), ("h264-1080p-7800k", 95)),
]


@pytest.mark.parametrize("subsample", [5, 1])
def test_two_hours_in_nine_rungs_make_a_page_of_less_than_a_megabyte_that_keeps_the_worst_frame(
    subsample: int,
) -> None:
    count = 2 * 3600 * 24 // subsample
    bad = count * 2 // 3

    def noise(middle: float, seed: int) -> Callable[[int], float]:
        chance = random.Random(seed)
        values = [max(12.0, round(chance.gauss(middle, 3), 3)) for _ in range(count)]
        return lambda n: 11.0 if n == bad else values[n]

    scored = {name: frames(noise(vmaf, vmaf), count) for name, vmaf in RUNGS}
    given = report_data(
        known=evidence(
            ladder=replace(LADDER, rungs=tuple(a_rung(name, 640, 360) for name, _ in RUNGS)),
            scores=tuple(
                replace(SCORES[0], rung=name, vmaf=stats(list(of.vmaf)))
                for name, of in scored.items()
            ),
            analysis=titles.analysis(
                duration_s=Fraction(7200),
                scene_cuts_s=tuple(n * 0.7 for n in range(10_000)),
                silence=tuple(Span(n * 7.0, n * 7.0 + 2) for n in range(1000)),
            ),
        ),
        scored=scored,
    )
    written = report_html(given, dict.fromkeys(pictures(given), PICTURE))
    assert len(given.stills) == 6
    assert 700_000 < len(written.encode()) < 1_000_000
    data = json.loads(
        html.document_fromstring(written).get_element_by_id("quality-data").text or ""
    )
    for rung in data["rungs"]:
        assert len(rung["vmaf"]) == len(rung["frames"]) <= 2 * COLUMNS + 2
        assert min(rung["vmaf"]) == 110
        assert sum(rung["frames"][: rung["vmaf"].index(110) + 1]) == bad * 5
