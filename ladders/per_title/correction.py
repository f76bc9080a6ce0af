"""The CRF that brings a rendition to what trials foretold of it, once it is known to be off."""

from __future__ import annotations

import math

from farm.ladder import Rung
from farm.trials import Foretold, Missed
from ladders.per_title.curves import LEAST_SLOPE
from ladders.per_title.tuning import MOST_CRF, stepped

OCTAVE_CRF = 6  # that halve or double the bits of x264 and x265; more of AV1's smaller steps do


def find_miss(rung: Rung, foretold: Foretold, measured: float, bps: float) -> Missed | None:
    """Return by how much a rendition missed its prediction, and the CRF that makes up for it.

    None where it is near enough. `measured` is its mean VMAF v0.6.1, `bps` its average rate: no CRF
    is asked for that would average more than the cap.
    """
    off = measured - foretold.vmaf
    if abs(off) <= foretold.most_miss:
        return None
    wanted = off / max(LEAST_SLOPE, foretold.vmaf_per_crf)
    lowest = -OCTAVE_CRF * max(0.0, math.log2(rung.max_bps / bps))
    move = max(lowest, -MOST_CRF, min(MOST_CRF, wanted))
    return Missed(
        predicted=foretold.vmaf,
        measured=round(measured, 3),
        crf=rung.crf,
        corrected_crf=stepped(rung.crf + move, rung.codec),
    )
