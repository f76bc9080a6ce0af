"""Rungs, ladders, timelines and chunks: what the ladder step decides and the encoders obey."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from farm.mediainfo import Colour
from farm.remarks import Remark

CodecName = Literal["h264"]
CODEC_NAMES: tuple[CodecName, ...] = ("h264",)


class PolicyRung(BaseModel):
    """One rung a ladder policy offers: a box the picture must fit in, and its rate control."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    codec: CodecName = "h264"
    width: int = Field(ge=64, le=8192, description="box width in pixels for a landscape picture")
    height: int = Field(ge=64, le=8192, description="box height in pixels")
    max_bps: int = Field(ge=10_000, le=200_000_000, description="VBV cap in bit/s")
    crf: float = Field(ge=0, le=51)
    half_rate: bool = Field(False, description="halve the frame rate of sources above 30 fps")


STEREO_RANGE_BPS = (24_000, 512_000)


class AudioPolicy(BaseModel):
    """Bit rates for AAC-LC, in bit/s."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stereo_bps: int = Field(160_000, ge=STEREO_RANGE_BPS[0], le=STEREO_RANGE_BPS[1])
    surround_bps: int = Field(384_000, ge=96_000, le=1_024_000)
    ladder_bps: tuple[int, ...] = Field(
        (64_000, 96_000, 160_000), description="stereo rates of an audio-only title"
    )

    @field_validator("ladder_bps")
    @classmethod
    def _make_a_ladder(cls, rates: tuple[int, ...]) -> tuple[int, ...]:
        low, high = STEREO_RANGE_BPS
        if not rates or len(set(rates)) < len(rates) or not all(low <= r <= high for r in rates):
            raise ValueError(
                f"give one or more different rates from {low} to {high} bit/s, not {list(rates)}"
            )
        return rates


class LadderPolicy(BaseModel):
    """A ladder as a preset or a user's YAML file states it, before it meets a source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    source: str = Field("", description="where the figures come from")
    preset: Literal[
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"
    ] = "medium"
    gop_s: float = Field(2.0, ge=0.5, le=10)
    segment_gops: int = Field(3, ge=1, le=10, description="GOPs in a segment")
    rungs: tuple[PolicyRung, ...] = Field(min_length=1, max_length=24)
    audio: AudioPolicy = AudioPolicy()


@dataclass(frozen=True, slots=True)
class Rung:
    """One rendition to make: square-pixel size, exact rate, GOP in frames, capped CRF."""

    name: str  # unique in the ladder and safe in a path: "h264-1080p-6000k"
    codec: CodecName
    width: int
    height: int
    fps: Fraction
    gop_frames: int
    preset: str
    crf: float
    max_bps: int
    buffer_bits: int
    reason: str


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
class Ladder:
    """The rungs of one title, lowest rate first, and why the others were left out."""

    policy: str
    rungs: tuple[Rung, ...]
    rejected: tuple[Rejected, ...]
    segment_s: Fraction  # every segment but the last lasts exactly this long
    remarks: tuple[Remark, ...] = ()  # on what of the source is not in the title as it was


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
    tone_map: bool  # HDR (PQ or HLG) to BT.709 SDR
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
