"""The codecs rungs are encoded in, a row each: what is the same whatever machine encodes them.

A row says what a player must find: profile and pixel format by depth, the tag of the MP4 sample
entry. How a program is told to make that is the encoder's business: one row for each in `devices`.
A new codec is a name in `farm.ladder`, a row here, and an encoder on every device that makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from farm.ladder import CodecName


@dataclass(frozen=True, slots=True)
class PictureForm:
    """What pictures of one depth are to a codec, in the words of FFmpeg's encoders."""

    pixel_format: str
    profile: str | None = None  # None where the pixel format alone decides it


@dataclass(frozen=True, slots=True)
class Codec:
    """What every rendition in one codec is like, by its bit depth."""

    name: CodecName
    forms: Mapping[int, PictureForm]
    tag: str | None = None  # of the sample entry, where the muxer's own choice does not play

    def options(self, bit_depth: int) -> dict[str, object]:
        """Return the output options that hold for every encoder.

        Raises KeyError for a depth that the codec is not made in.
        """
        form = self.forms[bit_depth]
        profile = {"profile:v": form.profile} if form.profile else {}
        tag = {"tag:v": self.tag} if self.tag else {}
        return {**profile, "pix_fmt": form.pixel_format, **tag}


H264 = Codec(
    name="h264",
    # Rule 1.4 of Apple's authoring specification. High 10 hardly any player decodes.
    forms=MappingProxyType({8: PictureForm("yuv420p", "high")}),
)

HEVC = Codec(
    name="hevc",
    # Rule 1.6: Main 10 at most.
    forms=MappingProxyType(
        {8: PictureForm("yuv420p", "main"), 10: PictureForm("yuv420p10le", "main10")}
    ),
    tag="hvc1",  # rule 1.10: parameter sets in the sample entry; Apple plays no hev1
)

AV1 = Codec(
    name="av1",
    # 4:2:0 of 8 or 10 bits is profile Main (AV1 specification, section 6.4.1).
    forms=MappingProxyType({8: PictureForm("yuv420p"), 10: PictureForm("yuv420p10le")}),
)

CODECS: Mapping[CodecName, Codec] = MappingProxyType(
    {codec.name: codec for codec in (H264, HEVC, AV1)}
)
