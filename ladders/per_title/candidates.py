"""What is tried of a title: every size it may have, at a few CRFs, with a fast preset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from farm.ladder import CodecName, Ladder, Rung

# Presets that rank sizes nearly as slow ones do (docs/ladders.md): of x264, x265 and SVT-AV1.
FAST_PRESETS: Mapping[CodecName, str] = {"h264": "veryfast", "hevc": "superfast", "av1": "11"}
# From where hardly anything is lost to where a smaller size is better. Two would not do: the bits
# of a noisy picture fall off at a knee, which curves through two miss by half (docs/ladders.md).
FIRST_CRF: Mapping[CodecName, tuple[float, ...]] = {
    "h264": (20, 28, 36),
    "hevc": (20, 28, 36),
    "av1": (22, 37, 52),
}
# Trials are as good as not capped: a cap is set by what they show. SVT-AV1 takes no more than this.
UNCAPPED_BPS = 90_000_000

Shape = tuple[CodecName, int, int, Fraction]  # codec, width, height, frame rate


def shape_of(rung: Rung) -> Shape:
    """Return what rungs of one rate-quality curve share."""
    return rung.codec, rung.width, rung.height, rung.fps


def shapes(offered: Ladder) -> list[Shape]:
    """Return the sizes that a title may have, of each codec from the smallest on."""
    found = dict.fromkeys(shape_of(rung) for rung in offered.rungs)
    return sorted(found, key=lambda shape: (shape[0], shape[1] * shape[2], shape[3]))


def first_candidates(offered: Ladder) -> tuple[Rung, ...]:
    """Return what is tried first: each offered size at CRFs that span its use."""
    by_shape = {shape_of(rung): rung for rung in offered.rungs}
    return tuple(
        candidate(by_shape[shape], crf, FAST_PRESETS[shape[0]])
        for shape in shapes(offered)
        for crf in FIRST_CRF[shape[0]]
    )


def candidate(rung: Rung, crf: float, preset: str) -> Rung:
    """Return a rung's picture at another CRF and preset, uncapped, under a name that tells both."""
    rate = f"{float(rung.fps):.4g}".replace(".", "_")
    size = f"{rung.width}x{rung.height}"
    return replace(
        rung,
        name=f"{rung.codec}-{size}-{rate}-{preset}-crf{crf:g}".replace(".", "_"),
        preset=preset,
        crf=crf,
        max_bps=UNCAPPED_BPS,
        buffer_bits=UNCAPPED_BPS,
        reason="",
    )
