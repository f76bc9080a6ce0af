"""From some frames' scores to figures over all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from qc.sampling.statistics import FrameTraits, SampledStats, ScoreInterval
from qc.scores import harmonic_mean, percentile


def estimate(
    spread: Mapping[int, float],
    frames: int,
    traits: FrameTraits,
    sought: Mapping[int, float] | None = None,
) -> SampledStats:
    """Return the figures of a rendition of `frames` frames from the scores of some, by number.

    `spread` were scored because they are evenly spread, `sought` because something was expected of
    them (`predicted_worst`): these tell of themselves alone. Where all frames were scored, figures
    are theirs and intervals have no width. Raises ValueError where nothing was scored.
    """
    if not spread:
        raise ValueError("no frame was scored: nothing can be told of the others")
    known = {**spread, **(sought or {})}
    values = sorted(known.values())
    margin = 0.0 if len(known) == frames else 4 / math.sqrt(len(values))

    def around(value: float) -> ScoreInterval:
        return ScoreInterval(value, value - margin, value + margin)

    return SampledStats(
        mean=around(math.fsum(values) / len(values)),
        harmonic_mean=around(harmonic_mean(values)),
        p5=around(percentile(values, 5)),
        p1=around(percentile(values, 1)),
        min=around(values[0]),
        frames=frames,
        scored=len(known),
    )


def predicted_worst(
    known: Mapping[int, float], frames: int, traits: FrameTraits, most: int
) -> tuple[int, ...]:
    """Return the frames, `most` at most, that should be scored next since the worst may be there.

    Empty where all frames are known. Asked again with their scores it looks further.
    """
    around = sorted(known, key=lambda frame: known[frame])
    near = [frame + side for frame in around for side in (-1, 1)]
    fresh = dict.fromkeys(f for f in near if 0 <= f < frames and f not in known)
    return tuple(sorted(list(fresh)[:most]))
