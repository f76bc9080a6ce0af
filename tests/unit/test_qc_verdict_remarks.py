"""What is not in the title as it was in the source is a warning of the verdict."""

from __future__ import annotations

from dataclasses import replace

from farm.facts import Check
from farm.remarks import Remark
from farm.spec import QcPolicy
from qc.verdict import decide
from tests.unit.reported import AUDIO, LADDER, evidence

DESCRIPTION = "description of the source"


def test_each_kind_of_remark_is_one_warning_that_names_every_item() -> None:
    remarks = (
        Remark("programme 2", "dropped", "the title is of programme 1"),
        Remark("audio stream 1", "assumed", "taken for 5.1"),
        Remark("audio stream 3", "dropped", "nobody named it"),
    )
    verdict = decide(QcPolicy(), evidence(ladder=replace(LADDER, remarks=remarks)))
    assert verdict.verdict == "pass"
    assert [check for check in verdict.checks if check.source == DESCRIPTION] == [
        Check(
            "source-dropped",
            "All of the source is in the title",
            "warn",
            "programme 2: the title is of programme 1; audio stream 3: nobody named it",
            DESCRIPTION,
        ),
        Check(
            "source-assumed",
            "The source says all that has to be known of it",
            "warn",
            "audio stream 1: taken for 5.1",
            DESCRIPTION,
        ),
    ]


def test_a_track_that_is_not_as_it_was_asked_for_is_a_warning() -> None:
    faint = replace(AUDIO, issues=("it is so quiet", "and short"))
    verdict = decide(QcPolicy(), evidence(audios=(AUDIO, faint)))
    assert [check for check in verdict.checks if check.source == "audio preparation"] == [
        Check(
            AUDIO.name,
            "The audio track is as it was asked for",
            "warn",
            "it is so quiet; and short",
            "audio preparation",
        )
    ]
