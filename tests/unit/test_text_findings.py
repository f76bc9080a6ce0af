"""What was mended, in sentences: counted, with the first time it happened and an example."""

from __future__ import annotations

import pytest

from media.text.cue import timestamp
from media.text.findings import Findings
from media.text.track import track_text


@pytest.mark.parametrize(
    ("time_ms", "written"),
    [
        (0, "00:00:00.000"),
        (999, "00:00:00.999"),
        (1000, "00:00:01.000"),
        (59_999, "00:00:59.999"),
        (60_000, "00:01:00.000"),
        (3_599_999, "00:59:59.999"),
        (3_600_000, "01:00:00.000"),
        (3_723_004, "01:02:03.004"),
        (360_000_000, "100:00:00.000"),
    ],
)
def test_a_timestamp_has_hours_minutes_seconds_and_milliseconds(time_ms: int, written: str) -> None:
    assert timestamp(time_ms) == written


def test_what_happens_again_is_counted_and_told_with_its_first_time() -> None:
    findings = Findings()
    findings.note("moved", 2000, example="early")
    findings.note("moved", 1000, example="late")
    findings.note("gone", 3000, thing="chapter")
    assert findings.sentences() == (
        "2 cues moved (first at 00:00:02.000: early)",
        "1 chapter gone (at 00:00:03.000)",
    )


@pytest.mark.parametrize(
    ("at_ms", "sentence"),
    [
        (None, "1 cue moved"),
        (1, "1 cue moved (at 00:00:00.001)"),
        (0, "1 cue moved (at 00:00:00.000)"),
        (-1, "1 cue moved (at -00:00:00.001)"),
    ],
)
def test_a_time_may_be_unknown_or_before_zero(at_ms: int | None, sentence: str) -> None:
    findings = Findings()
    findings.note("moved", at_ms)
    assert findings.sentences() == (sentence,)


def test_an_example_is_cut_to_forty_characters() -> None:
    findings = Findings()
    findings.note("moved", 0, example="x" * 40 + "y")
    assert findings.sentences() == (f"1 cue moved (at 00:00:00.000: {'x' * 40})",)


def test_what_is_said_of_the_file_is_said_once_and_not_counted() -> None:
    findings = Findings()
    for _ in range(2):
        findings.say("styles are left behind")
    findings.note("styles are left behind", 0)
    assert findings.sentences() == ("styles are left behind",)


@pytest.mark.parametrize(
    ("duration_ms", "timing"),
    [
        (0, "00:00:00.000 --> 00:00:00.000"),
        (1, "00:00:00.000 --> 00:00:00.001"),
        (2, "00:00:00.001 --> 00:00:00.002"),
    ],
)
def test_the_last_millisecond_of_a_track_never_begins_before_zero(
    duration_ms: int, timing: str
) -> None:
    assert track_text([], duration_ms) == f"WEBVTT\n\n{timing}\n\n"
