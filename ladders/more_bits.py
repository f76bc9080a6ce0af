"""The CRF with which a scene that looked too bad is encoded once more."""

from __future__ import annotations

import math

from farm.ladder import Rung
from ladders.per_title.correction import OCTAVE_CRF
from ladders.per_title.tuning import stepped

VMAF_PER_CRF = 1.2  # that one less gains where a scene is starved; see docs/qc.md
MOST_CRF_LESS = 12.0  # four times the bits
LEAST_CRF_LESS = 1.0  # less is not worth an encode


def crf_with_more_bits(rung: Rung, crf: float, missing: float, bps: float) -> float | None:
    """Return the CRF that makes up for `missing` VMAF in a scene of a rung, which has `crf` now.

    None where the scene, at `bps`, has nearly all that the rung's cap lets it have.
    """
    room = OCTAVE_CRF * max(0.0, math.log2(rung.max_bps / bps))
    less = min(MOST_CRF_LESS, room, max(LEAST_CRF_LESS, missing / VMAF_PER_CRF))
    new = stepped(crf - less, rung.codec)
    return new if crf - new >= LEAST_CRF_LESS else None
