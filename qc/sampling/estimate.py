"""From some frames' scores to figures over all of them, and to where the worst may be."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from qc.sampling.statistics import FrameTraits, SampledStats, ScoreInterval
from qc.sampling.view import BEST, ForetoldScores, SampledView, view_of
from qc.scores import harmonic_mean, percentile
from qc.stretches import stretch_means

WIDTH = 1.96  # of 95 % of a normal distribution, on either side, in standard errors
# Set on the choosing clips of docs/benchmarks.md so that intervals cover: what a stride that beats
# with the encoder's pyramids makes of means; how far below all expectations the worst frame is, in
# usual surprises; samples foretold on the wrong side of a rank, were there none; and where the
# lowest of many windows is, in usual surprises from what is expected of them.
LEAST_DOUBT = 0.2
LEAST_WIDTH = 8.0
LEAST_WRONG = 1.0
STRETCH_LOW, STRETCH_LIKELY, STRETCH_HIGH = -3.5, -0.5, 2.0
FEWEST = 8  # samples from which on anything is known of how far they spread


def estimate(
    spread: Mapping[int, float],
    frames: int,
    traits: FrameTraits,
    stretch: int,
    sought: Mapping[int, float] | None = None,
) -> SampledStats:
    """Return the figures of a rendition of `frames` frames from the VMAF of some, by number.

    `spread` were scored because they are evenly spread, `sought` because something was expected of
    them (`predicted_worst`): these tell of themselves and their neighbours alone. `stretch` is how
    many frames a worst window has (qc/stretches.py). Where all frames were scored, figures are
    theirs and intervals have no width. Raises ValueError where nothing was scored.
    """
    if not spread:
        raise ValueError("no frame was scored: nothing can be told of the others")
    known = {**(sought or {}), **spread}
    if len(known) == frames:
        return _exactly([known[frame] for frame in range(frames)], stretch)
    view = view_of(spread, known, frames, traits)
    foretold = view.foretold(_itself, known)
    completed = sorted(foretold.completed())
    return SampledStats(
        mean=_mean(view, _itself, _itself),
        harmonic_mean=_mean(view, _inverse, _from_inverse),
        p5=_rank(view, foretold, completed, 5),
        p1=_rank(view, foretold, completed, 1),
        min=_least(view, foretold, completed[0]),
        worst_window=_worst_window(view, foretold, stretch),
        frames=frames,
        scored=len(known),
    )


def predicted_worst(
    known: Mapping[int, float], frames: int, traits: FrameTraits, most: int
) -> tuple[int, ...]:
    """Return the frames, `most` at most, that should be scored next since the worst may be there.

    The worst first. `known` are all scores so far. Empty where all frames are known. Asked again
    with their scores it looks further.
    """
    foretold = view_of(known, known, frames, traits).foretold(_itself, known)
    surprise = foretold.surprise
    lows = sorted(
        (expected - surprise * math.sqrt(variance), frame)
        for frame, (expected, variance) in enumerate(
            zip(foretold.expected, foretold.variances, strict=True)
        )
        if variance
    )
    chosen: dict[int, None] = {}
    for _, frame in lows:
        if len(chosen) == most:
            break
        if not chosen.keys() & {frame - 1, frame + 1}:  # neighbours are alike: one tells of both
            chosen[frame] = None
    return tuple(chosen)


def _exactly(scores: Sequence[float], stretch: int) -> SampledStats:
    ordered = sorted(scores)

    def exact(value: float) -> ScoreInterval:
        return ScoreInterval(value, value, value)

    return SampledStats(
        mean=exact(math.fsum(ordered) / len(ordered)),
        harmonic_mean=exact(harmonic_mean(ordered)),
        p5=exact(percentile(ordered, 5)),
        p1=exact(percentile(ordered, 1)),
        min=exact(ordered[0]),
        worst_window=exact(min(stretch_means(scores, stretch))),
        frames=len(ordered),
        scored=len(ordered),
    )


def _itself(score: float) -> float:
    return score


def _inverse(score: float) -> float:
    return 1 / (score + 1)  # of which libvmaf's harmonic mean is the mean


def _from_inverse(mean: float) -> float:
    return 1 / min(1.0, max(mean, 1 / (BEST + 1))) - 1


def _mean(
    view: SampledView, scale: Callable[[float], float], to_score: Callable[[float], float]
) -> ScoreInterval:
    """Return the interval of a mean on a scale of scores.

    Sought frames count, but tell of no others: they were chosen for being low.
    """
    foretold = view.foretold(scale, view.spread)
    value = math.fsum(foretold.expected) / view.frames
    surprises = [one.unforeseen for one in foretold.known]
    if len(surprises) < FEWEST:
        return ScoreInterval(_within(to_score(value)), 0.0, BEST)
    squares = math.fsum(surprise**2 for surprise in surprises)
    error = WIDTH * math.sqrt(view.unseen * squares) / len(surprises)
    low, high = sorted((to_score(value - error), to_score(value + error)))
    figure = to_score(value)
    low, high = min(low, figure - LEAST_DOUBT), max(high, figure + LEAST_DOUBT)
    return ScoreInterval(_within(figure), _within(low), _within(high))


def _within(score: float) -> float:
    return min(BEST, max(0.0, score))


def _rank(
    view: SampledView, foretold: ForetoldScores, completed: Sequence[float], percent: float
) -> ScoreInterval:
    value = percentile(completed, percent)
    if len(view.spread) < FEWEST:
        return ScoreInterval(value, 0.0, BEST)
    # How often known frames were foretold on the wrong side of it, an uncertain rank's variance.
    wrong = sum(
        (view.known[one.frame] <= value) != (view.known[one.frame] - one.unforeseen <= value)
        for one in foretold.known
        if one.frame in view.spread
    )
    samples = len(view.spread)
    share = max(wrong, LEAST_WRONG) / samples
    error = 100 * WIDTH * math.sqrt(view.unseen * share / samples)
    least = 100 / view.frames
    return ScoreInterval(
        value,
        percentile(completed, max(least, percent - error)),
        percentile(completed, percent + error),
    )


def _least(view: SampledView, foretold: ForetoldScores, likely: float) -> ScoreInterval:
    seen = min(view.known.values())
    if len(view.spread) < FEWEST:
        return ScoreInterval(seen, 0.0, seen)
    doubt = LEAST_WIDTH * foretold.surprise
    worst = min(
        expected - doubt * math.sqrt(variance)
        for expected, variance in zip(foretold.expected, foretold.variances, strict=True)
    )
    return ScoreInterval(seen, max(0.0, min(seen, likely, worst)), seen)


def _worst_window(view: SampledView, foretold: ForetoldScores, stretch: int) -> ScoreInterval:
    means = stretch_means(foretold.expected, stretch)
    # As if all frames of a stretch were off the same way, as they are where one sample tells of it.
    doubts = stretch_means([math.sqrt(variance) for variance in foretold.variances], stretch)

    def lowest(surprises: float) -> float:
        off = surprises * foretold.surprise
        return min(mean + off * doubt for mean, doubt in zip(means, doubts, strict=True))

    value = lowest(STRETCH_LIKELY)
    if len(view.spread) < FEWEST:
        return ScoreInterval(_within(value), 0.0, BEST)
    low = min(lowest(STRETCH_LOW), value - LEAST_DOUBT)
    high = max(lowest(STRETCH_HIGH), value + LEAST_DOUBT)
    return ScoreInterval(_within(value), _within(low), _within(high))
