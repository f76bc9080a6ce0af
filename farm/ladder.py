"""Rungs, ladders, timelines and chunks: what the ladder step decides and the encoders obey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from farm.mediainfo import Colour, ContentLight, DynamicRange, MasteringDisplay
from farm.remarks import Remark
from farm.trials import Trials

CodecName = Literal["h264", "hevc", "av1"]
CODEC_NAMES: tuple[CodecName, ...] = ("h264", "hevc", "av1")  # the first is what everything plays


@dataclass(frozen=True, slots=True)
class Zone:
    """Frames of a chunk, both ends among them, whose CRF is so much more than their rung's."""

    first: int
    last: int
    more_crf: float


@dataclass(frozen=True, slots=True)
class Rung:
    """One rendition to make: square-pixel size, exact rate, GOP in frames, capped CRF."""

    name: str  # unique in the ladder and safe in a path: "h264-1080p-6000k"
    codec: CodecName
    width: int
    height: int
    fps: Fraction
    gop_frames: int
    preset: str  # of the codec's encoder: "medium", of AV1 "8"
    crf: float
    max_bps: int
    buffer_bits: int
    reason: str
    bit_depth: int = 8
    dynamic_range: DynamicRange = "sdr"
    film_grain: int = 0  # how much of it AV1's decoder draws again; 0: none
    zones: tuple[Zone, ...] = ()  # of the chunk it is encoded in, counted in its own frames


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rung the policy offered and the source could not use."""

    name: str
    codec: CodecName
    width: int
    height: int
    max_bps: int
    reason: str


@dataclass(frozen=True, slots=True)
class Shot:
    """Whole GOPs of the timeline, and how much more than its own CRF each rung has there."""

    start_frame: int
    frames: int
    more_crf: Mapping[str, float]  # by the rung's name; others have none


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of one title, lowest rate first, and why the others were left out."""

    policy: str
    rungs: tuple[Rung, ...]
    rejected: tuple[Rejected, ...]
    segment_s: Fraction  # every segment but the last lasts exactly this long
    remarks: tuple[Remark, ...] = ()  # on what of the source is not in the title as it was
    trials: Trials | None = None  # of a ladder that follows the title's own curves
    shots: tuple[Shot, ...] = ()  # where CRFs differ from shot to shot


@dataclass(frozen=True, slots=True)
class Timeline:
    """The constant-rate timeline all video of a title lives on; frame n is at n / fps seconds."""

    fps: Fraction
    frames: int

    @property
    def duration_s(self) -> Fraction:
        return Fraction(self.frames) / self.fps


@dataclass(frozen=True, slots=True)
class Chunk:
    """`frames` frames of the timeline from `start_frame` on, encoded by one step.

    `tail_frames` more are encoded so that the lookahead sees a future, then cut off.
    """

    index: int
    start_frame: int
    frames: int
    tail_frames: int


@dataclass(frozen=True, slots=True)
class ShownShape:
    """How large the source's pictures are shown from `start_s` on: square pixels, rotated."""

    start_s: Fraction
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Treatment:
    """How source frames become frames of the timeline, before any scaling."""

    stream_index: int
    fps: Fraction
    deinterlace: bool
    tone_map: bool  # PQ or HLG; rungs in SDR are mapped to BT.709, others stay as they are
    display_width: int  # square pixels, after rotation
    display_height: int
    # Every rung is scaled from the picture of the largest one; None: from the source's own size.
    picture_width: int | None = None
    picture_height: int | None = None
    # Of the source, with what it leaves open filled in.
    colour: Colour = field(default_factory=Colour)
    preroll_s: int = 1  # decoded before the first frame asked for, since seeking is not exact
    start_s: Fraction | None = None  # of the container, where FFmpeg would choose another zero
    # Of a source whose pictures change on the way, in order; empty where they do not. What is shown
    # in another shape than `display_width` x `display_height` gets bars.
    shapes: tuple[ShownShape, ...] = ()
    resized: bool = False  # they change in stored size, too
    recoloured: bool = False  # they change in matrix, range or pixel format
    # How many frames of the timeline there are pictures for; the last is held for the rest of it,
    # while sound goes on. None: for all.
    picture_frames: int | None = None
    film: bool = False  # 3:2 pulldown is undone
    every_field: bool = False  # fields become pictures of their own, at twice the rate
    parity: Literal["auto", "tff", "bff"] = "auto"  # which field comes first
    woven: Literal["top", "bottom"] | None = None  # decoded pictures are fields, this one first
    alpha: bool = False  # what is transparent is shown on black
    upright: bool = False  # shown as stored, whatever turn the container declares
    captions: bool = False  # that pictures carry stay beside them, and are encoded with them
    crop: tuple[int, int, int, int] | None = None  # width, height, x, y: bars around it are cut off
    # Of HDR10: what rungs that stay HDR say of the display they were made on.
    mastering: MasteringDisplay | None = None
    light: ContentLight | None = None
