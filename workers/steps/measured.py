"""The scores of a rendition as they come in: spread, sought where the worst may be, and amid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from farm.command import Command, Finished
from farm.facts import EncodedVideo
from farm.scores import Bounds, Scores, Seam, Stats
from media.graphs.measure import Judged, held_together
from media.graphs.measure_near import amid_neighbours, read_as, score_near
from media.graphs.picture import SCALER
from media.graphs.scoring import HowScored
from planning.params import MeasureParams
from qc.foretold import CURVE_NAME, curve_to_parquet
from qc.frames import FRAMES_NAME, in_columns, to_parquet
from qc.sampling.curve import intervals_at, score_curve
from qc.sampling.estimate import estimate, predicted_worst
from qc.sampling.passes import amid
from qc.sampling.spread import SOUGHT, worst_of_all
from qc.sampling.statistics import SampledStats
from qc.scores import (
    Frames,
    banding,
    mean,
    mean_xpsnr,
    stats,
)
from qc.seams import seam_scores
from qc.stretches import stretch_frames, worst_stretch
from workers.steps.contract import StepContext
from workers.steps.facts import Facts
from workers.steps.score_logs import read_scores
from workers.steps.watched import Watched

Scoring = Callable[..., Command]


def how_scored(params: MeasureParams) -> HowScored:
    """Return by what the renditions of a step are scored."""
    return HowScored((params.width, params.height), params.model, params.cross_checks)


@dataclass(slots=True)
class RenditionScores:
    """A rendition and what was scored of it so far, by frame number."""

    context: StepContext[MeasureParams]
    judged: Judged
    watched: Watched
    spread: Frames = field(default_factory=dict)
    sought: Frames = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.spread = self.read(self.judged.samples)

    @property
    def is_whole(self) -> bool:
        """Return whether there is nothing left to score."""
        return len(self.spread) == self.watched.frames

    def read(self, samples: range) -> Frames:
        """Return the scores that a pass left in the scratch directory."""
        return read_scores(
            self.context.scratch,
            self.judged.place,
            samples,
            self.judged.rung.fps,
            step=f"measure {self.judged.rung.name}",
            cross_checks=self.context.params.cross_checks,
        )

    def seek(self, frame: int, window: range) -> None:
        """Take the score of a frame whose neighbours were scored for its sake."""
        if frame not in self.spread:
            self.sought = {**self.sought, frame: self.read(read_as(frame, window))[frame]}

    @property
    def is_estimated(self) -> bool:
        """Return whether some frames tell of all: not where a policy says which are scored."""
        return self.context.params.subsample is None and not self.is_whole

    def told(self) -> SampledStats:
        """Return the figures of all frames, as far as scores until now tell."""
        seen, stretch = self.watched, stretch_frames(self.judged.rung.fps)
        spread, sought = _vmaf(self.spread), _vmaf(self.sought)
        return estimate(spread, seen.frames, seen.traits, stretch, sought)

    def worst_places(self) -> tuple[int, ...]:
        """Return the frames where the worst are expected, the worst first."""
        scored = {**self.spread, **self.sought}
        known = {frame: score.vmaf for frame, score in scored.items()}
        return predicted_worst(known, self.watched.frames, self.watched.traits, SOUGHT)

    def scores(self) -> Scores:
        """Return what is told of the rendition."""
        params, rung = self.context.params, self.judged.rung
        every = [score for _, score in sorted(self.spread.items())]
        vmaf, bounds = self.of_scored([score.vmaf for score in every]), None
        if self.is_estimated:
            told = self.told()
            vmaf, bounds = _values(told), Bounds(_lows(told), _highs(told))
        return Scores(
            rung=rung.name,
            width=params.width,
            height=params.height,
            subsample=self.judged.samples.step,
            model=params.model,
            vmaf=vmaf,
            ssim=round(mean([score.ssim for score in every]), 6),
            psnr=round(mean([score.psnr for score in every]), 3),
            xpsnr=mean_xpsnr(every),
            banding=banding(every, rung.fps),
            bounds=bounds,
            scored=len({**self.spread, **self.sought}),
            sought=len(self.sought),
            scaler=SCALER,
            seams=self.at_seams(),
        )

    def at_seams(self) -> tuple[Seam, ...]:
        """Return how it looks where chunks meet; nothing where a policy says what is scored."""
        if not self.is_estimated and not self.is_whole:
            return ()
        rung, seen = self.judged.rung, self.watched
        seams = self.context.facts(f"stitch:{rung.name}", EncodedVideo).seams
        spread, sought = _vmaf(self.spread), _vmaf(self.sought)
        return seam_scores(
            seams,
            rung.fps,
            lambda places: intervals_at(places, spread, seen.frames, seen.traits, sought),
        )

    def of_scored(self, vmaf: Sequence[float]) -> Stats:
        """Return the figures of evenly spread scores, in order, as they are."""
        stretch = stretch_frames(self.judged.rung.fps / self.judged.samples.step)
        return replace(stats(vmaf), worst_window=worst_stretch(vmaf, stretch))

    def keep_frames(self) -> dict[str, Path]:
        """Return the file of every single score."""
        every = {**self.spread, **self.sought}
        kept = self.context.scratch / f"{self.judged.place}-{FRAMES_NAME}"
        kept.write_bytes(to_parquet(in_columns(every[frame] for frame in sorted(every))))
        return {FRAMES_NAME: kept, **self._keep_curve()}

    def _keep_curve(self) -> dict[str, Path]:
        """Return the file of what is expected between scored frames, if anything is."""
        if not self.is_estimated:
            return {}
        seen = self.watched
        curve = score_curve(_vmaf(self.spread), seen.frames, seen.traits, _vmaf(self.sought))
        kept = self.context.scratch / f"{self.judged.place}-{CURVE_NAME}"
        kept.write_bytes(curve_to_parquet(curve))
        return {CURVE_NAME: kept}


def look_closer(
    context: StepContext[MeasureParams], renditions: Sequence[RenditionScores]
) -> list[Finished]:
    """Score for real what scores so far make one expect to be the worst, in all renditions.

    Returns what programs took.
    """
    ran: list[Finished] = []
    by_place = {each.judged.place: each for each in renditions if not each.is_whole}
    for group in held_together([each.judged for each in by_place.values()]):
        alike = [by_place[each.place] for each in group]
        frames = alike[0].watched.frames
        for frame in worst_of_all([each.worst_places() for each in alike], SOUGHT):
            window, params = amid_neighbours(frame, frames), context.params
            look = score_near(
                [replace(each.judged, samples=window) for each in alike],
                params.treatment,
                params.timeline,
                how_scored(params),
                burn_in=params.burn_in,
                limits=context.beforehand.limits,
            )
            ran.append(context.run(look))
            for each in alike:
                each.seek(frame, window)
    return ran


def widen(
    context: StepContext[MeasureParams], renditions: Sequence[RenditionScores], scoring: Scoring
) -> list[Finished]:
    """Score more frames of those renditions whose figures may be on either side of a threshold.

    Returns what programs took.
    """
    facts: Facts = context.beforehand
    ran: list[Finished] = []
    while unsure := [
        (each, more)
        for each in renditions
        if _is_unsure(context.params, each) and (more := amid(each.judged.samples, len(ran)))
    ]:
        again = [replace(each.judged, samples=more) for each, more in unsure]
        ran.append(context.run(scoring(facts, context.params, again, watch=False)))
        for each, more in unsure:
            each.spread = {**each.spread, **each.read(more)}
    return ran


def _is_unsure(params: MeasureParams, measured: RenditionScores) -> bool:
    limits = params.limits_of(measured.judged.rung.name)
    if measured.is_whole or not limits:
        return False
    told = measured.told()
    return any(
        getattr(told, figure).straddles(threshold)
        for figure, thresholds in limits.items()
        for threshold in thresholds
    )


def _vmaf(scores: Frames) -> dict[int, float]:
    return {frame: score.vmaf for frame, score in scores.items()}


def _values(told: SampledStats) -> Stats:
    return Stats(*(round(getattr(told, name).value, 3) for name in _FIGURES))


def _lows(told: SampledStats) -> Stats:
    return Stats(*(round(getattr(told, name).low, 3) for name in _FIGURES))


def _highs(told: SampledStats) -> Stats:
    return Stats(*(round(getattr(told, name).high, 3) for name in _FIGURES))


_FIGURES = ("mean", "harmonic_mean", "p1", "p5", "min", "worst_window")  # in the order of Stats
