"""Scoring renditions with the real FFmpeg and libvmaf."""

from __future__ import annotations

import pytest

from farm.errors import ConformanceFailed, InvalidAlignment, ToolFailed
from farm.ladder import Timeline
from tests.conftest import MakeContext
from tests.media.measuring import FPS, FRAMES, HEIGHT, WIDTH, Clips, Measure, RunCommand


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Clips:
    made = Clips(tmp_path_factory.mktemp("clips"), run_command)
    made.make_source()
    return made


@pytest.fixture
def measure(step_context: MakeContext, clips: Clips) -> Measure:
    return Measure(step_context, clips.source)


def test_a_picture_that_lost_nothing_scores_at_least_97(clips: Clips, measure: Measure) -> None:
    scores, frames = measure(clips.rendition("same.mp4", crf=0), subsample=5)
    assert scores.vmaf.min >= 97
    assert (scores.ssim, scores.psnr) == (1.0, 60.0)
    assert [score.frame for score in frames] == list(range(2, FRAMES - 1, 5))
    assert frames[-1].time_s == pytest.approx(42 * 1001 / 24000, abs=1e-6)
    assert (scores.width, scores.height, scores.model) == (WIDTH, HEIGHT, "vmaf_v0.6.1")
    assert (scores.compared, scores.scored, scores.sought) == (FRAMES, 9, 0)
    assert (scores.strays, scores.bounds, scores.scaler) == ((), None, "bicubic")


def test_a_coarser_encode_scores_lower_on_every_metric(clips: Clips, measure: Measure) -> None:
    fine, _ = measure(clips.rendition("fine.mp4", crf=20))
    coarse, _ = measure(clips.rendition("coarse.mp4", crf=42))
    assert coarse.vmaf.mean < fine.vmaf.mean - 5
    assert coarse.vmaf.harmonic_mean < fine.vmaf.harmonic_mean - 5
    assert coarse.ssim < fine.ssim
    assert coarse.psnr < fine.psnr - 5


def test_every_fifth_score_is_the_one_a_full_run_gives(clips: Clips, measure: Measure) -> None:
    rendition = clips.rendition("small.mp4", filters=("scale=160:90",), crf=28)
    _, all_frames = measure(rendition, subsample=1)
    every = {score.frame: score for score in all_frames}
    _, fifth = measure(rendition, subsample=5)
    assert len(every) == FRAMES
    assert {s.frame: s for s in fifth} == {n: every[n] for n in range(2, FRAMES - 1, 5)}


def test_renditions_that_are_measured_together_score_as_each_alone(
    clips: Clips, measure: Measure
) -> None:
    fine, coarse = clips.rendition("a.mp4", crf=20), clips.rendition("b.mp4", crf=40)
    alone = [measure(rendition) for rendition in (fine, coarse)]
    together = measure.together(fine, coarse)
    assert [frames for _, frames in together] == [frames for _, frames in alone]
    assert [scores.vmaf for scores, _ in together] == [scores.vmaf for scores, _ in alone]


def test_a_half_rate_rung_is_scored_against_the_frames_it_kept(
    clips: Clips, measure: Measure
) -> None:
    half = clips.rendition("half.mp4", filters=("framestep=2",), crf=0)
    scores, frames = measure(half, fps=FPS / 2, subsample=5)
    assert [score.frame for score in frames] == [2, 7, 12, 17, 22]
    assert scores.vmaf.min >= 97
    assert frames[1].time_s == pytest.approx(14 * 1001 / 24000, abs=1e-6)


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
        (("tpad=start=2:start_mode=clone",), "2 frames late from about 0.0 s"),
    ],
)
def test_a_rendition_shifted_by_a_frame_is_refused_instead_of_scored_low(
    clips: Clips, measure: Measure, filters: tuple[str, ...], words: str
) -> None:
    shifted = clips.rendition(f"{words[:9]}.mp4", filters=(*filters, "setpts=N/FRAME_RATE/TB"))
    with pytest.raises(InvalidAlignment, match=words) as caught:
        measure(shifted)
    assert caught.value.detail["rung"] == "rung-0"


def test_a_rendition_of_another_length_is_refused(clips: Clips, measure: Measure) -> None:
    with pytest.raises(ConformanceFailed, match="has 47 frames where the title has 48"):
        measure(clips.rendition("whole.mp4"), frames=47)


def test_a_damaged_rendition_is_a_failed_tool(clips: Clips, measure: Measure) -> None:
    damaged = clips.folder / "damaged.mp4"
    damaged.write_bytes(b"not a film")
    with pytest.raises(ToolFailed, match="measure rung-0: ffmpeg ended with exit code"):
        measure(damaged)
