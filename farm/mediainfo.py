"""What a source is made of, as its container and streams declare it.

Times are seconds and rates frames per second, both exact (`Fraction`); languages are BCP-47.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

FieldOrder = Literal["progressive", "tff", "bff", "unknown"]
DynamicRange = Literal["sdr", "hdr10", "hlg"]
AudioRole = Literal["main", "alternate", "commentary", "description", "dub", "original"]
AudioLayout = Literal["mono", "stereo", "5.1", "7.1"]
# In the order of WAVE and of FFmpeg: L R C LFE, then the surrounds, of 7.1 the back ones first.
LAYOUT_CHANNELS: Mapping[AudioLayout, int] = {"mono": 1, "stereo": 2, "5.1": 6, "7.1": 8}


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
    original: bool = False
    dub: bool = False
    descriptions: bool = False  # of text: what is to be seen, to be spoken
    metadata: bool = False  # of text: for programs, not for viewers


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
    coded_fields: Literal["top", "bottom"] | None = None  # pictures are fields, this one first
    crooked: bool = False  # declared to be shown at an angle that is no quarter turn
    dolby_vision: DolbyVision | None = None
    mastering: MasteringDisplay | None = None  # of HDR10, as the next one
    light: ContentLight | None = None


@dataclass(frozen=True, slots=True)
class DolbyVision:
    """The profile of a Dolby Vision stream, and what its base layer is compatible with.

    The identifiers of the configuration record (Dolby Vision Streams Within the ISO Base Media
    File Format, 2.1): 0 is nothing, 1 HDR10, 2 SDR, 4 HLG, 6 the Blu-ray's HDR10.
    """

    profile: int
    compatible_with: int

    @property
    def name(self) -> str:
        """Return the profile as people write it: "8.1"."""
        return f"{self.profile}.{self.compatible_with}" if self.profile >= 8 else f"{self.profile}"


@dataclass(frozen=True, slots=True)
class MasteringDisplay:
    """The display that HDR10 pictures were made on (SMPTE ST 2086).

    Chromaticities x, y in 1/50000, luminance in 1/10000 cd/m2, as HEVC codes them.
    """

    red: tuple[int, int]
    green: tuple[int, int]
    blue: tuple[int, int]
    white: tuple[int, int]
    max_luminance: int
    min_luminance: int


@dataclass(frozen=True, slots=True)
class ContentLight:
    """How bright HDR10 pictures get, in cd/m2: MaxCLL and MaxFALL (CTA-861.3)."""

    max_content: int
    max_average: int


@dataclass(frozen=True, slots=True)
class PictureShape:
    """What decoded pictures are like from `start_s` of the title on: as stored, before rotation."""

    start_s: Fraction
    width: int
    height: int
    sar: Fraction
    pix_fmt: str
    colour: Colour

    @property
    def display_width(self) -> int:
        """Return the width in square pixels."""
        return max(1, round(self.width * self.sar))


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
    track: int | None = None  # in Matroska, where FFmpeg does not know it and it is read here


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: [start_s, end_s) and its titles by language ("und" where unknown)."""

    start_s: Fraction
    end_s: Fraction
    titles: dict[str, str]


@dataclass(frozen=True, slots=True)
class SourceChannel:
    """One channel of one audio stream of a source; both count from 0, as ffprobe does."""

    stream_index: int
    channel: int


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme of a transport stream (ISO/IEC 13818-1) and the streams it is made of."""

    number: int
    name: str  # of its service, "" where the source has none
    streams: tuple[int, ...]


ItemKind = Literal["video", "audio", "subtitle", "data", "attachment", "chapters"]


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One thing a source holds, to be found in the title or among what is left out of it."""

    kind: ItemKind
    index: int | None  # of the stream; None for chapters
    what: str  # for a reader: "subrip, de, Schilder"


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
    # Options of the demuxer, without which the source would be another one to FFmpeg.
    opened_with: tuple[str, ...] = ()
    items: tuple[SourceItem, ...] = ()  # all that the source holds, known or not
    encrypted: bool = False  # by the container's own scheme (ISO/IEC 23001-7)
    unknown_audio: tuple[int, ...] = ()  # indexes of streams of sound that no decoder knows
    programmes: tuple[Programme, ...] = ()  # all that the source has; its streams are of one
    programme: int | None = None  # the number of that one, where there are several
    chapter_issues: tuple[str, ...] = ()  # what of the container's chapters is not for viewers
    issues: tuple[str, ...] = ()  # what else of the container is left out or uncertain, in words

    @property
    def picture(self) -> VideoStream | None:
        """Return the stream to encode: the default one, else the largest, never cover art."""
        moving = [v for v in self.video if not v.disposition.attached_pic]
        return max(
            moving,
            key=lambda v: (v.disposition.default, v.width * v.height, -v.index),
            default=None,
        )
