"""A bucket with sources in it, and hosts that bring them from there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from farm.parts import Part
from storage.objects.s3_client import s3_client
from tests.conftest import ANYWHERE, S3, MakeContext, stored
from tests.media.source_steps import spec_of
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.steps import ingest

CUES = b"1\n00:00:00,000 --> 00:00:01,000\nHello\n"


def go_on() -> None:
    """Want everything."""


class Bucket:
    """Puts objects under keys of a test's own."""

    def __init__(self, s3: S3) -> None:
        self._s3 = s3
        self._folder = uuid4().hex

    def put(self, name: str, content: bytes) -> str:
        """Store an object as another program would; return its URI."""
        key = f"{self._folder}/{name}"
        s3_client(self._s3.settings).put_object(Bucket=self._s3.bucket, Key=key, Body=content)
        return f"s3://{self._s3.bucket}/{key}"

    def delete(self, name: str) -> None:
        key = f"{self._folder}/{name}"
        s3_client(self._s3.settings).delete_object(Bucket=self._s3.bucket, Key=key)


@pytest.fixture
def bucket(s3: S3) -> Bucket:
    return Bucket(s3)


@pytest.fixture
def sources(s3: S3, tmp_path: Path) -> Sources:
    return Sources(s3.settings, Cache(tmp_path / "cache", 1 << 30), ANYWHERE)


@pytest.fixture
def elsewhere(s3: S3, tmp_path: Path) -> Sources:
    """The sources as a host sees them that has nothing of them yet."""
    return Sources(s3.settings, Cache(tmp_path / "other-cache", 1 << 30), ANYWHERE)


@pytest.fixture
def make(step_context: MakeContext, s3: S3) -> MakeContext:
    """Make contexts of steps whose settings lead to the bucket."""
    return lambda **given: step_context(**{"other_settings": s3.settings, **given})


def ingested(make: MakeContext, uri: str, **spec: Any) -> Part:
    context = make(spec=spec_of(uri, **spec))
    return stored(ingest.run(context).products[""])


@pytest.fixture
def scratch(tmp_path: Path) -> Callable[[], Path]:
    """Make a scratch directory, another one with each call."""

    def make() -> Path:
        folder = tmp_path / uuid4().hex
        folder.mkdir()
        return folder

    return make
