"""Parameters as rows hold them: written by planning, read by steps, also those of before."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from farm.facts import Loudness
from farm.serial import from_json, to_json
from planning.first import first_steps
from planning.params import (
    AudioParams,
    ChaptersParams,
    IngestParams,
    MeasureParams,
    PublishParams,
    TextParams,
    VerifyParams,
)
from planning.text_origin import FromSidecar, FromStream, FromTracks
from tests.unit.titles import media, plan, spec, steps, subtitle, subtitles
from workers.steps.registry import step_kind

TEXT_ROW = {
    "name": "text-de",
    "language": "de",
    "title": "",
    "forced": False,
    "hearing_impaired": False,
    "duration_s": "1001/25",
}
AUDIO_ROW = {
    "name": "audio-0-stereo",
    "stream_index": 1,
    "channels": 2,
    "bps": 160_000,
    "language": "en",
    "title": "",
    "default": True,
    "role": "main",
    "loudness": "ebu-r128",
    "measured": {
        "stream_index": 1,
        "integrated_lufs": -20.5,
        "range_lu": 4.0,
        "true_peak_dbtp": -3.0,
        "threshold_lufs": -30.5,
    },
    "duration_s": "40",
}


@pytest.mark.parametrize(
    ("row", "params"),
    [
        ({"sidecars": 2, "chapters": True, "excerpt": False}, IngestParams(2, True)),
        (
            {"sidecar": False, "duration_s": "40", "start_s": None},
            ChaptersParams(False, Fraction(40)),
        ),
        ({"approved": False}, PublishParams()),
        (
            {**AUDIO_ROW, "picked": [], "voice": None},
            AudioParams(
                *("audio-0-stereo", 1, 2, 160_000, "en", "", True, "main", "ebu-r128"),
                Loudness(1, -20.5, 4.0, -3.0, -30.5),
                Fraction(40),
            ),
        ),
        *(
            (
                {**TEXT_ROW, "from": written, "fps": None, "role": None, "start_s": None},
                TextParams("text-de", "de", "", False, False, Fraction(1001, 25), origin),
            )
            for written, origin in (
                ({"sidecar": 0}, FromSidecar(0)),
                ({"stream": 3}, FromStream(3)),
                ({"tracks": ["text-en", "text-fr"]}, FromTracks(("text-en", "text-fr"))),
            )
        ),
    ],
)
def test_a_row_of_the_version_before_is_read_and_written_as_it_was(
    row: dict[str, Any], params: object
) -> None:
    assert from_json(type(params), row) == params
    assert to_json(params) == row


def test_fields_that_came_later_have_what_rows_without_them_mean() -> None:
    planned = steps(plan())
    measure, verify = planned["measure:0"].params, planned["verify"].params
    for row, kind in ((measure, MeasureParams), (verify, VerifyParams)):
        older = {name: value for name, value in row.items() if name != "burn_in"}
        assert from_json(kind, older) == from_json(kind, row)
    assert from_json(TextParams, {**TEXT_ROW, "from": {"sidecar": 0}}).fps is None
    audio = from_json(AudioParams, AUDIO_ROW)
    assert (audio.picked, audio.voice) == ((), None)
    assert not from_json(IngestParams, {"sidecars": 2, "chapters": True}).excerpt
    assert from_json(ChaptersParams, {"sidecar": False, "duration_s": "40"}).start_s is None
    assert not from_json(PublishParams, {}).approved


def test_every_planned_row_is_what_its_kind_reads() -> None:
    wish = spec(
        subtitles=(subtitle("en"),), dual_text=("en", "de"), burn_in="de", chapters="/c.json"
    )
    title = plan(wish, media(text=(subtitles(3, "de"), subtitles(4, "fr", bitmap=True))))
    planned = [*first_steps(wish), *title.steps]
    read = {step.key: from_json(step_kind(step.kind).params, step.params) for step in planned}
    assert {key: to_json(params) for key, params in read.items()} == {
        step.key: step.params for step in planned
    }


def test_parameters_that_lack_what_they_need_are_refused() -> None:
    with pytest.raises(ValidationError, match="duration_s"):
        from_json(ChaptersParams, {"sidecar": True})
