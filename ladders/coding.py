"""What the rungs of one codec are like for one title: range of brightness, depth, effort."""

from __future__ import annotations

from dataclasses import dataclass

from farm.ladder import CodecName, Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.mediainfo import DynamicRange

H264_DEPTH = 8  # more than that hardly any player decodes
HDR_DEPTH = 10  # ITU-R BT.2100 knows no fewer bits


@dataclass(frozen=True, slots=True)
class Coding:
    """What all rungs of a title in one codec have in common; `preset` is of its encoder."""

    preset: str
    bit_depth: int
    dynamic_range: DynamicRange
    film_grain: int


def coding(policy: LadderPolicy, codec: CodecName, treatment: Treatment) -> Coding:
    """Return how rungs in `codec` are coded of such a source.

    H.264 is SDR of 8 bits, which plays everywhere; the others keep PQ and HLG as they are, unless
    the policy has them tone-mapped.
    """
    if codec == "h264":
        return Coding(policy.preset, H264_DEPTH, "sdr", 0)
    found = treatment.colour.dynamic_range
    kept = found if treatment.tone_map and policy.hdr == "keep" else "sdr"
    depth = policy.bit_depth if kept == "sdr" else HDR_DEPTH
    if codec == "hevc":
        return Coding(policy.hevc_preset, depth, kept, 0)
    return Coding(str(policy.av1_preset), depth, kept, policy.film_grain)


def offers_of(
    policy: LadderPolicy, codec: CodecName, dynamic_range: DynamicRange
) -> list[PolicyRung]:
    """Return the rungs a policy offers in a codec, smallest first, with the caps that hold."""
    offers = [rung for rung in policy.rungs if rung.codec == codec]
    if dynamic_range != "sdr":
        offers = [rung.model_copy(update={"max_bps": _hdr_cap(rung)}) for rung in offers]
    return sorted(offers, key=lambda rung: (rung.width * rung.height, rung.max_bps, rung.crf))


def _hdr_cap(rung: PolicyRung) -> int:
    return rung.max_bps if rung.hdr_max_bps is None else rung.hdr_max_bps
