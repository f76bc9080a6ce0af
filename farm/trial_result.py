"""What one trial encode showed."""

from __future__ import annotations

from dataclasses import dataclass

from farm.ladder import Rung


@dataclass(frozen=True, slots=True)
class TrialResult:
    """Of `trial`: one candidate in one window; scores are of its scored frames, in order."""

    candidate: Rung
    frames: int  # of the window, at the candidate's rate
    bits: int
    vmaf: tuple[float, ...]  # v0.6.1
    vmaf_v1: tuple[float, ...]
