"""What travels beside pictures, and must reach a rung once, or not at all."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from farm.ladder import Treatment

CAPTIONS = "A53_CC"
# What encoders and MP4 would make something of; FFmpeg's filter deletes one kind, or all.
OTHERS = (
    *(
        "PANSCAN",
        "STEREO3D",
        "DISPLAYMATRIX",
        "AFD",
        "SPHERICAL",
        "ICC_PROFILE",
        "FILM_GRAIN_PARAMS",
    ),
    *("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL", "AMBIENT_VIEWING_ENVIRONMENT"),
    *("GOP_TIMECODE", "S12M_TIMECODE", "REGIONS_OF_INTEREST", "SEI_UNREGISTERED", "VIDEO_HINT"),
    *("DYNAMIC_HDR_PLUS", "DYNAMIC_HDR_VIVID", "DOVI_RPU_BUFFER", "DOVI_METADATA"),
)
# Rates at which FFmpeg's filters take captions out of pictures and deal them out again to those
# that leave (libavfilter/ccfifo.c), so that none is lost or said twice where pictures are.
DEALT_RATES = frozenset(
    {Fraction(24), Fraction(30), Fraction(60)}
    | {Fraction(rate * 1000, 1001) for rate in (24, 30, 60)}
)


def without_side_data(stream: Any, treatment: Treatment) -> Any:
    """Return pictures without mastering metadata, timecodes and captions of the source.

    They would travel into every rung. Captions that are asked for may.
    """
    if not treatment.captions:
        return stream.filter("sidedata", mode="delete")
    for kind in OTHERS:
        stream = stream.filter("sidedata", mode="delete", type=kind)
    return stream


def held(stream: Any, treatment: Treatment, first: int) -> Any:
    """Return pictures from frame `first` on, the last one held where the title goes on after it.

    It is held without its captions: players would show them again with every picture.
    """
    if treatment.picture_frames is None:
        return stream
    # For ever: whoever takes the frames knows how many the title has.
    stream = stream.filter("tpad", stop=-1, stop_mode="clone")
    if not treatment.captions:
        return stream
    repeated = f"gte(n,{treatment.picture_frames - first})"
    return stream.filter("sidedata", mode="delete", type=CAPTIONS, enable=repeated)


def half_rate(stream: Any, rate: Fraction, step: int, treatment: Treatment) -> Any:
    """Return every `step`-th picture, `rate` a second, with the captions of those that go."""
    if not treatment.captions:
        return stream.filter("framestep", step=step)
    return stream.filter("fps", fps=f"{rate.numerator}/{rate.denominator}", start_time=0)
