"""Pictures that are shown twice at a steady beat, as where a rate was raised by doubling.

Told by grids of small means: a picture that hardly differs from the one before it, between others
that do. Cartoons drawn on twos or threes do that too, and much more often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from operator import sub

from farm.found import Cadence

MOVED = 200  # what both neighbours differ by, summed over a grid of 8 bits a cell, at least
SAME = 20  # how many times less a repeated one does: what codecs add
LEAST_EVERY = 5  # 24 to 30 a second; more often is drawn so
MIN_TIMES = 5
MIN_S = 4  # an effect of flashes is shorter
MIN_SHARE = 0.8  # of the repeats that come at the beat, and of the beats that have one


def cadence(grids: Iterable[bytes], rate: Fraction) -> Cadence | None:
    """Return the beat at which pictures are doubled; None where they are not."""
    changes = [sum(map(abs, map(sub, now, before))) for before, now in pairwise(grids)]
    doubled = [
        at
        for at in range(1, len(changes) - 1)
        if (moved := min(changes[at - 1], changes[at + 1])) >= MOVED and SAME * changes[at] <= moved
    ]
    gaps = Counter(after - before for before, after in pairwise(doubled))
    if not gaps:
        return None
    every, times = gaps.most_common(1)[0]
    if every < LEAST_EVERY or times + 1 < MIN_TIMES or times < MIN_SHARE * gaps.total():
        return None
    first, last = doubled[0], doubled[-1]
    if times < MIN_SHARE * (last - first) / every or last - first < MIN_S * rate:
        return None
    first_s, last_s = (round(float((at + 1) / rate), 3) for at in (first, last))
    return Cadence(every, len(doubled), first_s, last_s)
