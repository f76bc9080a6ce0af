"""A title as it is asked for over HTTP: names where a job has the documents themselves."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import ConfigDict, Field, field_validator
from pydantic.config import JsonDict

from farm.ladder_policy import LadderPolicy
from farm.spec.policy import QcPolicy
from farm.spec.title import (
    ASSET_PATTERN,
    TEST_FOLDER,
    TitleFields,
    in_tests,
    one_spelling,
    storable,
)
from farm.spec.tracks import SubtitleSpec
from farm.uploads import SCHEME as UPLOAD
from farm.uploads import upload_id_of
from farm.uri import WEB, scheme_of
from farm.web_address import check_url

STANDARD_LADDER = "apple-h264"
STANDARD_QC = "standard"
EXAMPLE: JsonDict = {
    "source": "file:///media/my-movie.mov",
    "asset": "my-movie",
    "external_id": "cms-4711",
    "origin": "file:///tmp/reelfarm/origin",
    "ladder": "apple-h264",
    "subtitles": [{"language": "de", "uri": "file:///media/my-movie.de.srt"}],
    "metadata": {"season": 2},
}


class JobRequest(TitleFields):
    """One title to make and publish."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    asset: str | None = Field(
        None, pattern=ASSET_PATTERN, description="what it is published as; by default the file name"
    )
    origin: str | None = Field(
        None, max_length=1024, description="where to publish; by default the tenant's or the farm's"
    )
    ladder: str | LadderPolicy = Field(
        STANDARD_LADDER, description="the name of a ladder, or the ladder itself"
    )
    qc: str | QcPolicy = Field(
        STANDARD_QC, description="the name of a QC policy, or the policy itself"
    )
    catalog: str | None = Field(
        None, pattern=ASSET_PATTERN, description="a name to find titles by, and for fair shares"
    )

    @field_validator("source", "chapters")
    @classmethod
    def _can_be_reached(cls, location: str | None) -> str | None:
        return None if location is None else anywhere(location)

    @field_validator("subtitles")
    @classmethod
    def _each_can_be_reached(cls, sidecars: tuple[SubtitleSpec, ...]) -> tuple[SubtitleSpec, ...]:
        for sidecar in sidecars:
            anywhere(sidecar.uri)
        return sidecars

    @field_validator("ladder", "qc")
    @classmethod
    def _can_be_kept(cls, policy: str | LadderPolicy | QcPolicy) -> str | LadderPolicy | QcPolicy:
        if not isinstance(policy, str):
            storable(policy.model_dump(mode="json"))
        return policy

    @field_validator("origin")
    @classmethod
    def _one_spelling(cls, origin: str | None) -> str | None:
        if origin is None:
            return None
        if in_tests(origin := one_spelling(anywhere(origin))):
            raise ValueError(f"{TEST_FOLDER} is where tests are published: give the place above it")
        return origin

    @field_validator("webhook")
    @classmethod
    def _can_be_called(cls, webhook: str | None) -> str | None:
        return None if webhook is None else check_url(webhook)

    @property
    def published_as(self) -> str:
        """Return the asset it is published as."""
        return self.asset or asset_name(self.source)

    def given(self) -> dict[str, Any]:
        """Return the fields that were given, JSON-ready: equal for equal requests."""
        return self.model_dump(mode="json", exclude_unset=True)


def anywhere(location: str) -> str:
    """Return a location that means the same on every machine; raise ValueError for another."""
    scheme = scheme_of(location)
    if scheme == UPLOAD and upload_id_of(location) is None:
        raise ValueError(f"{location!a} is no upload: give the `source` of a complete one")
    if scheme not in ("file", "s3", UPLOAD, *WEB) and not location.startswith("/"):
        raise ValueError(f"{location!a} is no location: give file:///, s3:// or https://")
    return location


def asset_name(source: str) -> str:
    """Return a path-safe asset id made of the source's file name."""
    path = unquote(urlsplit(source).path) if scheme_of(source) in WEB else source
    stem = PurePosixPath(path.partition("://")[2] or path).stem
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")
    return name[:128] or "title"
