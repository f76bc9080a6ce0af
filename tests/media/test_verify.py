"""The verify step over a title that the real tools encoded and packaged."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from lxml import html
from PIL import Image

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.errors import StorageUnavailable
from farm.facts import Analysis, AudioTrack, ChapterList, FrameScore, Scores, Source, Verdict
from farm.ladder import Ladder, Timeline, Treatment
from farm.parts import Part, Product
from farm.serial import from_json, to_json
from farm.spec import QcPolicy
from planning.params import VerifyParams
from qc.frames import FRAMES_NAME, ScoredFrames, from_parquet, in_columns, to_parquet
from qc.scores import stats
from tests.conftest import MakeContext, a_spec, stored
from tests.media.packaged import Made, RunCommand, encoded, full_title, make
from tests.unit import titles
from workers.publishing.origin import CONTENT_TYPES
from workers.steps.contract import StepContext
from workers.steps.verify import KIND

FPS = Fraction(60)
FRAMES = 200
SIZE = (320, 180)


@dataclass(frozen=True)
class Packaged:
    """A packaged title and the source it would come from."""

    made: Made
    folder: Path
    source: Path

    def track(self, name: str) -> Path:
        return self.folder / f"{name}.mp4"


@pytest.fixture(scope="module")
def packaged(run_command: RunCommand, tmp_path_factory: pytest.TempPathFactory) -> Packaged:
    folder = tmp_path_factory.mktemp("verified")
    made = make(run_command, folder, full_title())
    source = folder / "source.mkv"
    picture = f"testsrc2=size={SIZE[0]}x{SIZE[1]}:rate={FPS}"
    args = ("-f", "lavfi", "-i", picture, "-frames:v", str(FRAMES), "-c:v", "ffv1", source.name)
    run_command(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), "make source"), folder)
    return Packaged(made, folder, source)


def scores(rung: str, fps: Fraction, vmaf: Callable[[int], float]) -> tuple[Scores, ScoredFrames]:
    count = -(-FRAMES * fps // FPS // 5)
    frames = in_columns(
        FrameScore(n * 5, round(float(n * 5 / fps), 6), vmaf(n), 0.97, 38.0) for n in range(count)
    )
    found = stats([score.vmaf for score in frames])
    return Scores(rung, *SIZE, 5, "vmaf_v0.6.1", found, 0.97, 38), frames


def a_part(facts: object, files: dict[str, Path] | None = None) -> Part:
    return stored(Product(to_json(facts), files or {}))


Measured = Callable[[Path, Scores, ScoredFrames], Part]


def measured_now(folder: Path, scores: Scores, frames: ScoredFrames) -> Part:
    folder.mkdir()
    (folder / FRAMES_NAME).write_bytes(to_parquet(frames))
    return a_part(scores, {FRAMES_NAME: folder / FRAMES_NAME})


def measured_by_0_1_0(_: Path, scores: Scores, frames: ScoredFrames) -> Part:
    return Part({**to_json(scores), "frames": [to_json(score) for score in frames]})


def ingested(source: Path) -> Part:
    status = source.stat()
    media = titles.media(video=(replace(titles.VIDEO, width=SIZE[0], height=SIZE[1]),))
    return Part(
        to_json(Source("ab" * 32, media)),
        evidence={
            "path": str(source),
            "size_bytes": status.st_size,
            "mtime_ns": status.st_mtime_ns,
        },
    )


def analysed() -> Analysis:
    return titles.analysis(timeline=Timeline(FPS, FRAMES), duration_s=Fraction(FRAMES, 60))


Verify = Callable[..., StepContext[VerifyParams]]


@pytest.fixture
def verify(packaged: Packaged, step_context: MakeContext, tmp_path: Path) -> Verify:
    """Make the context of the step for the packaged title; keywords change what it is about."""
    made = packaged.made
    generation = {
        path.relative_to(made.generation).as_posix(): path
        for path in made.generation.rglob("*")
        if path.is_file()
    }

    def context(
        *,
        vmaf: Callable[[int], float] = lambda n: 95.0 - (n == 7) * 20,
        policy: QcPolicy | None = None,
        without: str | None = None,
        audios: tuple[AudioTrack, ...] = made.title.audios,
        loudness: str = "source",
        measured: Measured = measured_now,
    ) -> StepContext[VerifyParams]:
        rungs = made.title.rungs
        ladder = Ladder("test", rungs, (), made.title.segment_s)
        files = {name: path for name, path in generation.items() if name != without}
        inputs = {
            "ingest": ingested(packaged.source),
            "analyze": a_part(analysed()),
            "package": a_part(made.facts, files),
            **{
                f"measure:{r.name}": measured(tmp_path / r.name, *scores(r.name, r.fps, vmaf))
                for r in rungs
            },
            **{
                f"stitch:{video.rung}": a_part(video, {"video.mp4": packaged.track(video.rung)})
                for video in encoded(made.title)
            },
            **{f"audio:{a.name}": a_part(a, {"audio.mp4": packaged.track(a.name)}) for a in audios},
            **{f"text:{text.name}": a_part(text) for text in made.title.texts},
            "chapters": a_part(ChapterList(made.title.chapters, ())),
        }
        params = VerifyParams(
            policy=policy or QcPolicy(),
            ladder=ladder,
            timeline=Timeline(FPS, FRAMES),
            treatment=Treatment(0, FPS, False, False, *SIZE),
            duration_s=made.title.duration_s,
        )
        spec = a_spec(packaged.source, tmp_path, asset="my-title", loudness=loudness)
        return step_context(params=params, inputs=inputs, spec=spec, source=packaged.source)

    return context


def run(context: StepContext[VerifyParams]) -> tuple[Verdict, dict[str, Path]]:
    product = KIND.run(context).products[""]
    return from_json(Verdict, product.facts), product.files


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


def test_scores_that_were_damaged_in_the_store_are_named(verify: Verify, tmp_path: Path) -> None:
    context = verify()
    file = tmp_path / "h264-180p" / FRAMES_NAME
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
        r"audio-1-stereo: (-\d+\.\d) LUFS, -\d+\.\d dBTP, -30\.0 in the source", evidence
    )
    assert found is not None
    assert float(found[1]) == pytest.approx(-22.0, abs=0.5)
