"""What an encoder takes for a rung against x264's medium, by its codec and preset. Pure."""

from __future__ import annotations

from farm.ladder import Rung

# Processor time of a frame against x264's medium. x265 and SVT-AV1 were measured with pictures of
# 10 bits of Big Buck Bunny at 480p and 1080p, at about equal quality; presets nobody tried lie
# between or beyond those, as their makers' own curves have it.
H264_TIMES = {
    **{"ultrafast": 0.2, "superfast": 0.4, "veryfast": 0.5, "faster": 0.75, "fast": 0.9},
    **{"medium": 1.0, "slow": 1.6, "slower": 2.8},
}
HEVC_TIMES = {
    **{"ultrafast": 0.6, "superfast": 0.8, "veryfast": 1.2, "faster": 1.2, "fast": 1.9},
    **{"medium": 2.1, "slow": 5.0, "slower": 12.0},
}
AV1_TIMES = {
    **{0: 50.0, 1: 25.0, 2: 12.0, 3: 6.0, 4: 3.0, 5: 2.4, 6: 1.9, 7: 1.4, 8: 1.0},
    **{9: 0.7, 10: 0.5, 11: 0.45, 12: 0.4, 13: 0.35},
}

# Of a million pixels, on the machine of docs/benchmarks.md (planning/work.py).
ENCODE_S = 0.034  # to encode them with x264's preset medium
DECODE_S = 0.006  # to decode, split and scale those of the source


def encode_times(rung: Rung) -> float:
    """Return how much longer a frame takes than x264's medium takes for the same pixels."""
    if rung.codec == "hevc":
        return HEVC_TIMES[rung.preset]
    if rung.codec == "av1":
        return AV1_TIMES[int(rung.preset)]
    return H264_TIMES[rung.preset]


def spread_share(rung: Rung) -> float:
    """Return how many threads a rung has work for, against x264's medium; never more.

    Slower presets, and codecs, do more to the same rows of pixels.
    """
    return min(1.0, encode_times(rung))
