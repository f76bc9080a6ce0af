"""What a content team asks for: the validated request behind a job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from farm.errors import InvalidSource, InvalidSpec
from farm.facts import TextRole
from farm.ladder import CODEC_NAMES, CodecName, LadderPolicy
from farm.language import normalise_language
from farm.mediainfo import LAYOUT_CHANNELS, AudioLayout, AudioRole, SourceChannel
from farm.uri import is_unicode, location_of, path_of, scheme_of

MAX_AUDIO_TRACKS = 32
ASSET_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"


def _normalised(language: str) -> str:
    try:
        return normalise_language(language)
    except InvalidSpec as error:  # a ValueError, so that pydantic says of which field
        raise ValueError(error.message) from error


# One spelling, whoever asks: record, plan and fingerprints of "ger" and "de" are the same.
Language = Annotated[str, AfterValidator(_normalised)]


def _as_channel(channel: str) -> str:
    if not re.fullmatch(r"[0-9]{1,4}:[0-9]{1,3}", channel):
        raise ValueError(f"{channel!a} is not STREAM:CHANNEL, both counted from 0, as in 1:0")
    return channel


Channel = Annotated[str, AfterValidator(_as_channel)]


class Request(BaseModel):
    """What a request is made of: known fields alone, and text that every database can keep."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*")
    @classmethod
    def _is_text(cls, value: object) -> object:
        if isinstance(value, str) and ("\0" in value or not is_unicode(value)):
            raise ValueError(f"{value!a} is not text: it has a NUL or bytes that are not UTF-8")
        return value


class SubtitleSpec(Request):
    """One sidecar subtitle file."""

    language: Language = Field(description="BCP-47, however it is spelt")
    forced: bool = False
    hearing_impaired: bool = False
    role: TextRole | None = Field(None, description="lyrics; LRC files are, whatever is said here")
    name: str | None = Field(None, max_length=64)
    uri: str


class AudioTrackSpec(Request):
    """One audio track to make, out of channels of the source's streams."""

    language: Language = Field("und", description="BCP-47, however it is spelt")
    channels: tuple[Channel, ...] = Field(
        description="STREAM:CHANNEL, both from 0, in the layout's order"
    )
    layout: AudioLayout | None = Field(None, description="by default what so many channels make")
    role: AudioRole | None = Field(
        None, description="by default main for the first, else alternate"
    )
    title: str | None = Field(None, max_length=64)

    @model_validator(mode="after")
    def _as_many_as_the_layout_has(self) -> AudioTrackSpec:
        given = len(self.channels)
        if self.layout is None and given not in LAYOUT_CHANNELS.values():
            known = ", ".join(f"{count} ({layout})" for layout, count in LAYOUT_CHANNELS.items())
            raise ValueError(f"{given} channels make no track: name {known}")
        if self.layout is not None and given != LAYOUT_CHANNELS[self.layout]:
            raise ValueError(
                f"{self.layout} has {LAYOUT_CHANNELS[self.layout]} channels, not {given}"
            )
        return self

    @property
    def picked(self) -> tuple[SourceChannel, ...]:
        """Return the channels in order."""
        pairs = (channel.split(":") for channel in self.channels)
        return tuple(SourceChannel(int(stream), int(channel)) for stream, channel in pairs)


class AudioMapping(Request):
    """The audio tracks of a title as a file of their own holds them."""

    tracks: tuple[AudioTrackSpec, ...] = Field(min_length=1, max_length=MAX_AUDIO_TRACKS)


# How televisions, HLS and DASH call the captions of CEA-608 and CEA-708.
InstreamId = Annotated[str, Field(pattern=r"^(CC[1-4]|SERVICE([1-9]|[1-5][0-9]|6[0-3]))$")]


class CaptionsSpec(Request):
    """What becomes of captions inside pictures."""

    mode: Literal["text", "passthrough", "drop"] = Field(
        "text", description="text tracks, or kept in the pictures, or left out"
    )
    languages: dict[InstreamId, Language] = Field(
        {}, description="of CC1 to CC4 and SERVICE1 to SERVICE63, where they are found"
    )


