"""Which new objects become titles, and what is made of them: a tenant's rules."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from farm.sidecars import MEDIA_SUFFIXES, Beside, has_suffix, stem_of
from farm.spec.request import JobRequest
from farm.spec.title import storable
from farm.spec.tracks import Request

SETTLE_S = 30.0
# What a rule cannot say of every object: these come from the object itself.
OF_THE_OBJECT = ("source", "subtitles", "chapters")
PLACES = ("stem", "path", "name", "folder", "suffix", "bucket", "key")
PLACE = re.compile(r"\{([^{}]*)\}")
MAX_ASSET = 128
STANDARD_ASSET = "{path}"

Suffix = Annotated[str, StringConstraints(pattern=r"^\.?[A-Za-z0-9]{1,16}$")]


class IngestRule(Request):
    """What becomes of new objects below a prefix."""

    bucket: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$")
    prefix: str = Field("", max_length=900, description="keys that begin with it, literally")
    suffixes: tuple[Suffix, ...] = Field(
        MEDIA_SUFFIXES, min_length=1, max_length=64, description="of media, as in mp4; in any case"
    )
    settle_s: float = Field(
        SETTLE_S, ge=0, le=86_400, description="how long sidecars may come after the media"
    )
    enabled: bool = True
    template: dict[str, Any] = Field(
        default_factory=dict,
        description="fields of a job, for each object; {stem}, {path}, {name}, {folder}, {suffix},"
        " {bucket} and {key} stand for parts of its name",
        examples=[{"ladder": "apple-h264", "asset": "{path}", "catalog": "autumn"}],
    )

    @field_validator("suffixes")
    @classmethod
    def _without_dot(cls, suffixes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(suffix.removeprefix(".").lower() for suffix in suffixes)

    @field_validator("template")
    @classmethod
    def _of_every_object(cls, template: dict[str, Any]) -> dict[str, Any]:
        storable(template)
        if given := [name for name in OF_THE_OBJECT if name in template]:
            raise ValueError(f"{given[0]} comes with the object: leave it out")
        return template

    @model_validator(mode="after")
    def _makes_a_request(self) -> IngestRule:
        """Try the template on a name, so that a slip shows now and not with the first object."""
        example = f"{self.prefix}folder/title.{self.suffixes[0]}"
        try:
            self.request(self.bucket, example, Beside())
        except ValidationError as error:
            problem = error.errors(include_url=False, include_context=False)[0]
            place = ".".join(str(part) for part in problem["loc"])
            message = problem["msg"].removeprefix("Value error, ")
            raise ValueError(f"template.{place}: {message}") from error
        return self

    def is_for(self, bucket: str, key: str) -> bool:
        """Return whether an object lies where the rule says, whatever kind of file it is."""
        return self.enabled and bucket == self.bucket and key.startswith(self.prefix)

    def takes(self, key: str) -> bool:
        """Return whether an object is named as media are."""
        return has_suffix(key, self.suffixes)

    def request(self, bucket: str, key: str, beside: Beside) -> JobRequest:
        """Return what is asked for of an object and the sidecars beside it, named as in its folder.

        Raises pydantic's ValidationError where its name makes no request.
        """
        parts = self._parts(bucket, key)
        fields = _filled(self.template, parts)
        asset = _filled(self.template.get("asset", STANDARD_ASSET), parts)
        folder = f"s3://{bucket}/{key[: key.rfind('/') + 1]}"
        subtitles = [
            {
                "uri": f"{folder}{name}",
                "language": found.language,
                "forced": found.forced,
                "hearing_impaired": found.hearing_impaired,
            }
            for name, found in beside.subtitles
        ]
        more: dict[str, Any] = {"subtitles": subtitles} if subtitles else {}
        if beside.chapters is not None:
            more["chapters"] = f"{folder}{beside.chapters}"
        return JobRequest.model_validate(
            {**fields, "source": f"s3://{bucket}/{key}", "asset": _as_asset(asset), **more}
        )

    def _parts(self, bucket: str, key: str) -> Mapping[str, str]:
        folders, _, name = key.rpartition("/")
        below = key[len(self.prefix) :].lstrip("/") or name
        return {
            "stem": stem_of(name),
            "path": below.removesuffix(name) + stem_of(name),
            "name": name,
            "folder": folders.rpartition("/")[2],
            "suffix": name.rpartition(".")[2].lower(),
            "bucket": bucket,
            "key": key,
        }


def _filled(value: Any, parts: Mapping[str, str]) -> Any:
    """Return a template with parts of an object's name in their places, in texts of any depth."""
    if isinstance(value, dict):
        return {name: _filled(each, parts) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(each, parts) for each in value]
    if not isinstance(value, str):
        return value

    def fill(place: re.Match[str]) -> str:
        if place[1] not in parts:
            known = ", ".join(f"{{{name}}}" for name in PLACES)
            raise ValueError(f"{place[0]!a} stands for nothing: use {known}")
        return parts[place[1]]

    return PLACE.sub(fill, value)


def _as_asset(text: Any) -> Any:
    """Return a path-safe asset id made of text; what is no text, as it is.

    Where letters are lost, a digest tells it from other names that lose theirs: nobody looks at
    each, and two titles of one asset replace each other.
    """
    if not isinstance(text, str):
        return text
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")
    if text.isascii() and 0 < len(name) <= MAX_ASSET:
        return name
    told = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{name[: MAX_ASSET - 13]}-{told}".strip("-._")
