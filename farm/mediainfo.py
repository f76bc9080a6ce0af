"""What a source is made of, as its container and streams declare it.

Times are seconds and rates frames per second, both exact (`Fraction`); languages are BCP-47.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

FieldOrder = Literal["progressive", "tff", "bff", "unknown"]
DynamicRange = Literal["sdr", "hdr10", "hlg"]


@dataclass(frozen=True, slots=True)
class Colour:
    """Colour description by ITU-T H.273 names, as FFmpeg spells them; None where undeclared."""

    primaries: str | None = None
    transfer: str | None = None
    matrix: str | None = None
    range: str | None = None

    @property
    def dynamic_range(self) -> DynamicRange:
        """Return hdr10 for PQ (SMPTE ST 2084), hlg for ARIB STD-B67, otherwise sdr."""
        if self.transfer == "smpte2084":
            return "hdr10"
        return "hlg" if self.transfer == "arib-std-b67" else "sdr"


@dataclass(frozen=True, slots=True)
class Disposition:
    """The container's flags for a stream that matter to delivery."""

    default: bool = False
    forced: bool = False
    hearing_impaired: bool = False
    visual_impaired: bool = False
    comment: bool = False
    attached_pic: bool = False


@dataclass(frozen=True, slots=True)
class VideoStream:
    """One video stream; `display_*` is the picture in square pixels after rotation."""

    index: int
    codec: str
    width: int
    height: int
    display_width: int
    display_height: int
    rotation: int  # degrees clockwise: 0, 90, 180 or 270
    sar: Fraction
    pix_fmt: str
    bit_depth: int
    field_order: FieldOrder
    frame_rate: Fraction  # the constant rate of the farm's timeline for this stream
    variable_rate: bool  # the declared rates disagree, so frames must be put on that timeline
    colour: Colour
    start_s: Fraction
    duration_s: Fraction | None
    frames: int | None  # as declared; decoding decides
    language: str | None
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class AudioStream:
    """One audio stream."""

    index: int
    codec: str
    channels: int
    layout: str
    sample_rate: int
    start_s: Fraction
    duration_s: Fraction | None
    language: str | None
    title: str | None
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class TextStream:
    """One subtitle stream; a `bitmap` one (PGS, VobSub, DVB) cannot become text."""

    index: int
    codec: str
    bitmap: bool
    language: str | None
    title: str | None
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: [start_s, end_s) and its titles by language ("und" where unknown)."""

    start_s: Fraction
    end_s: Fraction
    titles: dict[str, str]


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A probed source; the first entry of `video` and the order of the rest is the container's."""

    format: str
    size_bytes: int
    start_s: Fraction
    duration_s: Fraction
    video: tuple[VideoStream, ...]
    audio: tuple[AudioStream, ...]
    text: tuple[TextStream, ...]
    chapters: tuple[Chapter, ...]
    unknown_audio: tuple[int, ...] = ()  # indexes of streams of sound that no decoder knows

    @property
    def picture(self) -> VideoStream | None:
        """Return the stream to encode: the default one, else the largest, never cover art."""
        moving = [v for v in self.video if not v.disposition.attached_pic]
        return max(
            moving,
            key=lambda v: (v.disposition.default, v.width * v.height, -v.index),
            default=None,
        )
