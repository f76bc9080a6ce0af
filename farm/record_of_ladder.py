"""A ladder in the job record, and in that of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from farm.ladder import Ladder, Rejected, Rung
from farm.serial import to_json
from farm.snapshots import StepSnapshot
from farm.trial_rungs import rung_of
from farm.trials import Prediction, TrialPoint, Trials

TRIAL = "trial"  # the kind of steps that try candidates


def ladder_record(ladder: Ladder, trials_cpu_s: float = 0.0) -> dict[str, Any]:
    """Return the rungs of a ladder, kept and rejected, with their reasons.

    Where trials decided it, each rung has what it was predicted to come to, and they are all there:
    which rung each became, and the processor time that they took in this job.
    """
    trials = ladder.trials
    predicted = {each.rung: each for each in trials.predictions} if trials else {}
    return {
        "policy": ladder.policy,
        "rungs": [
            {**_rung(r), "predicted": _predicted(predicted.get(r.name))} for r in ladder.rungs
        ],
        "rejected": [_rejected(rung) for rung in ladder.rejected],
        "shots": [to_json(shot) for shot in ladder.shots],
        "trials": _trials(trials, ladder.rungs, trials_cpu_s) if trials else None,
    }


def trials_cpu_s(steps: Iterable[StepSnapshot]) -> float:
    """Return the processor time of a job's trials; those that were known cost nothing."""
    return round(sum(step.cpu_s or 0.0 for step in steps if step.kind == TRIAL), 3)


def _trials(trials: Trials, rungs: Sequence[Rung], cpu_s: float) -> dict[str, Any]:
    points = [_point(point, rungs) for point in trials.points]
    return {**to_json(trials), "points": points, "cpu_s": cpu_s}


def _point(point: TrialPoint, rungs: Sequence[Rung]) -> dict[str, Any]:
    rung = rung_of(point, rungs)
    return {**to_json(point), "rung": rung.name if rung else None}


def _predicted(found: Prediction | None) -> dict[str, float] | None:
    return {"bps": found.bps, "vmaf": found.vmaf, "vmaf_v1": found.vmaf_v1} if found else None


def _rung(rung: Rung) -> dict[str, Any]:
    target = {"crf": rung.crf, "max_bps": rung.max_bps, "buffer_bits": rung.buffer_bits}
    if rung.film_grain:
        target["film_grain"] = rung.film_grain
    return {
        "name": rung.name,
        "codec": rung.codec,
        "bit_depth": rung.bit_depth,
        "dynamic_range": rung.dynamic_range,
        "width": rung.width,
        "height": rung.height,
        "fps": str(rung.fps),
        "target": {**target, "preset": rung.preset, "gop_frames": rung.gop_frames},
        "reason": rung.reason,
    }


def _rejected(rung: Rejected) -> dict[str, Any]:
    return {
        "name": rung.name,
        "codec": rung.codec,
        "width": rung.width,
        "height": rung.height,
        "target": {"max_bps": rung.max_bps},
        "reason": rung.reason,
    }