class QcPolicy(BaseModel):
    """Thresholds a title must meet; None leaves a threshold out. VMAF is 0-100 (v0.6.1).

    `top_*` judge the best rung against the source; `rung_floor` judges the harmonic mean of
    every rung, and only warns: low rungs are meant to be low.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "standard"
    top_harmonic_mean: float | None = 80.0
    top_p5: float | None = 70.0
    top_p1: float | None = 60.0
    rung_floor: float | None = 10.0
    subsample: int = Field(5, ge=1, le=49, description="score every n-th frame; odd")

    @field_validator("subsample")
    @classmethod
    def _odd(cls, subsample: int) -> int:
        # An even one always hits the same places in a pyramid of B-frames: scores are flattered
        # by up to 0.7 VMAF (Netflix/vmaf issue 1214).
        if subsample % 2 == 0:
            raise ValueError(f"{subsample} is even, which biases scores: use {subsample + 1}")
        return subsample


class JobSpec(Request):
    """A complete, self-contained request: workers need nothing else to make the title."""

    tenant: str = Field("default", pattern=ASSET_PATTERN)
    asset: str = Field(pattern=ASSET_PATTERN)
    external_id: str | None = Field(None, max_length=256)
    source: str
    origin: str
    subtitles: tuple[SubtitleSpec, ...] = Field((), max_length=64)
    chapters: str | None = None
    ladder: LadderPolicy
    codecs: tuple[CodecName, ...] = CODEC_NAMES
    burn_in: Language | None = Field(
        None, description="language of the text to draw into the picture"
    )
    dual_text: tuple[Language, Language] | None = Field(
        None, description="two languages to combine in one more track, the first one above"
    )
    captions: CaptionsSpec = CaptionsSpec()
    loudness: Literal["source", "ebu-r128"] = "source"
    deinterlace: Literal["frame", "field"] = Field(
        "frame", description="make 25 or 50 pictures a second of interlaced video at 25 frames"
    )
    audio: tuple[AudioTrackSpec, ...] = Field(
        (),
        max_length=MAX_AUDIO_TRACKS,
        description="the audio tracks to make, and no others; none: as they are",
    )
    program: int | None = Field(
        None, ge=0, le=65535, description="of a transport stream with several, by its number"
    )
    allow_partial: bool = False
    qc: QcPolicy = QcPolicy()
    catalog: str | None = Field(
        None, pattern=ASSET_PATTERN, description="the batch it came in with, for fair shares"
    )
    priority: int = Field(0, ge=-10, le=10, description="higher goes first")
    webhook: str | None = Field(
        None, max_length=2048, pattern=r"^https?://", description="told when the job ends"
    )

    @property
    def files(self) -> tuple[str, ...]:
        """Return the URI of every file that is named: the source, sidecars, chapters."""
        chapters = () if self.chapters is None else (self.chapters,)
        return (self.source, *(sidecar.uri for sidecar in self.subtitles), *chapters)

    @field_validator("origin")
    @classmethod
    def _one_spelling(cls, origin: str) -> str:
        # Generations are numbered per origin: two spellings of one place would count apart.
        if scheme_of(origin) == "file":
            try:
                origin = location_of(path_of(origin))
            except InvalidSource as error:
                raise ValueError(
                    "give a directory, file:///folder or s3://bucket/prefix"
                ) from error
        return origin.rstrip("/") or "/"


def read_spec(fields: Mapping[str, Any]) -> JobSpec:
    """Return the request that these fields make; raise InvalidSpec naming each field at fault."""
    try:
        return JobSpec.model_validate(fields)
    except ValidationError as error:
        raise InvalidSpec(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    problems = (
        f"{'.'.join(str(place) for place in problem['loc'])}:"
        f" {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors()
    )
    return "the request is not valid: " + "; ".join(problems)
