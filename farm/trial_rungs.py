"""Which trial became which rung."""

from __future__ import annotations

from collections.abc import Sequence

from farm.ladder import Rung
from farm.trials import TrialPoint


def rung_of(point: TrialPoint, rungs: Sequence[Rung]) -> Rung | None:
    """Return the rung that is coded as a trial was, but for its cap; None for one that is none."""
    return next((rung for rung in rungs if _coded(rung) == _coded(point)), None)


def _coded(what: Rung | TrialPoint) -> tuple[object, ...]:
    return what.codec, what.width, what.height, what.fps, what.preset, what.crf
