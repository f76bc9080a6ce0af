"""A title that the real tools encoded and packaged, its scores, and the verify step over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.facts import Analysis, AudioTrack, ChapterList, Source, Verdict
from farm.ladder import Ladder, Timeline, Treatment
from farm.parts import Part, Product
from farm.scores import FrameScore, Scores
from farm.serial import from_json, to_json
from farm.spec import QcPolicy
from planning.params import VerifyParams
from qc.foretold import CURVE_NAME, curve_to_parquet
from qc.frames import FRAMES_NAME, ScoredFrames, in_columns, to_parquet
from qc.sampling.curve import ScoreCurve, score_curve
from qc.sampling.statistics import FrameTraits
from qc.scores import stats
from tests.conftest import MakeContext, a_spec, stored
from tests.media.packaged import Made, RunCommand, encoded, full_title, make
from tests.unit import titles
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
    sound = ("-f", "lavfi", "-i", f"sine=220:duration={float(FRAMES / FPS)}")  # as its first track
    video = ("-frames:v", str(FRAMES), "-c:v", "ffv1")
    args = ("-f", "lavfi", "-i", picture, *sound, *video, "-c:a", "flac", source.name)
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


def curve_of(scores: Scores, frames: ScoredFrames) -> ScoreCurve:
    known = dict(zip(frames.frame, frames.vmaf, strict=True))
    return score_curve(known, len(frames) * scores.subsample, FrameTraits())


def measured_sampled(folder: Path, scores: Scores, frames: ScoredFrames) -> Part:
    """Return what `measure` leaves of a rendition of which some frames tell of all."""
    part = measured_now(folder, scores, frames)
    (folder / CURVE_NAME).write_bytes(curve_to_parquet(curve_of(scores, frames)))
    curve = stored(Product({}, {CURVE_NAME: folder / CURVE_NAME})).files
    return replace(part, files={**part.files, **curve})


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
