"""How a rendition looks where chunks meet that were encoded apart. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from farm.scores import Seam
from qc.frames import SCORE_DECIMALS
from qc.sampling.statistics import ScoreInterval

Intervals = Callable[[Sequence[int]], Sequence[ScoreInterval]]


def seam_scores(seams: Sequence[int], fps: Fraction, intervals: Intervals) -> tuple[Seam, ...]:
    """Return the worse of the two frames that meet at each seam, in the order of the title.

    `seams` are the frames at which another encode goes on; `intervals` tells of single frames.
    """
    places = [place for seam in seams for place in (seam - 1, seam)]
    told = list(zip(places, intervals(places), strict=True))
    pairs = zip(told[::2], told[1::2], strict=True)
    return tuple(
        Seam(
            frame=frame,
            time_s=round(float(frame / fps), 6),
            vmaf=round(found.value, SCORE_DECIMALS),
            low=round(found.low, SCORE_DECIMALS),
            high=round(found.high, SCORE_DECIMALS),
        )
        for frame, found in (min(pair, key=lambda each: each[1].value) for pair in pairs)
    )
