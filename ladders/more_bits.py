"""The CRF with which a scene that looked too bad is encoded once more."""

from __future__ import annotations

import math

from farm.ladder import CodecName, Rung
from ladders.per_title.correction import OCTAVE_CRF
from ladders.per_title.tuning import stepped

# That one less gains. Of five clips x264 gained 2 to 4 between VMAF 50 and 85, 1.2 to 1.9 above: a
# little less is assumed, so that one more encode does it.
VMAF_PER_CRF = 1.5
MOST_CRF_LESS = 12.0  # four times the bits
LEAST_CRF_LESS = 1.0  # less is not worth an encode
# What is one of x264's. Of five clips at VMAF 82 to 93 one of SVT-AV1's gained 0.5 to 1, one of
# x264's 1.2 to 2.1, and 11 to 16 halved the bits, where of x264 5 to 8 did.
STEPS: dict[CodecName, float] = {"h264": 1.0, "hevc": 1.0, "av1": 2.0}


def crf_with_more_bits(rung: Rung, crf: float, missing: float, bps: float) -> float | None:
    """Return the CRF that makes up for `missing` VMAF in a scene of a rung, which has `crf` now.

    None where the scene, at `bps`, has nearly all that the rung's cap lets it have.
    """
    room = OCTAVE_CRF * max(0.0, math.log2(rung.max_bps / bps))
    less = min(MOST_CRF_LESS, room, max(LEAST_CRF_LESS, missing / VMAF_PER_CRF))
    new = stepped(crf - less * STEPS[rung.codec], rung.codec)
    return new if less >= LEAST_CRF_LESS and new < crf else None
