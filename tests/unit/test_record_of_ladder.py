"""What a record says of a ladder that trials decided."""

from __future__ import annotations

from farm.record_of_ladder import ladder_record, trials_cpu_s
from farm.serial import to_json
from farm.snapshots import StepSnapshot
from tests.unit.tried import HEVC, LADDER, LOW, POINTS, TOP, UNTRIED


def step(kind: str, cpu_s: float | None) -> StepSnapshot:
    return StepSnapshot(kind, kind, "DONE", "cpu", 1, False, 1.0, None, None, 1.0, cpu_s, 1, None)


def test_each_trial_tells_which_rung_it_became_and_all_of_them_what_they_took() -> None:
    trials = ladder_record(LADDER, 12.5)["trials"]
    assert (trials["cpu_s"], trials["metric"], trials["windows_s"]) == (12.5, "vmaf_v1", [2, 14])
    became = [point["rung"] for point in trials["points"]]
    assert became == [None] * 6 + [LOW, None, TOP, HEVC]
    assert trials["points"][6] == {**to_json(POINTS[6]), "rung": LOW}


def test_each_rung_tells_what_it_was_predicted_to_come_to() -> None:
    assert [rung["predicted"] for rung in ladder_record(LADDER)["rungs"]] == [
        {"bps": 390_000, "vmaf": 70.0, "vmaf_v1": 71.0},
        {"bps": 1_500_000, "vmaf": 92.0, "vmaf_v1": 93.0},
        {"bps": 2_400_000, "vmaf": 93.0, "vmaf_v1": 94.0},
    ]


def test_a_ladder_without_trials_has_none_in_its_record() -> None:
    record = ladder_record(UNTRIED)
    assert record["trials"] is None
    assert [rung["predicted"] for rung in record["rungs"]] == [None, None, None]


def test_trials_took_what_their_steps_did_and_known_ones_nothing() -> None:
    steps = [step("trial", 1.25), step("encode", 9.0), step("trial", None), step("trial", 2.5)]
    assert trials_cpu_s(steps) == 3.75
    assert trials_cpu_s([]) == 0
