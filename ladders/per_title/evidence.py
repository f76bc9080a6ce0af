"""From single trials to a title: what each candidate comes to over all windows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

from farm.ladder import Rung
from farm.trial_result import TrialResult
from farm.trials import QualityMetric
from ladders.per_title.candidates import Shape, shape_of
from ladders.per_title.curves import CurvePoint, RateCurve, monotone

LEAST_BPS = 1000.0  # of pictures that take next to nothing, so that rates have a logarithm


class TrialEvidence:
    """All trials of a title so far, by candidate; rates in bit/s, scores as means."""

    def __init__(self, results: Iterable[TrialResult], metric: QualityMetric) -> None:
        self._by_name: dict[str, list[TrialResult]] = defaultdict(list)
        self.candidates: dict[str, Rung] = {}
        self.metric = metric
        for result in results:
            self._by_name[result.candidate.name].append(result)
            self.candidates.setdefault(result.candidate.name, result.candidate)

    def knows(self, name: str) -> bool:
        """Return whether a candidate was tried."""
        return name in self._by_name

    def point(self, name: str) -> CurvePoint:
        """Return what a candidate comes to, by the score that decides."""
        return CurvePoint(self.candidates[name].crf, self.bps(name), self.score(name, self.metric))

    def bps(self, name: str) -> float:
        """Return the mean rate over all windows."""
        rates = [_bps(result) for result in self._by_name[name]]
        return max(LEAST_BPS, math.fsum(rates) / len(rates))

    def score(self, name: str, metric: QualityMetric) -> float:
        """Return the mean of a metric over all scored frames; NaN where it was not taken."""
        scores = [
            score
            for result in self._by_name[name]
            for score in (result.vmaf_v1 if metric == "vmaf_v1" else result.vmaf)
        ]
        return math.fsum(scores) / len(scores) if scores else math.nan

    def curves(self, candidates: Iterable[Rung]) -> dict[Shape, RateCurve]:
        """Return the curve of each shape through candidates that were all tried."""
        points: dict[Shape, list[CurvePoint]] = defaultdict(list)
        for rung in candidates:
            points[shape_of(rung)].append(self.point(rung.name))
        return {shape: monotone(found) for shape, found in points.items()}


def _bps(result: TrialResult) -> float:
    return result.bits * float(result.candidate.fps) / result.frames
