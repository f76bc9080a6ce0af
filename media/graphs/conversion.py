"""What becomes of a source's colours on the way to a rung: said in full, converted, tagged."""

from __future__ import annotations

from typing import Any

from farm.ladder import Treatment
from media.graphs.beside import without_side_data
from media.graphs.colour import (
    BT709,
    SCALED_MATRICES,
    delivered_colour,
    is_bt2100,
    needs_conversion,
)
from media.graphs.look import PictureLook


def as_declared(stream: Any, treatment: Treatment) -> Any:
    """Return the stream with its colours said in full, so that every filter means the same by it.

    Matrices that the scaler does not know get the name of one it does: it moves pixels about, and
    leaves what they mean to zscale.
    """
    colour = treatment.colour
    if treatment.recoloured or colour.matrix in (None, "gbr"):
        return stream
    return stream.filter(
        "setparams",
        color_primaries=colour.primaries,
        color_trc=colour.transfer,
        colorspace=colour.matrix if colour.matrix in SCALED_MATRICES else BT709.matrix,
        range=colour.range,
    )


def on_black(stream: Any, treatment: Treatment) -> Any:
    """Return what is to be seen of pictures with transparency: what it hides is anything."""
    if not treatment.alpha:
        return stream
    if treatment.colour.matrix == "gbr":
        stream = stream.filter("format", "gbrap")
    return stream.filter("premultiply", inplace=1)


def coloured(stream: Any, treatment: Treatment, look: PictureLook) -> Any:
    """Return 4:2:0 frames of a look in the delivered colours."""
    colour = treatment.colour
    if look.is_hdr:
        if not is_bt2100(colour):  # the curve stays, so that nothing is mapped
            stream = stream.filter("format", look.pixel_format)
            stream = stream.filter("zscale", **_zscale_input(treatment), **_bt2100(treatment))
    elif treatment.tone_map:
        # Linear light, where 1.0 is 100 cd/m2, then BT.709 primaries, then the curve that keeps
        # highlights apart; full precision between, since shadows of PQ do not survive 10 bits.
        stream = stream.filter("format", "yuv420p10le").filter(
            "zscale",
            **_zscale_input(treatment),
            transfer="linear",
            npl=100,
        )
        stream = stream.filter("format", "gbrpf32le").filter("zscale", primaries="bt709")
        stream = stream.filter("tonemap", tonemap="hable", desat=0)
        stream = stream.filter("zscale", **_zscale_output())
    elif needs_conversion(colour):
        stream = stream.filter("format", "yuv420p10le")
        stream = stream.filter("zscale", **_zscale_input(treatment), **_zscale_output())
    return stream.filter("format", look.pixel_format)


def _bt2100(treatment: Treatment) -> dict[str, str]:
    colour = delivered_colour(treatment, hdr=True)
    return {
        "primaries": colour.primaries or "bt2020",
        "transfer": colour.transfer or "smpte2084",
        "matrix": colour.matrix or "bt2020nc",
        "range": "limited",
        "dither": "ordered",
    }


def _zscale_input(treatment: Treatment) -> dict[str, str]:
    colour = treatment.colour
    matrix = "bt709" if colour.matrix == "gbr" else colour.matrix  # it came through `scale`
    return {
        "primariesin": colour.primaries or "bt2020",
        "transferin": colour.transfer or "smpte2084",
        "matrixin": matrix or "bt2020nc",
        "rangein": "limited",
    }


def _zscale_output() -> dict[str, str]:
    return {
        "primaries": "bt709",
        "transfer": "bt709",
        "matrix": "bt709",
        "range": "limited",
        "dither": "ordered",  # skies would show bands; the same in every run, unlike random
    }


def tagged(stream: Any, treatment: Treatment, look: PictureLook) -> Any:
    """Return the frames without what the source said of them, with the colours they have."""
    colour = delivered_colour(treatment, hdr=look.is_hdr)
    return without_side_data(stream, treatment).filter(
        "setparams",
        field_mode="prog",
        range="tv",
        color_primaries=colour.primaries or BT709.primaries,
        color_trc=colour.transfer or BT709.transfer,
        colorspace=colour.matrix or BT709.matrix,
    )
