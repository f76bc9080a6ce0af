"""The name under which the same request is found again."""

from __future__ import annotations

import os
from pathlib import Path

from farm.settings import Settings
from farm.spec import SubtitleSpec
from tests.conftest import a_spec
from workers.cache import Cache
from workers.source import Sources
from workers.submission import request_name


def test_a_request_is_known_by_its_spec_and_the_files_it_names(
    tmp_path: Path, settings: Settings
) -> None:
    sources = Sources(settings, Cache(tmp_path / "cache", 0))
    source, sidecar = tmp_path / "a.mp4", tmp_path / "en.vtt"
    for file in (source, sidecar):
        file.write_text("content")
    subtitles = (SubtitleSpec(language="en", uri=str(sidecar)),)
    spec = a_spec(source, tmp_path / "origin", subtitles=subtitles)
    name = request_name(spec, sources)
    assert request_name(spec, sources) == name
    assert request_name(spec.model_copy(update={"asset": "other"}), sources) != name
    os.utime(sidecar, ns=(1, 1))
    corrected = request_name(spec, sources)
    assert corrected != name
    os.utime(source, ns=(1, 1))
    assert request_name(spec, sources) != corrected
