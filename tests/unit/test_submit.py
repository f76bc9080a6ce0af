"""The name under which the same request is found again."""

from __future__ import annotations

import os
from pathlib import Path

from farm.settings import Settings
from farm.spec import SubtitleSpec
from services.submit import request_name
from tests.conftest import ANYWHERE, a_spec
from workers.sources.access import Sources
from workers.sources.cache import Cache


def test_a_request_is_known_by_its_spec_and_the_files_it_names(
    tmp_path: Path, settings: Settings
) -> None:
    sources = Sources(settings, Cache(tmp_path / "cache", 0), ANYWHERE)
    source, sidecar = tmp_path / "a.mp4", tmp_path / "en.vtt"
    for file in (source, sidecar):
        file.write_text("content")
    subtitles = (SubtitleSpec(language="en", uri=str(sidecar)),)
    spec = a_spec(source, tmp_path / "origin", subtitles=subtitles)
    name = request_name(spec, sources.identities(spec))
    assert request_name(spec, sources.identities(spec)) == name
    other = spec.model_copy(update={"asset": "other"})
    assert request_name(other, sources.identities(other)) != name
    os.utime(sidecar, ns=(1, 1))
    corrected = request_name(spec, sources.identities(spec))
    assert corrected != name
    os.utime(source, ns=(1, 1))
    assert request_name(spec, sources.identities(spec)) != corrected
