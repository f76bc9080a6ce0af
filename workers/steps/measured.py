"""The scores of a rendition as they come in: spread, sought where the worst may be, and amid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from farm.command import Command, Finished
from farm.errors import ToolFailed
from farm.scores import Bounds, Scores, Stats
from media.graphs.look import PictureLook, look_of
from media.graphs.measure import Judged
from media.graphs.measure_near import amid_neighbours, score_near
from media.graphs.picture import SCALER
from media.graphs.scoring import ssim_name, vmaf_name
from planning.params import MeasureParams
from qc.frames import FRAMES_NAME, in_columns, to_parquet
from qc.sampling.estimate import estimate, predicted_worst
from qc.sampling.passes import amid
from qc.sampling.spread import SOUGHT, worst_of_all
from qc.sampling.statistics import SampledStats
from qc.scores import Frames, UnreadableScores, mean, read_sampled, read_whole, stats
from qc.stretches import stretch_frames, worst_stretch
from workers.steps.contract import StepContext
from workers.steps.facts import Facts
from workers.steps.watched import Watched

Scoring = Callable[..., Command]


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
        read = read_sampled if samples.step > 1 else read_whole
        folder, place, rung = self.context.scratch, self.judged.place, self.judged.rung
        vmaf_log = (folder / vmaf_name(place)).read_text("utf-8")
        with (folder / ssim_name(place)).open(encoding="ascii") as ssim_log:
            try:
                return read(vmaf_log, ssim_log, samples, rung.fps)
            except UnreadableScores as error:
                raise ToolFailed(f"measure {rung.name}: {error}") from error

    def seek(self, frame: int, window: range) -> None:
        """Take the score of a frame whose neighbours were scored for its sake."""
        if frame not in self.spread:
            self.sought = {**self.sought, frame: self.read(window)[frame]}

    def told(self) -> SampledStats:
        """Return the figures of all frames, as far as scores until now tell."""
        spread = {frame: score.vmaf for frame, score in self.spread.items()}
        sought = {frame: score.vmaf for frame, score in self.sought.items()}
        stretch = stretch_frames(self.judged.rung.fps)
        return estimate(spread, self.watched.frames, self.watched.traits, stretch, sought)

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
        if params.subsample is None and not self.is_whole:
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
            bounds=bounds,
            scored=len({**self.spread, **self.sought}),
            sought=len(self.sought),
            scaler=SCALER,
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
        return {FRAMES_NAME: kept}


def look_closer(
    context: StepContext[MeasureParams], renditions: Sequence[RenditionScores]
) -> list[Finished]:
    """Score for real what scores so far make one expect to be the worst, in all renditions.

    Returns what programs took.
    """
    ran: list[Finished] = []
    groups: dict[tuple[PictureLook, Fraction], list[RenditionScores]] = {}
    for each in renditions:
        if not each.is_whole:
            groups.setdefault((look_of(each.judged.rung), each.judged.rung.fps), []).append(each)
    for alike in groups.values():
        frames = alike[0].watched.frames
        for frame in worst_of_all([each.worst_places() for each in alike], SOUGHT):
            window, params = amid_neighbours(frame, frames), context.params
            look = score_near(
                [replace(each.judged, samples=window) for each in alike],
                params.treatment,
                params.timeline,
                size=(params.width, params.height),
                model=params.model,
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


def _values(told: SampledStats) -> Stats:
    return Stats(*(round(getattr(told, name).value, 3) for name in _FIGURES))


def _lows(told: SampledStats) -> Stats:
    return Stats(*(round(getattr(told, name).low, 3) for name in _FIGURES))


def _highs(told: SampledStats) -> Stats:
    return Stats(*(round(getattr(told, name).high, 3) for name in _FIGURES))


_FIGURES = ("mean", "harmonic_mean", "p1", "p5", "min", "worst_window")  # in the order of Stats
