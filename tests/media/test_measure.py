"""Scoring renditions with the real FFmpeg and libvmaf."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.errors import ConformanceFailed, ToolFailed
from farm.facts import EncodedVideo, Scores
from farm.ladder import Rung, Timeline, Treatment
from farm.parts import Product
from farm.serial import from_json, to_json
from ladders.gop import frames_at
from media.graphs.measure import MODEL, score
from planning.params import MeasureParams
from qc.frames import FRAMES_NAME, ScoredFrames, from_parquet
from tests.conftest import MakeContext, stored
from tests.media.encodes import ingested
from workers.steps.measure import KIND

FPS = Fraction(24000, 1001)
FRAMES = 48
TIMELINE = Timeline(FPS, FRAMES)
WIDTH, HEIGHT = 320, 180
TREATMENT = Treatment(
    stream_index=0,
    fps=FPS,
    deinterlace=False,
    tone_map=False,
    display_width=WIDTH,
    display_height=HEIGHT,
)
RunCommand = Callable[[Command, Path], Finished]


@dataclass(frozen=True)
class Clips:
    """Makes renditions of one source."""

    folder: Path
    run: RunCommand

    @property
    def source(self) -> Path:
        return self.folder / "source.mkv"

    def make_source(self) -> None:
        picture = f"testsrc2=size={WIDTH}x{HEIGHT}:rate={FPS},scroll=horizontal=0.02"
        self._ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "ffv1", name=self.source.name)

    def rendition(
        self,
        name: str,
        *,
        filters: Iterable[str] = ("null",),
        crf: int = 18,
        frames: int = FRAMES,
    ) -> Path:
        self._ffmpeg(
            *("-i", f"file:{self.source.name}", "-vf", ",".join(filters)),
            *("-c:v", "libx264", "-preset", "ultrafast", "-crf", str(crf)),
            *("-fps_mode", "passthrough", "-frames:v", str(frames)),
            name=name,
        )
        return self.folder / name

    def _ffmpeg(self, *args: str, name: str) -> None:
        length = () if "-frames:v" in args else ("-frames:v", str(FRAMES))
        output = (*length, "-pix_fmt", "yuv420p", f"file:{name}")
        self.run(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args, *output), name), self.folder)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Clips:
    made = Clips(tmp_path_factory.mktemp("clips"), run_command)
    made.make_source()
    return made


@dataclass(frozen=True)
class Measure:
    """Runs the step on a rendition."""

    make_context: MakeContext
    source: Path

    def __call__(
        self,
        rendition: Path,
        *,
        fps: Fraction = FPS,
        subsample: int = 5,
        size: tuple[int, int] = (WIDTH, HEIGHT),
        timeline: Timeline = TIMELINE,
        frames: int | None = None,
    ) -> tuple[Scores, ScoredFrames]:
        rung = a_rung(fps)
        frames = frames or frames_at(timeline.frames, FPS, fps)
        encoded = EncodedVideo(rung.name, "h264", *size, fps, frames, "cpu")
        context = self.make_context(
            params=MeasureParams(rung, TREATMENT, timeline, *size, subsample),
            inputs={
                "ingest": ingested(self.source),
                "stitch:rung": stored(Product(to_json(encoded), {"video.mp4": rendition})),
            },
            source=self.source,
        )
        product = KIND.run(context).products[""]
        (name,) = product.files
        assert name == FRAMES_NAME
        return from_json(Scores, product.facts), from_parquet(product.files[name].read_bytes())


@pytest.fixture
def measure(step_context: MakeContext, clips: Clips) -> Measure:
    return Measure(step_context, clips.source)


def a_rung(fps: Fraction = FPS) -> Rung:
    return Rung(
        name="rung",
        codec="h264",
        width=WIDTH,
        height=HEIGHT,
        fps=fps,
        gop_frames=48,
        preset="ultrafast",
        crf=23,
        max_bps=1_000_000,
        buffer_bits=2_000_000,
        reason="",
    )


def test_a_picture_that_lost_nothing_scores_at_least_97(clips: Clips, measure: Measure) -> None:
    scores, frames = measure(clips.rendition("same.mp4", crf=0))
    assert scores.vmaf.min >= 97
    assert (scores.ssim, scores.psnr) == (1.0, 60.0)
    assert [score.frame for score in frames] == list(range(0, FRAMES, 5))
    assert frames[-1].time_s == pytest.approx(45 * 1001 / 24000, abs=1e-6)
    assert (scores.width, scores.height, scores.model) == (WIDTH, HEIGHT, MODEL)


def test_a_coarser_encode_scores_lower_on_every_metric(clips: Clips, measure: Measure) -> None:
    fine, _ = measure(clips.rendition("fine.mp4", crf=20))
    coarse, _ = measure(clips.rendition("coarse.mp4", crf=42))
    assert coarse.vmaf.mean < fine.vmaf.mean - 5
    assert coarse.vmaf.harmonic_mean < fine.vmaf.harmonic_mean - 5
    assert coarse.ssim < fine.ssim
    assert coarse.psnr < fine.psnr - 5


def test_a_last_frame_that_is_scored_scores_as_in_a_full_run(
    clips: Clips, measure: Measure
) -> None:
    rendition = clips.rendition("forty-six.mp4", crf=30, frames=46)
    timeline = Timeline(FPS, 46)
    _, every = measure(rendition, subsample=1, timeline=timeline)
    _, fifth = measure(rendition, subsample=5, timeline=timeline)
    assert [score.frame for score in fifth][-1] == 45
    assert [score.vmaf for score in fifth] == [score.vmaf for score in every][::5]


def test_every_fifth_score_is_the_one_a_full_run_gives(clips: Clips, measure: Measure) -> None:
    rendition = clips.rendition("small.mp4", filters=("scale=160:90",), crf=28)
    _, all_frames = measure(rendition, subsample=1)
    every = {score.frame: score for score in all_frames}
    _, fifth = measure(rendition, subsample=5)
    assert len(every) == FRAMES
    assert {score.frame: score for score in fifth} == {n: every[n] for n in range(0, FRAMES, 5)}


def test_a_half_rate_rung_is_scored_against_the_frames_it_kept(
    clips: Clips, measure: Measure
) -> None:
    half = clips.rendition("half.mp4", filters=("framestep=2",), crf=0)
    scores, frames = measure(half, fps=FPS / 2)
    assert [score.frame for score in frames] == [0, 5, 10, 15, 20]
    assert scores.vmaf.min >= 97
    assert frames[1].time_s == pytest.approx(10 * 1001 / 24000, abs=1e-6)


def test_a_title_of_one_frame_is_scored(clips: Clips, measure: Measure) -> None:
    one = clips.rendition("one.mp4", filters=("trim=end_frame=1",), crf=0)
    _, frames = measure(one, timeline=Timeline(FPS, 1))
    assert [(score.frame, score.psnr) for score in frames] == [(0, 60.0)]


def test_colour_tags_do_not_change_what_is_compared(clips: Clips, measure: Measure) -> None:
    tagged = clips.rendition("tagged.mp4", filters=("setparams=colorspace=bt2020nc",), crf=0)
    scores, _ = measure(tagged)
    assert scores.psnr == 60.0


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (("trim=start_frame=1", "tpad=stop=1:stop_mode=clone"), "one frame early from about 0.0 s"),
        (("tpad=start=1:start_mode=clone",), "one frame late from about 0.0 s"),
    ],
)
def test_a_rendition_shifted_by_a_frame_is_refused_instead_of_scored_low(
    clips: Clips, measure: Measure, filters: tuple[str, ...], words: str
) -> None:
    shifted = clips.rendition(f"{words[:9]}.mp4", filters=(*filters, "setpts=N/FRAME_RATE/TB"))
    with pytest.raises(ConformanceFailed, match=words) as caught:
        measure(shifted)
    assert caught.value.detail["rung"] == "rung"


def test_a_rendition_of_another_length_is_refused(clips: Clips, measure: Measure) -> None:
    with pytest.raises(ConformanceFailed, match="has 47 frames where the title has 48"):
        measure(clips.rendition("whole.mp4"), frames=47)


def test_a_damaged_rendition_is_a_failed_tool(clips: Clips, measure: Measure) -> None:
    damaged = clips.folder / "damaged.mp4"
    damaged.write_bytes(b"not a film")
    with pytest.raises(ToolFailed, match="measure rung: ffmpeg ended with exit code"):
        measure(damaged)


def test_even_subsampling_is_refused() -> None:
    with pytest.raises(ValueError, match="even subsampling of 4"):
        score(a_rung(), TREATMENT, TIMELINE, width=WIDTH, height=HEIGHT, subsample=4)
