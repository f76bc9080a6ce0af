"""What is told of renditions of which few frames are scored, and all are watched."""

from __future__ import annotations

from typing import Any

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.errors import InvalidAlignment
from farm.ladder import Timeline
from farm.scores import Bounds
from qc.sampling.spread import MOST
from qc.strays import LOST
from tests.conftest import MakeContext
from tests.media.measuring import FPS, HEIGHT, WIDTH, Clips, Measure, RunCommand

LONG = 480  # frames, 20 s
TIMELINE = Timeline(FPS, LONG)
STARVED = (240, 264)  # frames


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Clips:
    """Make a source of two scenes, and of it an encode that is starved for a second."""
    folder = tmp_path_factory.mktemp("sampled")
    scenes = (
        f"testsrc2=size={WIDTH}x{HEIGHT}:rate={FPS}:duration=10,trim=end_frame={LONG // 2},"
        "hue=h=t*40[a]"
        f";mandelbrot=size={WIDTH}x{HEIGHT}:rate={FPS},trim=end_frame={LONG // 2},setsar=1[b]"
        ";[a][b]concat[v]"
    )
    args = ("-filter_complex", scenes, "-map", "[v]", "-frames:v", str(LONG), "-c:v", "ffv1")
    made = (*FFMPEG_PREAMBLE, *args, "-pix_fmt", "yuv420p", "source.mkv")
    run_command(Command(Tool.FFMPEG, made, "source"), folder)
    clips = Clips(folder, run_command)
    first, last = STARVED
    blurred = f"avgblur=9:enable='between(n,{first},{last - 1})'"
    clips.rendition("good.mp4", crf=30, frames=LONG)
    clips.rendition("starved.mp4", filters=(blurred,), crf=26, frames=LONG)
    return clips


@pytest.fixture
def measure(step_context: MakeContext, clips: Clips) -> Measure:
    return Measure(step_context, clips.source)


def test_few_frames_tell_of_all_and_where_the_worst_is(clips: Clips, measure: Measure) -> None:
    renditions = clips.folder / "good.mp4", clips.folder / "starved.mp4"
    asked: dict[str, Any] = {"timeline": TIMELINE, "cross_checks": ("cambi", "xpsnr")}
    sampled = measure.together(*renditions, **asked)
    full = measure.together(*renditions, subsample=1, **asked)
    for (told, frames), (truth, every) in zip(sampled, full, strict=True):
        assert told.bounds is not None
        assert truth.bounds is None
        low, high = told.bounds.low, told.bounds.high
        assert low.harmonic_mean <= truth.vmaf.harmonic_mean <= high.harmonic_mean
        windows = [each.worst_window or 0.0 for each in (low, truth.vmaf, high)]
        assert windows == sorted(windows)
        assert windows[0] > 0
        assert low.p5 - 0.01 <= truth.vmaf.p5 <= high.p5 + 0.01
        assert abs(told.vmaf.harmonic_mean - truth.vmaf.harmonic_mean) < 1
        assert told.compared == truth.scored == LONG
        assert told.scored == len(frames) <= MOST
        # Whether amid neighbours or after a seek: each score is that of a run over all frames.
        scores = {score.frame: score for score in every}
        assert [score for score in frames if scores[score.frame] != score] == []
        assert [score for score in every if score.xpsnr is None or score.cambi is None] == []
        assert told.xpsnr == pytest.approx(truth.xpsnr, abs=0.5)
    assert sampled[1][0].vmaf.min - full[1][0].vmaf.min < 3


def test_between_scored_frames_the_others_lie_in_a_band(clips: Clips, measure: Measure) -> None:
    renditions = clips.folder / "good.mp4", clips.folder / "starved.mp4"
    sampled = measure.together(*renditions, timeline=TIMELINE)
    curves = list(measure.curves)
    full = measure.together(*renditions, timeline=TIMELINE, subsample=1)
    assert measure.curves == []
    for curve, (_, frames), (_, every) in zip(curves, sampled, full, strict=True):
        assert list(curve.frame) == list(range(LONG))
        scored = {score.frame: score.vmaf for score in frames}
        bands = dict(zip(curve.frame, zip(curve.low, curve.high, strict=True), strict=True))
        for edge in (0, 1):
            exact = {frame: bands[frame][edge] for frame in scored}
            assert exact == pytest.approx(scored)
        others = [score for score in every if score.frame not in scored]
        inside = [s for s in others if bands[s.frame][0] <= s.vmaf <= bands[s.frame][1]]
        assert len(inside) / len(others) >= 0.9


