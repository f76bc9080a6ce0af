"""The verify step over a title that the real tools encoded and packaged."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from lxml import html
from PIL import Image

from farm.errors import StorageUnavailable
from qc.foretold import CURVE_NAME, curve_from_parquet
from qc.frames import FRAMES_NAME, from_parquet
from services.origin import CONTENT_TYPES
from tests.media.verified import (
    FPS,
    SIZE,
    Packaged,
    Verify,
    curve_of,
    measured_by_0_1_0,
    measured_sampled,
    packaged,
    run,
    scores,
    verify,
)

__all__ = ["packaged", "verify"]  # fixtures


def test_a_sound_title_passes_and_leaves_a_report_with_its_worst_moments(verify: Verify) -> None:
    verdict, files = run(verify())
    assert [check for check in verdict.checks if check.outcome == "fail"] == []
    assert verdict.verdict == "pass"
    pictures = [name for name in files if name.endswith(".jpg")]
    assert pictures == [
        f"report/worst-{number}-{side}.jpg"
        for number in ("01", "02")
        for side in ("source", "encode")
    ]
    for name in pictures:
        with Image.open(files[name]) as picture:
            assert (picture.size, picture.format) == (SIZE, "JPEG")
    assert all(PurePosixPath(name).suffix in CONTENT_TYPES for name in files)
    report = json.loads(files["report/report.json"].read_text("utf-8"))
    assert [(moment["rung"], moment["frame"]) for moment in report["worst_moments"]] == [
        ("h264-180p", 35),
        ("h264-108p", 35),
    ]
    assert report["source"]["name"] == "source.mkv"
    page = html.document_fromstring(files["report/index.html"].read_text("utf-8"))
    assert page.findtext(".//h1") == "my-title"
    (checks,) = page.iterfind(".//section[@aria-labelledby='checks']")
    shown = {code.text for code in checks.iter("code")}
    assert shown == {check.rule for check in verdict.checks}


def test_every_score_lies_beside_the_report_whoever_measured(verify: Verify) -> None:
    _, now = run(verify())
    _, before = run(verify(measured=measured_by_0_1_0))
    _, frames = scores("h264-180p", FPS, lambda n: 95.0 - (n == 7) * 20)
    kept = "report/frames-h264-180p.parquet"
    assert from_parquet(now[kept].read_bytes()) == frames
    assert {name: path.read_bytes() for name, path in now.items()} == {
        name: path.read_bytes() for name, path in before.items()
    }


def test_what_is_expected_between_samples_lies_beside_the_report_and_is_drawn(
    verify: Verify,
) -> None:
    _, files = run(verify(measured=measured_sampled))
    kept = "report/curve-h264-180p.parquet"
    measured = scores("h264-180p", FPS, lambda n: 95.0 - (n == 7) * 20)
    assert curve_from_parquet(files[kept].read_bytes()) == curve_of(*measured)
    document = json.loads(files["report/report.json"].read_text("utf-8"))
    named = [each["scores"]["curve"] for each in document["renditions"]]
    assert {f"report/{name}" for name in named} == {
        name for name in files if name.startswith("report/curve-")
    }
    page = files["report/index.html"].read_text("utf-8")
    assert page.count('<path class="band ') == len(named)


@pytest.mark.parametrize("name", [FRAMES_NAME, CURVE_NAME])
def test_scores_that_were_damaged_in_the_store_are_named(
    verify: Verify, tmp_path: Path, name: str
) -> None:
    context = verify(measured=measured_sampled)
    file = tmp_path / "h264-180p" / name
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(StorageUnavailable, match=rf"{file} in the work store is damaged \(no Pa"):
        run(context)


def test_the_page_has_small_pictures_and_names_the_large_ones(verify: Verify) -> None:
    _, files = run(verify())
    page: Any = html.document_fromstring(files["report/index.html"].read_text("utf-8"))
    shown = page.xpath("//div[@class='pair']/a")
    assert {f"report/{link.get('href')}" for link in shown} < files.keys()
    for link in shown:
        _, _, encoded = link.find("img").get("src").partition(",")
        with Image.open(io.BytesIO(base64.b64decode(encoded))) as picture:
            assert (picture.size, picture.format) == (SIZE, "JPEG")


def test_low_quality_is_a_verdict_and_no_error(verify: Verify) -> None:
    verdict, files = run(verify(vmaf=lambda n: 50.0 + n % 3))
    assert verdict.verdict == "rejected"
    failed = [check.rule for check in verdict.checks if check.outcome == "fail"]
    assert failed == ["vmaf-top-harmonic-mean", "vmaf-top-p5", "vmaf-top-p1"]
    assert "report/index.html" in files


def test_a_package_with_a_hole_is_rejected_by_conformance(verify: Verify) -> None:
    verdict, _ = run(verify(without="h264-180p/00002.m4s"))
    assert verdict.verdict == "rejected"
    failed = {check.rule for check in verdict.checks if check.outcome == "fail"}
    assert failed
    assert not any(rule.startswith("vmaf") for rule in failed)


def test_normalised_audio_is_listened_to_as_delivered(verify: Verify, packaged: Packaged) -> None:
    audios = tuple(replace(audio, measured_lufs=-30.0) for audio in packaged.made.title.audios)
    verdict, _ = run(verify(loudness="ebu-r128", audios=audios))
    heard = {c.rule: c for c in verdict.checks if c.rule.startswith("loudness")}
    assert list(heard) == [f"loudness-{audio.name}" for audio in audios]
    # A tone of amplitude 1/8 has -21.1 dBFS RMS, which both channels share; BS.1770-5 takes 0.7
    # off, and a little at 220 Hz.
    evidence = heard["loudness-audio-1-stereo"].evidence
    found = re.fullmatch(
        r"audio-1-stereo: (-\d+\.\d) LUFS, range \d\.\d LU, -\d+\.\d dBTP, -30\.0 in the source",
        evidence,
    )
    assert found is not None
    assert float(found[1]) == pytest.approx(-22.0, abs=0.5)
