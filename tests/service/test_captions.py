"""A title with captions inside its pictures, on the real stack: as text, and kept there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from farm.command import Command, Finished
from tests.line21 import orders, pop_on, schedule
from tests.media.captioned import with_captions
from tests.service.command_line import Desk

SENT = [
    (10, "CC1", pop_on("The kettle sings.")),
    (60, "CC1", orders("EDM")),
    (20, "CC3", pop_on("Canta la tetera.", channel="CC3")),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("captions"))


@pytest.fixture(scope="module")
def clip(desk: Desk, run_command: Callable[[Command, Path], Finished]) -> str:
    return str(with_captions(run_command, desk.folder, schedule(SENT, 90)))


def test_captions_become_tracks_in_the_languages_the_request_names(desk: Desk, clip: str) -> None:
    ran = desk.run(clip, "--captions", "CC1=en,CC3=es", "--asset", "text")
    assert ran.status == 0, ran.stderr
    assert [(text["lang"], text["cues"], text["dropped"]) for text in ran.record["text"]] == [
        ("en", 1, None),
        ("es", 1, None),
    ]
    assert ran.record["source"]["captions"] == [
        {"name": "CC1", "stream_index": 0, "same_as": None},
        {"name": "CC3", "stream_index": 0, "same_as": None},
    ]
    generation = next(desk.origin.glob("default/text/g*"))
    cues = (generation / "text-en-sdh" / "00001.vtt").read_text()
    assert "00:00:00.834 --> 00:00:02.002 align:left\nThe kettle sings." in cues
    assert "CLOSED-CAPTIONS=NONE" in (generation / "master.m3u8").read_text()


def test_captions_stay_in_the_picture_where_the_request_has_it(desk: Desk, clip: str) -> None:
    ran = desk.run(clip, "--captions", "passthrough:CC1=en", "--asset", "kept")
    assert ran.status == 0, ran.stderr
    assert ran.record["text"] == []
    checks = {check["rule"]: check for check in ran.record["qc"]["checks"]}
    assert checks["captions-named"]["evidence"] == "CC1, CC3 named by both"
    assert checks["captions-kept"]["evidence"] == "35 pairs of bytes in every rendition"
    generation = next(desk.origin.glob("default/kept/g*"))
    master = (generation / "master.m3u8").read_text()
    assert 'NAME="English",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,INSTREAM-ID="CC1"' in master
    assert master.count('CLOSED-CAPTIONS="captions"') == 2
    assert 'value="CC1=eng;CC3=und"' in (generation / "manifest.mpd").read_text()
