"""What a title's page says of its trials."""

from __future__ import annotations

from typing import Any

from api.pages.trials import title_predictions, trials_told
from tests.unit.tried import LADDER, LOW, UNTRIED

MISSED = {"predicted": 70.0, "measured": 64.0, "crf": 30.0, "corrected_crf": 27.5}


def record(cpu_s: float, *steps: dict[str, Any]) -> dict[str, Any]:
    trials = {"points": [{}] * 16, "windows_s": [0.0, 8.0], "window_s": 2.002, "cpu_s": cpu_s}
    return {"ladder": {"trials": trials}, "steps": list(steps)}


def encode(cpu_s: float, state: str = "DONE", *, reused: bool = False) -> dict[str, Any]:
    return {"kind": "encode", "state": state, "reused": reused, "cpu_s": cpu_s}


TOLD = "16 candidates tried on 2 windows of 2.002 s"


def test_trials_are_told_with_what_they_took_beside_the_encode() -> None:
    assert trials_told(record(88.0, encode(150), encode(64))) == (
        f"{TOLD}: trials took 1 min 28 s of processor time, 41 % of the encode's"
    )


def test_an_encode_that_is_not_done_or_was_known_is_nothing_to_compare_with() -> None:
    alone = f"{TOLD}: trials took 8.0 s of processor time"
    assert trials_told(record(8.0, encode(150), encode(9, "RUNNING"))) == alone
    assert trials_told(record(8.0, encode(150), encode(0, reused=True))) == alone
    assert trials_told(record(8.0)) == alone
    assert trials_told(record(8.0, {"kind": "encode", "key": "encode:0"})) == alone  # of a plan


def test_trials_that_were_known_took_nothing() -> None:
    assert trials_told(record(0.0)) == f"{TOLD}: known from before, so that it took nothing"


def test_a_ladder_without_trials_says_nothing_of_them() -> None:
    assert trials_told({"ladder": None, "steps": []}) is None
    assert trials_told({"ladder": {"trials": None}, "steps": []}) is None


def test_rungs_are_held_against_the_mean_of_their_renditions() -> None:
    made: list[dict[str, Any]] = [
        {"name": LOW, "average_bps": 400_000, "vmaf": {"mean": 70.25}, "missed": MISSED},
        {"name": "other", "average_bps": None, "vmaf": None, "missed": None},
    ]
    predictions = title_predictions(LADDER, made)
    shown = [(each.measured.bps, each.error) for each in predictions]
    assert shown == [(None, None), (None, None), (400_000, 0.25)]
    assert [each.correction for each in predictions] == [
        *("", ""),
        "CRF 30 came to 64.0, so it was encoded once more with 27.5",
    ]
    assert title_predictions(UNTRIED, made) == []
    assert title_predictions(None, made) == []
