"""From single trials to a title: what each candidate comes to over all windows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

from farm.ladder import Rung
from farm.trial_result import TrialResult
from farm.trials import QualityMetric
from ladders.per_title.candidates import Shape, candidate, shape_of
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
        scores = [score for result in self._by_name[name] for score in _scores(result, metric)]
        return math.fsum(scores) / len(scores) if scores else math.nan

    def tried_as(self, rung: Rung) -> str | None:
        """Return the candidate that became a rung, None where it was not tried."""
        name = candidate(rung, rung.crf, rung.preset).name
        return name if self.knows(name) else None

    def window(self, name: str, at: int) -> CurvePoint:
        """Return what a candidate came to in the window that is number `at` of those tried."""
        result = self._by_name[name][at]
        scores = _scores(result, self.metric)
        mean = math.fsum(scores) / len(scores)
        return CurvePoint(self.candidates[name].crf, max(LEAST_BPS, _bps(result)), mean)

    def window_curve(self, candidates: Iterable[Rung], at: int) -> RateCurve:
        """Return the curve of one shape in one window, through candidates that were all tried."""
        return monotone([self.window(rung.name, at) for rung in candidates])

    def curves(self, candidates: Iterable[Rung]) -> dict[Shape, RateCurve]:
        """Return the curve of each shape through candidates that were all tried."""
        points: dict[Shape, list[CurvePoint]] = defaultdict(list)
        for rung in candidates:
            points[shape_of(rung)].append(self.point(rung.name))
        return {shape: monotone(found) for shape, found in points.items()}


def _scores(result: TrialResult, metric: QualityMetric) -> tuple[float, ...]:
    return result.vmaf_v1 if metric == "vmaf_v1" else result.vmaf


def _bps(result: TrialResult) -> float:
    return result.bits * float(result.candidate.fps) / result.frames