@pytest.mark.parametrize(
    ("figure", "is_older"),
    [("harmonic_mean", True), ("harmonic_mean", False), ("worst_window", False)],
)
def test_a_figure_near_a_threshold_is_looked_at_until_it_is_known(
    clips: Clips, measure: Measure, figure: str, is_older: bool
) -> None:
    rendition = clips.folder / "good.mp4"
    [(few, _)] = measure.together(rendition, timeline=TIMELINE)
    value = getattr(few.vmaf, figure) + 0.02
    near = {figure: (value,)}
    asked: dict[str, Any] = {"thresholds": near} if is_older else {"limits": {"rung-0": near}}
    [(more, _)] = measure.together(rendition, timeline=TIMELINE, **asked)
    assert more.scored > 1.8 * few.scored
    assert _width(more.bounds, figure) < _width(few.bounds, figure)
    other: dict[str, Any] = {"limits": {"rung-1": near}}
    assert measure.together(rendition, timeline=TIMELINE, **other)[0][0].scored == few.scored


def _width(bounds: Bounds | None, figure: str) -> float:
    assert bounds is not None
    return float(getattr(bounds.high, figure) - getattr(bounds.low, figure))


DROPPED = 100  # and the picture before it shown twice
FAULTS = {
    "black": "drawbox=t=fill:c=black:enable='between(n,120,167)'",
    "garbled": (
        "geq=lum='if(between(N,300,323),mod(floor(X/20)*70+floor(Y/20)*130+N*5,219)+16,p(X,Y))'"
        ":cb='p(X,Y)':cr='p(X,Y)'"
    ),
    "doubled": (
        f"split[a][b];[a]trim=end_frame={DROPPED},tpad=stop=1:stop_mode=clone[c];"
        f"[b]trim=start_frame={DROPPED + 1}[d];[c][d]concat,setpts=N/FRAME_RATE/TB"
    ),
}


@pytest.mark.parametrize(
    ("name", "kind", "span"),
    [
        ("black", "unlike", (120, 168)),
        ("garbled", "unlike", (300, 324)),
        ("doubled", "misplaced", (DROPPED, DROPPED + 1)),
    ],
)
def test_every_picture_that_is_another_is_found_and_placed(
    clips: Clips, measure: Measure, name: str, kind: str, span: tuple[int, int]
) -> None:
    rendition = clips.rendition(f"{name}.mp4", filters=(FAULTS[name],), frames=LONG)
    scores, _ = measure(rendition, timeline=TIMELINE)
    [stray] = scores.strays
    assert stray.kind == kind
    assert (round(stray.span.start_s * FPS), round(stray.span.end_s * FPS)) == span
    assert stray.frames == span[1] - span[0]


def test_a_picture_dropped_every_hundred_is_found_each_time(clips: Clips, measure: Measure) -> None:
    # As what fills the gap: the picture before it is shown again.
    shown_again = "select='mod(n,100)+not(n)',fps=24000/1001:start_time=0"
    rendition = clips.rendition("hundredth.mp4", filters=(shown_again,), frames=LONG)
    scores, _ = measure(rendition, timeline=TIMELINE)
    found = [(stray.kind, round(stray.span.start_s * FPS), stray.frames) for stray in scores.strays]
    assert found == [("misplaced", frame, 1) for frame in (100, 200, 300, 400)]


def test_pictures_dropped_for_good_void_all_scores_from_the_first_on(
    clips: Clips, measure: Measure
) -> None:
    missing = "select='mod(n,100)+not(n)',setpts=N/FRAME_RATE/TB,tpad=stop=4:stop_mode=clone"
    rendition = clips.rendition("missing.mp4", filters=(missing,), frames=LONG)
    with pytest.raises(InvalidAlignment, match="one frame early from about") as refused:
        measure(rendition, timeline=TIMELINE)
    assert refused.value.detail["from_s"] == pytest.approx(float(100 / FPS), abs=0.5)


def test_a_starved_scene_is_found_and_what_is_coarse_all_over_is_not(
    clips: Clips, measure: Measure
) -> None:
    awful = clips.rendition("awful.mp4", filters=("scale=96:54",), crf=38, frames=LONG)
    starved = clips.folder / "starved.mp4"
    found, nothing = measure.together(starved, awful, timeline=TIMELINE)
    [stray] = found[0].strays
    assert (round(stray.span.start_s * FPS), round(stray.span.end_s * FPS)) == STARVED
    assert stray.error < LOST  # pictures that lost too much, but are those of the source
    assert nothing[0].strays == ()


@pytest.mark.parametrize(("pictures", "words"), [(1, "one frame late"), (2, "2 frames late")])
def test_a_shift_that_begins_amid_a_title_is_told_with_its_place(
    clips: Clips, measure: Measure, pictures: int, words: str
) -> None:
    graph = (
        f"split[a][b];[a]trim=end_frame=300,tpad=stop={pictures}:stop_mode=clone[c];"
        f"[b]trim=start_frame=300:end_frame={LONG - pictures}[d];[c][d]concat,settb=AVTB"
    )
    shifted = clips.rendition(
        f"{words[:3]}.mp4", filters=(graph, "setpts=N/FRAME_RATE/TB"), frames=LONG
    )
    with pytest.raises(InvalidAlignment, match=f"{words} from about 1[0-4]") as caught:
        measure(shifted, timeline=TIMELINE)
    assert caught.value.detail["offset_frames"] == -pictures
