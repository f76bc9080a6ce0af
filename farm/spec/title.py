"""What a request says of a title, whoever makes it and however names are resolved."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field, field_validator

from farm.devices import DevicePolicy
from farm.errors import InvalidSource
from farm.ladder import CodecName
from farm.spec.tracks import (
    MAX_AUDIO_TRACKS,
    AudioTrackSpec,
    CaptionsSpec,
    ExcerptSpec,
    Language,
    Request,
    SubtitleSpec,
)
from farm.uri import location_of, path_of, scheme_of

# Of an origin: what is published as a test lies below. No tenant can have this name, which begins
# with no letter or digit, so that no URL of a test is ever one of a tenant's own.
TEST_FOLDER = "_test"
Mode = Literal["live", "test"]
ASSET_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
MAX_METADATA_BYTES = 16 << 10


class TitleFields(Request):
    """A source and what to make of it."""

    source: str = Field(
        max_length=2048, description="file:///, s3://, https://, or the `source` of an upload"
    )
    external_id: str | None = Field(None, max_length=256, description="your own name for it")
    subtitles: tuple[SubtitleSpec, ...] = Field((), max_length=64, description="sidecar files")
    chapters: str | None = Field(None, max_length=2048, description="a file of chapters")
    codecs: tuple[CodecName, ...] = Field(
        (), description="of the ladder's, these alone; none: those it makes where nobody asks"
    )
    burn_in: Language | None = Field(
        None, description="language of the text to draw into the picture"
    )
    dual_text: tuple[Language, Language] | None = Field(
        None, description="two languages to combine in one more track, the first one above"
    )
    captions: CaptionsSpec = Field(default_factory=CaptionsSpec)
    loudness: Literal["source", "ebu-r128"] = "source"
    deinterlace: Literal["frame", "field"] = Field(
        "frame", description="make 25 or 50 pictures a second of interlaced video at 25 frames"
    )
    device: DevicePolicy = Field(
        "prefer",
        description="prefer: on GPUs where they are as good; require: on nothing else; cpu-only",
    )
    audio: tuple[AudioTrackSpec, ...] = Field(
        (),
        max_length=MAX_AUDIO_TRACKS,
        description="the audio tracks to make, and no others; none: as they are",
    )
    excerpt: ExcerptSpec | None = Field(
        None, description="make and publish this stretch of the source alone, ten minutes at most"
    )
    program: int | None = Field(
        None, ge=0, le=65535, description="of a transport stream with several, by its number"
    )
    allow_partial: bool = Field(
        False, description="publish what can be decoded of a damaged source"
    )
    mode: Mode = Field(
        "live",
        description="test: published apart from all else, counted by no quota, gone after a day",
    )
    priority: int = Field(0, ge=-10, le=10, description="higher goes first")
    webhook: str | None = Field(
        None, max_length=2048, pattern=r"^https?://", description="told when the job ends"
    )
    metadata: dict[str, Any] = Field(
        default_factory=dict, description="anything of yours, given back as it came"
    )

    @field_validator("metadata")
    @classmethod
    def _of_bounded_size(cls, metadata: dict[str, Any]) -> dict[str, Any]:
        size = len(storable(metadata))
        if size > MAX_METADATA_BYTES:
            raise ValueError(f"{size} bytes of JSON: keep it below {MAX_METADATA_BYTES}")
        return metadata

    @property
    def files(self) -> tuple[str, ...]:
        """Return the URI of every file that is named: the source, sidecars, chapters."""
        chapters = () if self.chapters is None else (self.chapters,)
        return (self.source, *(sidecar.uri for sidecar in self.subtitles), *chapters)


def storable(value: Any) -> bytes:
    """Return a JSON-ready value as JSON; raise ValueError for what no database keeps."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("it has half a character (a lone surrogate)") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if b"\\u0000" in text:
        raise ValueError("it has a NUL, which no database keeps")
    return text


def origin_of_tests(origin: str) -> str:
    """Return where tests of an origin are published."""
    return f"{origin.rstrip('/')}/{TEST_FOLDER}"


def in_tests(origin: str) -> bool:
    """Return whether an origin lies where tests are published."""
    return TEST_FOLDER in origin.split("/")


def one_spelling(origin: str) -> str:
    """Return a location to publish to in the one way it is written here; ValueError for none.

    Generations are numbered per origin: two spellings of one place would count apart.
    """
    if scheme_of(origin) == "file":
        try:
            origin = location_of(path_of(origin))
        except InvalidSource as error:
            raise ValueError("give a directory, file:///folder or s3://bucket/prefix") from error
    return origin.rstrip("/") or "/"
