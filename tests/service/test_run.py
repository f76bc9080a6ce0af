"""`reelfarm run` from a file to a published title, on the real stack."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.forked import Ran
from tests.service.command_line import FAST_LADDER, Desk, path_of

RECORD_FIELDS = [
    *("id", "tenant", "asset", "external_id", "catalog", "mode", "state", "error", "source"),
    *("ladder", "renditions", "audio", "text", "chapters", "remarks", "outputs", "qc"),
    *("review", "steps"),
    *("fallbacks", "cost", "plan", "priority", "progress", "metadata", "versions"),
    *("created_at", "finished_at"),
]
ENGLISH = "1\n00:00:01,000 --> 00:00:02,500\nGood morning.\n"
NOTHING = "WEBVTT\n\n00:00:30.000 --> 00:00:31.000\nAfter the end.\n"
CHAPTERS = "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nOne\n\n00:00:04.000 --> 00:00:08.000\nTwo\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("run"))
    (desk.folder / "en.srt").write_text(ENGLISH)
    (desk.folder / "late.vtt").write_text(NOTHING)
    (desk.folder / "chapters.vtt").write_text(CHAPTERS)
    return desk


@pytest.fixture(scope="module")
def published(desk: Desk, title_clip: Path) -> Ran:
    return run_title(desk, title_clip)


def run_title(desk: Desk, clip: Path, *options: str) -> Ran:
    sidecars = (
        *("--subtitles", f"en={desk.folder}/en.srt"),
        *("--subtitles", f"de={desk.folder}/late.vtt"),
        *("--chapters", f"{desk.folder}/chapters.vtt", "--asset", "film"),
    )
    return desk.run(str(clip), *sidecars, *options)


def made(record: dict[str, Any]) -> set[str]:
    """Return the keys of the steps that really ran."""
    return {step["key"] for step in record["steps"] if not step["reused"]}


def test_a_title_is_published_with_a_complete_record(published: Ran, title_clip: Path) -> None:
    assert published.status == 0, published.stderr
    record = published.record
    assert list(record) == RECORD_FIELDS
    assert (record["state"], record["error"], record["asset"]) == ("PUBLISHED", None, "film")
    assert record["source"]["uri"] == str(title_clip)
    assert record["source"]["duration_s"] == 8.0
    assert [stream["type"] for stream in record["source"]["streams"]] == ["video", "audio"]
    assert [(r["name"], r["frames"]) for r in record["renditions"]] == [
        ("h264-90p-150k", 200),
        ("h264-180p-500k", 200),
    ]
    assert {step["state"] for step in record["steps"]} == {"DONE"}
    assert record["qc"]["verdict"] == "pass"


def test_every_rendition_is_measured(published: Ran) -> None:
    low, high = published.record["renditions"]
    assert set(low["vmaf"]) == {"mean", "harmonic_mean", "p1", "p5", "min", "worst_window"}
    assert low["vmaf"]["mean"] < high["vmaf"]["mean"] <= 100
    assert 0 < low["ssim"] < high["ssim"] <= 1
    assert low["average_bps"] < high["average_bps"] <= high["peak_bps"]


def test_text_and_chapters_are_reported_and_a_track_without_cues_is_dropped(
    published: Ran,
) -> None:
    english, german = published.record["text"]
    assert (english["lang"], english["cues"], english["dropped"]) == ("en", 1, None)
    assert (german["lang"], german["cues"]) == ("de", 0)
    assert german["dropped"]
    assert published.record["chapters"] == [
        {"start_s": 0.0, "end_s": 4.0, "titles": {"und": "One"}},
        {"start_s": 4.0, "end_s": 8.0, "titles": {"und": "Two"}},
    ]


def test_pointers_lead_into_one_immutable_generation(published: Ran, desk: Desk) -> None:
    outputs = published.record["outputs"]
    prefix = outputs["origin_prefix"]
    assert re.fullmatch(r"default/film/g1-[0-9a-f]{8}", prefix)
    master = path_of(outputs["hls"])
    assert master == desk.origin / "default" / "film" / "master.m3u8"
    uris = re.findall(r'(?m)^[^#\s].*$|(?<=URI=")[^"]+', master.read_text())
    assert uris
    assert all(uri.startswith(prefix.rpartition("/")[2] + "/") for uri in uris)
    assert all((master.parent / uri).is_file() for uri in uris)
    assert path_of(outputs["dash"]).is_file()
    assert path_of(outputs["report"]).is_file()


def test_nothing_is_left_running_and_no_scratch_remains(published: Ran, desk: Desk) -> None:
    assert desk.wait_until_gone(within_s=10) == []
    assert list((desk.state / "scratch").iterdir()) == []


def test_the_same_request_again_makes_nothing_anew(
    published: Ran, desk: Desk, title_clip: Path
) -> None:
    again = run_title(desk, title_clip).record
    assert again["id"] != published.record["id"]
    assert made(again) == {"ingest", "ladder", "verify", "publish"}
    assert again["outputs"] == published.record["outputs"]


def test_outputs_whose_files_were_deleted_are_made_anew(
    published: Ran, desk: Desk, title_clip: Path
) -> None:
    for attempt in range(2):
        shutil.rmtree(desk.state / "work")
        again = run_title(desk, title_clip)
        assert again.status == 0, (attempt, again.stderr)
    assert made(run_title(desk, title_clip).record) == {"ingest", "ladder", "verify", "publish"}


def test_a_changed_rung_re_encodes_that_rung_alone(
    published: Ran, desk: Desk, title_clip: Path
) -> None:
    ladder = desk.folder / "changed.yaml"
    ladder.write_text(FAST_LADDER.replace("150000, crf: 30", "160000, crf: 31"))
    changed = run_title(desk, title_clip, "--ladder", str(ladder)).record
    ran = made(changed)
    assert {"stitch:h264-90p-160k", "measure:0", "package"} <= ran
    assert not ran & {"analyze", "stitch:h264-180p-500k"}
    assert not [key for key in ran if key.startswith(("audio", "text", "thumbnails"))]
    assert changed["outputs"]["generation"] == 2


def test_a_title_below_the_thresholds_is_rejected_and_not_published(
    desk: Desk, title_clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "strict.yaml").write_text("{top_harmonic_mean: 100, subsample: 5}")
    origin = tmp_path / "origin"
    ran = run_title(
        desk, title_clip, "--qc", str(tmp_path / "strict.yaml"), "--origin", str(origin)
    )
    assert ran.status == 3
    assert "rejected by QC, nothing was published" in ran.stderr
    record = ran.record
    assert (record["state"], record["error"]["code"]) == ("REJECTED", "quality_rejected")
    assert record["qc"]["verdict"] == "rejected"
    assert not origin.exists() or list(origin.iterdir()) == []


def test_the_title_of_the_brief_is_published_whole(shared: Path, tmp_path: Path) -> None:
    media = shared / "media"
    desk = Desk(tmp_path)
    ran = desk.run(
        str(media / "bbb-480p-30s.mp4"),
        *("--subtitles", f"en={media}/elephants-dream-subtitles-en.vtt"),
        *("--subtitles", f"de:forced={media}/elephants-dream-subtitles-de.vtt"),
        *("--chapters", str(media / "elephants-dream-chapters-en.vtt")),
    )
    assert ran.status == 0, ran.stderr
    record = ran.record
    assert {rendition["frames"] for rendition in record["renditions"]} == {720}
    assert [(t["lang"], t["forced"]) for t in record["text"]] == [("en", False), ("de", True)]
    parser = etree.XMLParser(load_dtd=True, no_network=True)
    schema = etree.XMLSchema(etree.parse(str(shared / "schemas" / "DASH-MPD.xsd"), parser))
    schema.assertValid(etree.parse(path_of(record["outputs"]["dash"])))
