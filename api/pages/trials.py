"""What a title's page says of the trials that decided its ladder."""

from __future__ import annotations

from typing import Any

from api.pages.words import duration, many, percent
from farm.ladder import Ladder
from farm.serial import from_json
from farm.trials import Missed
from qc.report.predicted import MeasuredRung, PredictedRung, predicted_rungs

ENCODE, TRIAL = "encode", "trial"


def trials_told(record: dict[str, Any]) -> str | None:
    """Return what trials of a job or a plan took, None where there were none.

    Beside the encode's only once that is done, and was done for this title.
    """
    trials = record["ladder"] and record["ladder"]["trials"]
    if trials is None:
        return None
    tried = f"{many(len(trials['points']), 'candidate')} tried on"
    told = f"{tried} {many(len(trials['windows_s']), 'window')} of {trials['window_s']:g} s"
    if not trials["cpu_s"]:
        return f"{told}: known from before, so that it took nothing"
    took = f"{told}: trials took {duration(trials['cpu_s'])} of processor time"
    encode_s = _whole_encode_s(record["steps"])
    return (
        took
        if encode_s is None
        else f"{took}, {percent(trials['cpu_s'] / encode_s)} of the encode's"
    )


def title_predictions(
    ladder: Ladder | None, renditions: list[dict[str, Any]]
) -> list[PredictedRung]:
    """Return the rungs that were predicted, beside what a record's renditions came to."""
    if ladder is None:
        return []
    return predicted_rungs(
        ladder,
        {
            each["name"]: MeasuredRung(
                each["average_bps"],
                each["vmaf"] and each["vmaf"]["mean"],
                each["missed"] and from_json(Missed, each["missed"]),
            )
            for each in renditions
        },
    )


def _whole_encode_s(steps: list[dict[str, Any]]) -> float | None:
    encodes = [step for step in steps if step["kind"] == ENCODE and "state" in step]
    if not encodes or any(step["state"] != "DONE" or step["reused"] for step in encodes):
        return None
    return sum(step["cpu_s"] or 0.0 for step in encodes) or None
