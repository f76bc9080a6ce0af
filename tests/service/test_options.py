"""The options of a job that change what is made, on the real stack."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.media.media_factory import AAC, X264, Clips, pattern, tone
from tests.service.command_line import Desk, path_of

ENGLISH = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nGood morning.\n"
GERMAN = "WEBVTT\n\n00:00:02.000 --> 00:00:05.000\nGuten Morgen.\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("options"))
    (desk.folder / "en.vtt").write_text(ENGLISH)
    (desk.folder / "de.vtt").write_text(GERMAN)
    return desk


@pytest.fixture(scope="module")
def long_clip(clips: Clips) -> Path:
    """26 s at 25 fps: long enough for two chunks of at least two segments."""
    seconds = 26
    return clips.make("long.mp4", *pattern("320x180", "25", seconds), *tone(seconds), *X264, *AAC)


def sidecars(desk: Desk) -> tuple[str, ...]:
    return (
        *("--subtitles", f"en={desk.folder}/en.vtt"),
        *("--subtitles", f"de={desk.folder}/de.vtt"),
    )


def test_two_languages_become_one_more_track(desk: Desk, title_clip: Path) -> None:
    ran = desk.run(str(title_clip), *sidecars(desk), "--dual-text", "en+de")
    assert ran.status == 0, ran.stderr
    tracks = {track["name"]: track["cues"] for track in ran.record["text"]}
    assert tracks["English + Deutsch"] == 3
    dual = next(desk.origin.glob("default/title/g*/text-en-de-dual/00001.vtt")).read_text()
    assert "Good morning.\nGuten Morgen." in dual


def test_text_is_burnt_into_the_picture_and_scored_against_a_reference_that_has_it(
    desk: Desk, title_clip: Path
) -> None:
    if not _has_fonts():
        if os.environ.get("CI"):
            pytest.fail("CI must have fontconfig and a font")
        pytest.skip("burn-in needs fontconfig and a font on this machine")
    plain = desk.run(str(title_clip), *sidecars(desk), "--asset", "plain")
    burnt = desk.run(str(title_clip), *sidecars(desk), "--burn-in", "en", "--asset", "burnt")
    assert (plain.status, burnt.status) == (0, 0), burnt.stderr
    scores = [ran.record["renditions"][-1]["vmaf"]["mean"] for ran in (plain, burnt)]
    assert scores[1] == pytest.approx(scores[0], abs=3)
    first = [
        next(desk.origin.glob(f"default/{asset}/g*/h264-180p-500k/00001.m4s")).read_bytes()
        for asset in ("plain", "burnt")
    ]
    assert first[0] != first[1]


def _has_fonts() -> bool:
    if shutil.which("fc-list") is None:
        return any(Path("/usr/share/fonts").rglob("*.ttf"))
    return bool(subprocess.run(["fc-list"], capture_output=True, check=True).stdout.strip())


def test_burning_in_a_language_there_is_no_text_in_is_refused(desk: Desk, title_clip: Path) -> None:
    ran = desk.run(str(title_clip), *sidecars(desk), "--burn-in", "fr", "--asset", "french")
    assert ran.status == 2
    assert "add --subtitles fr=FILE" in ran.stderr


def test_loudness_is_brought_to_ebu_r128(desk: Desk, title_clip: Path) -> None:
    ran = desk.run(str(title_clip), "--loudness", "ebu-r128", "--asset", "loud")
    assert ran.status == 0, ran.stderr
    assert [c for c in ran.record["qc"]["checks"] if "loud" in c["rule"] or "r128" in c["rule"]]


def test_an_audio_title_in_surround_keeps_it_beside_a_ladder_of_stereo(
    desk: Desk, clips: Clips
) -> None:
    layout = ("-af", "aformat=channel_layouts=5.1")
    song = clips.make("song.wav", *tone(8), *layout)
    ran = desk.run(str(song), "--asset", "song")
    assert ran.status == 0, ran.stderr
    keys = [step["key"] for step in ran.record["steps"] if step["kind"] == "audio"]
    assert keys == [
        "audio:audio-0-stereo-64k",
        "audio:audio-0-stereo-96k",
        "audio:audio-0-stereo-160k",
        "audio:audio-0-surround",
    ]
    assert [c["rule"] for c in ran.record["qc"]["checks"] if c["outcome"] == "fail"] == []


def test_sound_alone_is_published_of_a_film_where_the_ladder_says_so(
    desk: Desk, long_clip: Path
) -> None:
    ran = desk.run(str(long_clip), "--asset", "heard", "--ladder", "audio-only")
    assert ran.status == 0, ran.stderr
    record = ran.record
    assert (record["renditions"], record["ladder"]["rungs"]) == ([], [])
    assert {step["kind"] for step in record["steps"]}.isdisjoint({"encode", "thumbnails"})
    assert [remark["reason"] for remark in record["remarks"]] == ["the ladder makes sound alone"]
    assert [c["rule"] for c in record["qc"]["checks"] if c["outcome"] == "fail"] == []
    master = path_of(record["outputs"]["hls"]).read_text()
    assert master.count("#EXT-X-STREAM-INF") == 3
    assert "RESOLUTION" not in master


def test_a_codec_the_ladder_has_not_is_refused_with_those_it_has(
    desk: Desk, long_clip: Path
) -> None:
    ran = desk.run(str(long_clip), "--ladder", "apple-h264", "--codec", "h264,av1")
    assert ran.status == 2
    assert "ladder apple-h264 has no av1 rung, only h264: take a ladder that has one" in ran.stderr


def test_chunks_in_parallel_give_the_same_frames(
    desk: Desk, long_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELFARM_ENCODE_SLOTS", "2")
    ran = desk.run(str(long_clip), "--asset", "chunked")
    assert ran.status == 0, ran.stderr
    keys = [step["key"] for step in ran.record["steps"] if step["kind"] == "encode"]
    assert keys == ["encode:0", "encode:1"]
    assert {rendition["frames"] for rendition in ran.record["renditions"]} == {650}
