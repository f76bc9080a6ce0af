"""Sources on a web server: brought to a host, verified, and refused when they change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from farm.errors import InvalidSource
from farm.facts import Source
from farm.serial import from_json
from farm.settings import Settings
from farm.spec import SubtitleSpec
from tests.conftest import ANYWHERE, MakeContext, stored
from tests.media.source_steps import spec_of
from tests.service.bucket import CUES, go_on, make, scratch
from tests.service.web_server import Handler, WebServer, web_server
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.steps import ingest

__all__ = ["make", "scratch"]  # fixtures


@pytest.fixture
def web() -> Iterator[tuple[dict[str, bytes], WebServer]]:
    """A web server and what it serves, by path."""
    content: dict[str, bytes] = {}

    def answer(handler: Handler) -> None:
        handler.answer(200, content[handler.path.partition("?")[0]])

    with web_server({"/film.mp4": answer, "/en.srt": answer}) as server:
        yield content, server


def test_a_source_on_the_web_is_brought_verified_and_refused_when_it_changes(
    web: tuple[dict[str, bytes], WebServer], make: MakeContext, title_clip: Path, scratch: Any
) -> None:
    content, server = web
    content["/film.mp4"] = title_clip.read_bytes()
    content["/en.srt"] = CUES
    settings = Settings(private_hosts="127.0.0.1", sources="any")
    base = f"http://127.0.0.1:{server.port}"
    spec = spec_of(
        f"{base}/film.mp4?signature=secret",
        subtitles=(SubtitleSpec(language="en", uri=f"{base}/en.srt"),),
    )
    context = make(spec=spec, other_settings=settings)
    products = ingest.run(context).products
    part = stored(products[""])
    assert from_json(Source, part.facts).sha256 == (
        hashlib.sha256(title_clip.read_bytes()).hexdigest()
    )
    assert products["sidecar-0"].files["file"].read_bytes() == CUES
    content["/film.mp4"] = content["/film.mp4"][:-1] + b"?"
    make(
        spec=spec, other_settings=settings, inputs={"ingest": part}
    ).link_source()  # from the cache
    folder = scratch()
    with pytest.raises(InvalidSource, match=r"film\.mp4' changed while it was processed"):
        Sources(settings, Cache(folder / "cache", 0), ANYWHERE).link(
            spec.source, part, folder, "job", go_on
        )
    content["/en.srt"] = bytes((16 << 20) + 1)
    with pytest.raises(InvalidSource, match="larger than"):
        ingest.run(make(spec=spec, other_settings=settings))
