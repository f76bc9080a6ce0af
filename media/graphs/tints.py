"""Small pictures of a source and of a rendition in the colours their own tags say they have."""

from __future__ import annotations

from typing import Any

import ffmpeg

from farm.ladder import Rung, Treatment
from media.graphs.colour import SCALED_MATRICES, delivered_colour, needs_conversion
from media.graphs.conversion import as_declared

TINT_SIDE = 32  # cells a side: all of the picture, stretched to a square


def tells_tint(treatment: Treatment, rung: Rung) -> bool:
    """Return whether a rung is meant to have the source's very colours."""
    colour = treatment.colour
    converted = treatment.tone_map or needs_conversion(colour) or treatment.recoloured
    hdr = rung.dynamic_range != "sdr"
    return not (converted or hdr or treatment.alpha or colour.dynamic_range != "sdr")


def tint_matrix(treatment: Treatment) -> str:
    """Return the matrix that the tints of a source and its rungs are written in."""
    return SCALED_MATRICES.get(delivered_colour(treatment).matrix or "", "bt709")


def source_tint(stream: Any, treatment: Treatment, name: str) -> Any:
    """Return the output of a decoded picture of the source; what it leaves open is filled in."""
    return tint(as_declared(stream, treatment), treatment, name)


def tint(stream: Any, treatment: Treatment, name: str) -> Any:
    """Return the output of a picture, from what it is tagged as to what rungs are meant to be.

    Planes of Y, U and V: as RGB its strongest colours would be cut off.
    """
    options = {"out_color_matrix": tint_matrix(treatment), "out_range": "tv"}
    flags = "area+accurate_rnd+full_chroma_int"
    stream = stream.filter("scale", TINT_SIDE, TINT_SIDE, flags=flags, **options)
    stream = stream.filter("format", "yuv444p")
    return ffmpeg.output(stream, f"file:{name}", format="rawvideo", **{"frames:v": 1})
