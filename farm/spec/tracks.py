"""What a request says of single tracks: sidecars, audio to make, captions in pictures."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from farm.errors import InvalidSpec
from farm.facts import TextRole
from farm.language import normalise_language
from farm.mediainfo import LAYOUT_CHANNELS, AudioLayout, AudioRole, SourceChannel
from farm.uri import is_unicode

MAX_AUDIO_TRACKS = 32


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


MAX_EXCERPT_S = 600.0  # it is kept without loss: some 10 GB of this in 1080p


class ExcerptSpec(Request):
    """The stretch of the source that is the title, in seconds of the whole."""

    start_s: float = Field(ge=0, le=1_000_000, allow_inf_nan=False)
    duration_s: float = Field(gt=0, le=MAX_EXCERPT_S, allow_inf_nan=False)

    @property
    def start(self) -> Fraction:
        """Return the start as it was written."""
        return Fraction(str(self.start_s))

    @property
    def duration(self) -> Fraction:
        """Return the duration as it was written."""
        return Fraction(str(self.duration_s))


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
