"""The codecs rungs are encoded in, a row each: what is the same whatever machine encodes them.

A row says what a player must find: profile, pixel format, the tag of the MP4 sample entry. How a
program is told to make that is the encoder's business: one row for each in `devices`. A new codec
is a name in `farm.ladder`, a row here, and an encoder on every device that makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from farm.ladder import CodecName


@dataclass(frozen=True, slots=True)
class Codec:
    """What every rendition in one codec is like."""

    name: CodecName
    profile: str  # as the options of FFmpeg's encoders call it
    pixel_format: str  # as FFmpeg calls it
    tag: str | None = None  # of the sample entry, where the muxer's own choice does not play

    @property
    def options(self) -> dict[str, object]:
        """Return the output options that hold for every encoder."""
        tag = {"tag:v": self.tag} if self.tag else {}
        return {"profile:v": self.profile, "pix_fmt": self.pixel_format, **tag}


H264 = Codec(
    name="h264",
    profile="high",  # rule 1.4 of Apple's authoring specification
    pixel_format="yuv420p",
)

CODECS: Mapping[CodecName, Codec] = MappingProxyType({codec.name: codec for codec in (H264,)})
