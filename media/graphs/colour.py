"""What the colours of a source mean, and in which ones it is delivered.

BT.601 and BT.709 pictures keep theirs (HLS authoring specification for Apple devices, rule 1.22),
tagged in every rung: players guess by size where tags are missing, and so change the colours with
the rung. Everything else becomes BT.709.
"""

from __future__ import annotations

from dataclasses import replace

from farm.ladder import Treatment
from farm.mediainfo import Colour, VideoStream

BT709 = Colour("bt709", "bt709", "bt709", "tv")
BT601_525 = Colour("smpte170m", "smpte170m", "smpte170m")
BT601_625 = Colour("bt470bg", "bt709", "bt470bg")
BT2020 = Colour("bt2020", "bt2020-10", "bt2020nc")
# The system that a matrix, or primaries, stand for where nothing else is said.
BY_MATRIX: dict[str | None, Colour] = {
    **{"bt709": BT709, "ycgco": BT709, "chroma-derived-nc": BT709, "chroma-derived-c": BT709},
    **{"smpte170m": BT601_525, "fcc": BT601_525, "bt470bg": BT601_625},
    **{"bt2020nc": BT2020, "bt2020c": BT2020, "ictcp": BT2020},
    "smpte240m": Colour("smpte240m", "smpte240m", "smpte240m"),
}
BY_PRIMARIES: dict[str | None, Colour] = {
    **{"bt709": BT709, "smpte431": BT709, "smpte432": BT709},
    **{"smpte170m": BT601_525, "bt470bg": BT601_625, "bt2020": BT2020},
    "smpte240m": Colour("smpte240m", "smpte240m", "smpte240m"),
}
DELIVERED_MATRICES = frozenset({"bt709", "smpte170m", "bt470bg"})
DELIVERED_PRIMARIES = frozenset({"bt709", "smpte170m", "bt470bg"})
# Gamma 2.2, 2.8 and the rest of SDR is shown alike by players, so that all of it says bt709.
DELIVERED_TRANSFERS = frozenset({"bt709", "smpte170m", "iec61966-2-1"})

# What the zscale filter reads; another value counts as undeclared.
KNOWN_MATRICES = DELIVERED_MATRICES | {
    *("fcc", "smpte240m", "ycgco", "bt2020nc", "bt2020c"),
    *("chroma-derived-nc", "chroma-derived-c", "ictcp"),
}
KNOWN_PRIMARIES = DELIVERED_PRIMARIES | {
    *("bt470m", "smpte240m", "film", "bt2020", "smpte428", "smpte431", "smpte432", "ebu3213"),
}
KNOWN_TRANSFERS = DELIVERED_TRANSFERS | {
    *("bt470m", "bt470bg", "smpte240m", "linear", "log100", "log316", "iec61966-2-4"),
    *("bt2020-10", "bt2020-12", "smpte2084", "arib-std-b67"),
}
ALPHA_FORMATS = ("yuva", "gbrap", "rgba", "bgra", "argb", "abgr", "ya8", "ya16", "pal8", "ayuv")
# What the scale filter makes of YUV, by the names it has for it.
SCALED_MATRICES = {
    **{"bt709": "bt709", "smpte170m": "smpte170m", "bt470bg": "bt470bg", "fcc": "fcc"},
    **{"smpte240m": "smpte240m", "bt2020nc": "bt2020"},
}
RGB_FORMATS = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "x2rgb", "x2bgr", "pal8")


def complete_colour(stream: VideoStream) -> Colour:
    """Return the colours of a stream, what it leaves open filled in to match what it declares.

    A stream that declares nothing gets what players guess by its size.
    """
    declared = stream.colour
    if stream.pix_fmt.startswith(RGB_FORMATS):
        primaries = _known(declared.primaries, KNOWN_PRIMARIES) or "bt709"
        return Colour(primaries, _known(declared.transfer, KNOWN_TRANSFERS) or "bt709", "gbr", "pc")
    full = declared.range in ("pc", "full") or stream.pix_fmt.startswith("yuvj")
    guess = _family(stream)
    return Colour(
        _known(declared.primaries, KNOWN_PRIMARIES) or guess.primaries,
        _known(declared.transfer, KNOWN_TRANSFERS) or guess.transfer,
        _known(declared.matrix, KNOWN_MATRICES) or guess.matrix,
        "pc" if full else "tv",
    )


def has_alpha(stream: VideoStream) -> bool:
    """Return whether pictures have a plane, or a colour, of transparency."""
    return stream.pix_fmt.startswith(ALPHA_FORMATS)


def delivered_colour(treatment: Treatment, *, hdr: bool = False) -> Colour:
    """Return the colours of the rungs of a title that are SDR; with `hdr` of those that are not."""
    colour = treatment.colour
    if hdr:
        return replace(BT2020, transfer=colour.transfer, range="tv")
    if treatment.tone_map or needs_conversion(colour) or colour.matrix is None:
        return BT709
    transfer = colour.transfer if colour.transfer in DELIVERED_TRANSFERS else "bt709"
    matrix = "bt709" if colour.matrix == "gbr" else colour.matrix
    return Colour(colour.primaries, transfer, matrix, "tv")


def is_bt2100(colour: Colour) -> bool:
    """Return whether PQ or HLG comes in the colours that rungs in HDR are delivered in."""
    return (colour.primaries, colour.matrix) == (BT2020.primaries, BT2020.matrix)


def needs_conversion(colour: Colour) -> bool:
    """Return whether SDR pictures of these colours must be made BT.709; RGB needs no more than
    the way to YUV that it takes anyway."""
    if colour.matrix is None or colour.primaries is None:
        return False
    return (
        colour.matrix not in DELIVERED_MATRICES | {"gbr"}
        or colour.primaries not in DELIVERED_PRIMARIES
    )


def _known(value: str | None, known: frozenset[str]) -> str | None:
    return value if value in known else None


def _family(stream: VideoStream) -> Colour:
    """Return the system whose values fill in what is open: they were made to go together."""
    declared = stream.colour
    if declared.dynamic_range != "sdr":
        return replace(BT2020, transfer=declared.transfer)
    for table, value in ((BY_MATRIX, declared.matrix), (BY_PRIMARIES, declared.primaries)):
        if value in table:
            return table[value]
    if declared.transfer in ("bt2020-10", "bt2020-12"):
        return BT2020
    return _by_size(stream)


def _by_size(stream: VideoStream) -> Colour:
    # As mpv and VLC do: BT.601 is for what is no larger than a DVD.
    if max(stream.width, stream.height) >= 1280 or min(stream.width, stream.height) > 576:
        return BT709
    return BT601_625 if stream.height == 576 else BT601_525
