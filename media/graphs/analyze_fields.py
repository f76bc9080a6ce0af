"""Whether pictures are made of fields, and whether these are film's, from what `idet` counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from farm.mediainfo import VideoStream
from media.probe.rates import STANDARD_RATES

# `idet` holds lines against each other however little they differ: a slow gradient, whose steps of
# one code value wander, it takes for fields. A grain of about as much, the same in every picture so
# that repeated fields stay alike, leaves only what can be seen.
GRAIN = 2
# `idet` goes by the line size of one picture through three, and the grain is put into some in place
# and into copies of others, whose lines may be longer: all are to be copies.
UNDER_GRAIN = f"noise=alls={GRAIN},copy"

# Of the frames whose kind shows. A progressive flag is usually right, so that it takes a majority
# to overrule it.
COMBED_SHARE, COMBED_SHARE_IF_PROGRESSIVE = 0.1, 0.5
# Fields come in one order; what combs both ways is a pattern of fine lines.
MAX_OTHER_ORDER_SHARE = 0.1
MIN_TOLD_FRAMES = 50  # fewer tell nothing, as in a title that hardly moves: the flag decides
# 3:2 pulldown repeats a field in two of five pictures, one top field for each bottom field. Where
# the pattern is broken by edits, or other material is between, it is fewer.
PULLDOWN_SHARE = (0.36, 0.44)
MAX_LOPSIDED = 0.2
NTSC_RATES = (STANDARD_RATES[3], STANDARD_RATES[4])  # 29.97 and 30

Parity = Literal["auto", "tff", "bff"]


@dataclass(frozen=True, slots=True)
class Fields:
    """What was seen; `film` only where the pattern is steady."""

    interlaced: bool = False
    film: bool = False
    parity: Parity = "auto"


def told_apart(pictures: Any) -> Any:
    """Return the pictures with `idet`'s running counts in their metadata, under a little grain."""
    return pictures.filter("noise", alls=GRAIN).filter("copy").filter("idet")


def read_fields(frames: Iterable[tuple[float, dict[str, str]]], picture: VideoStream) -> Fields:
    """Return what the last of the running counts says; the flag decides where they say nothing."""
    values: dict[str, str] = {}
    for _, seen in frames:
        values = seen
    order = {kind: _count(values, "multiple", kind) for kind in ("tff", "bff", "progressive")}
    combed, told = order["tff"] + order["bff"], sum(order.values())
    if told < MIN_TOLD_FRAMES:
        return Fields(interlaced=picture.field_order in ("tff", "bff"))
    progressive = picture.field_order == "progressive"
    needed = COMBED_SHARE_IF_PROGRESSIVE if progressive else COMBED_SHARE
    other_order = min(order["tff"], order["bff"])
    if combed <= needed * told or other_order > MAX_OTHER_ORDER_SHARE * combed:
        return Fields()
    parity: Parity = "tff" if order["tff"] >= order["bff"] else "bff"
    return Fields(interlaced=True, film=_is_film(values, picture), parity=parity)


def _is_film(values: dict[str, str], picture: VideoStream) -> bool:
    told = sum(_count(values, "single", kind) for kind in ("tff", "bff", "progressive"))
    top, bottom = (_count(values, "repeated", kind) for kind in ("top", "bottom"))
    if picture.frame_rate not in NTSC_RATES or told < MIN_TOLD_FRAMES or not top + bottom:
        return False
    low, high = PULLDOWN_SHARE
    steady = low <= (top + bottom) / told <= high
    return steady and abs(top - bottom) <= MAX_LOPSIDED * (top + bottom)


def _count(values: dict[str, str], over: str, kind: str) -> float:
    return float(values.get(f"lavfi.idet.{over}.{kind}", 0))
