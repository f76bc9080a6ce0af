"""A per-title ladder whose rungs spend their bits where they bring most, shot by shot."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from farm.ladder import Ladder, Rung, Shot
from farm.trials import Prediction
from ladders.per_shot.shots import ShotFrames
from ladders.per_shot.slopes import gained, mean, mean_change, tradeoff
from ladders.per_shot.spread import shot_moves, window_moves
from ladders.per_title.candidates import first_candidates, shape_of
from ladders.per_title.evidence import TrialEvidence
from ladders.per_title.lead import leads

LEAST_GAIN = 0.75  # VMAF: what trials promise below that did not come true (docs/ladders.md)


@dataclass(frozen=True, slots=True)
class ShotTitle:
    """The shots of a title, and of the windows that were tried their first frames and difficulty"""

    shots: tuple[ShotFrames, ...]
    starts: tuple[int, ...]
    difficulty: tuple[float, ...]


def by_shot(decided: Ladder, offered: Ladder, evidence: TrialEvidence, title: ShotTitle) -> Ladder:
    """Return the decided ladder with a CRF for each shot where trials show a gain.

    A rung takes the bits it took; where nothing is to be gained, what the worst pictures gain is
    lost to the mean, or it was not tried, it is left as it is. `offered` and `evidence` are what
    the ladder was decided by.
    """
    moves = {rung.name: _moves(rung, offered, evidence, title) for rung in decided.rungs}
    moved = {name: found for name, found in moves.items() if found is not None}
    shots = tuple(
        Shot(
            shot.start_frame,
            shot.frames,
            {name: found.moves[at] for name, found in moved.items() if found.moves[at]},
        )
        for at, shot in enumerate(title.shots)
    )
    return replace(
        decided,
        rungs=tuple(_explained(rung, moved.get(rung.name)) for rung in decided.rungs),
        shots=shots if moved else (),
        trials=replace(
            decided.trials,
            predictions=tuple(_better(each, moved) for each in decided.trials.predictions),
        )
        if decided.trials
        else None,
    )


@dataclass(frozen=True, slots=True)
class _Moved:
    """How a rung's CRF moves from shot to shot, and what that makes of its rate and score."""

    moves: tuple[float, ...]
    times_bps: float
    more_quality: float
    gain: float  # of the harmonic mean, at equal bits


def _moves(rung: Rung, offered: Ladder, evidence: TrialEvidence, title: ShotTitle) -> _Moved | None:
    tried = evidence.tried_as(rung)
    if tried is None or len(title.shots) < 2:
        return None
    candidates = [c for c in first_candidates(offered) if shape_of(c) == shape_of(rung)]
    curves = evidence.curves(first_candidates(offered))
    curve = curves[shape_of(rung)]
    crf = rung.crf - leads(offered, curves, evidence)[rung.codec]
    windows = [
        tradeoff(evidence.window(tried, at), evidence.window_curve(candidates, at), crf)
        for at in range(len(title.starts))
    ]
    octaves = math.log2(curve.at(crf - 0.5).bps / curve.at(crf + 0.5).bps)
    moves = shot_moves(title.shots, title.starts, title.difficulty, windows, octaves)
    of_windows = window_moves(title.shots, title.starts, moves)
    gain = gained(windows, of_windows)
    if gain < LEAST_GAIN or gained(windows, of_windows, mean) < 0:
        return None
    return _Moved(moves, *mean_change(windows, of_windows), gain)


def _explained(rung: Rung, moved: _Moved | None) -> Rung:
    if moved is None:
        return replace(rung, reason=f"{rung.reason}; one CRF for all shots")
    low, high = (rung.crf + end(moved.moves) for end in (min, max))
    told = f"from shot to shot CRF {low:g} to {high:g}, which adds {moved.gain:.1f} at equal bits"
    return replace(rung, reason=f"{rung.reason}; {told}")


def _better(prediction: Prediction, moved: dict[str, _Moved]) -> Prediction:
    found = moved.get(prediction.rung)
    if found is None:
        return prediction
    # What is tried with a fast preset is scored by one metric; the other gains about as much.
    return replace(
        prediction,
        bps=round(prediction.bps * found.times_bps),
        vmaf=round(prediction.vmaf + found.more_quality, 3),
        vmaf_v1=round(prediction.vmaf_v1 + found.more_quality, 3),
    )
