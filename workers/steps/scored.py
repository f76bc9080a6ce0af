"""The scores of single frames that `measure` left, brought to where they are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from farm.errors import StorageUnavailable
from farm.parts import Part
from farm.plan import step_of
from farm.scores import FrameScore
from farm.serial import from_json
from qc.foretold import CURVE_NAME, curve_from_parquet
from qc.frames import (
    FRAMES_NAME,
    ScoredFrames,
    UnreadableFrames,
    from_parquet,
    in_columns,
    to_parquet,
)
from qc.sampling.curve import ScoreCurve
from workers.steps.contract import StepContext


def scores_references(inputs: Mapping[str, Part]) -> dict[str, str]:
    """Return the inputs that hold scores, by the rung they are of.

    A step measures several; of older jobs it measured one, and was called after it.
    """
    measured = (each for each in inputs if step_of(each).partition(":")[0] == "measure")
    return {inputs[each].facts["rung"]: each for each in measured}


def bring_frames(context: StepContext[Any], rung: str, to: str) -> ScoredFrames:
    """Return the scores of a rung's frames, their Parquet file being in the scratch as `to`."""
    reference = scores_references(context.inputs)[rung]
    part = context.inputs[reference]
    if FRAMES_NAME not in part.files:
        return _frames_of_old(part.facts, context.scratch / to)
    file = context.bring(reference, FRAMES_NAME, to)
    try:
        return from_parquet(file.read_bytes())
    except UnreadableFrames as error:
        raise _damaged(part.files[FRAMES_NAME].key, error) from error


def bring_curve(context: StepContext[Any], rung: str, to: str) -> ScoreCurve | None:
    """Return what is expected between a rung's scored frames, its file being brought as `to`.

    None where every frame was scored, where a policy says which ones are, and of older parts.
    """
    reference = scores_references(context.inputs)[rung]
    part = context.inputs[reference]
    if CURVE_NAME not in part.files:
        return None
    try:
        return curve_from_parquet(context.bring(reference, CURVE_NAME, to).read_bytes())
    except UnreadableFrames as error:
        raise _damaged(part.files[CURVE_NAME].key, error) from error


def _damaged(key: str, error: UnreadableFrames) -> StorageUnavailable:
    return StorageUnavailable(
        f"{key} in the work store is damaged ({error}): delete it and submit the title again to"
        " measure it anew"
    )


def _frames_of_old(facts: dict[str, list[dict[str, float]]], file: Path) -> ScoredFrames:
    """Return the frames of a part whose facts hold them, and write them to `file`.

    So did `measure` up to its revision 1, and a farm may be upgraded between a title's `measure`
    and its `verify`. This can go when no release upgrades from 0.1.0 any more.
    """
    frames = in_columns(from_json(FrameScore, score) for score in facts["frames"])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(to_parquet(frames))
    return frames
