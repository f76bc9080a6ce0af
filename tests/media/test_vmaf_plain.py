"""VMAF of a rendition is what FFmpeg alone says of the same pair, when every frame is scored.

The other side is `ffmpeg -lavfi libvmaf` as anybody would write it, with nothing of ours in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.facts import EncodedVideo
from farm.ladder import Rung, Timeline, Treatment
from farm.parts import Product
from farm.scores import Scores
from farm.serial import from_json, to_json
from planning.params import MeasureParams
from tests.conftest import MakeContext, stored
from tests.media.encodes import ingested
from workers.steps.measure import KIND

WIDTH, HEIGHT = 640, 360
WITHIN = 0.01
RunCommand = Callable[[Command, Path], Finished]


@dataclass(frozen=True, slots=True)
class Pair:
    """A source at the scoring size, a rendition of it, and the rate and number of its frames."""

    source: Path
    rendition: Path
    size: tuple[int, int]
    fps: Fraction
    frames: int


def of_step(pair: Pair, make_context: MakeContext) -> tuple[float, float]:
    """Return mean and harmonic mean as the step has them, which leaves no frame out."""
    width, height = pair.size
    rung = Rung(
        *("rung", "h264", width, height, pair.fps, 48, "veryfast", 30, 1_000_000, 2_000_000, "")
    )
    treatment = Treatment(0, pair.fps, False, False, WIDTH, HEIGHT)
    timeline = Timeline(pair.fps, pair.frames)
    encoded = EncodedVideo("rung", "h264", width, height, pair.fps, pair.frames, "cpu")
    context = make_context(
        params=MeasureParams(treatment, timeline, WIDTH, HEIGHT, rung=rung, subsample=1),
        inputs={
            "ingest": ingested(pair.source),
            "stitch:rung": stored(Product(to_json(encoded), {"video.mp4": pair.rendition})),
        },
        source=pair.source,
    )
    vmaf = from_json(Scores, KIND.run(context).products[""].facts).vmaf
    return vmaf.mean, vmaf.harmonic_mean


def of_ffmpeg(pair: Pair, run_command: RunCommand) -> tuple[float, float]:
    """Return the same as FFmpeg alone has it: the rendition first, scaled up as players do."""
    scored = "libvmaf=log_fmt=json:log_path=plain.json"
    if pair.size != (WIDTH, HEIGHT):
        up = f"scale={WIDTH}:{HEIGHT}:flags=bicubic"
        scored = f"[0:v]{up}[rendition];[rendition][1:v]{scored}"
    files = ("-i", f"file:{pair.rendition}", "-i", f"file:{pair.source}")
    args = (*FFMPEG_PREAMBLE, *files, "-lavfi", scored, "-f", "null", "-")
    folder = pair.source.parent
    run_command(Command(Tool.FFMPEG, args, "plain libvmaf"), folder)
    pooled = json.loads((folder / "plain.json").read_text("utf-8"))["pooled_metrics"]["vmaf"]
    return pooled["mean"], pooled["harmonic_mean"]


def a_pair(
    run_command: RunCommand,
    folder: Path,
    *source: str,
    fps: Fraction,
    crf: int,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    frames: int = 50,
) -> Pair:
    """Make a source of FFmpeg's inputs `source`, and encode it.

    In NUT, which keeps times as they are: Matroska rounds them to milliseconds, and FFmpeg alone
    then holds frames against their neighbours.
    """
    even = f"scale={WIDTH}:{HEIGHT}:flags=bicubic,format=yuv420p,setsar=1"
    kept = ("-an", "-sn", "-frames:v", str(frames))
    made = (*source, "-vf", even, *kept, "-c:v", "ffv1", "file:source.nut")
    down = ("-vf", f"scale={size[0]}:{size[1]}:flags=lanczos")
    x264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf))
    encoded = ("-i", "file:source.nut", *down, *x264, "file:rendition.mp4")
    for label, args in (("source", made), ("rendition", encoded)):
        run_command(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), label), folder)
    return Pair(folder / "source.nut", folder / "rendition.mp4", size, fps, frames)


def both(
    pair: Pair, make_context: MakeContext, run_command: RunCommand
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return what our step and what FFmpeg alone say, each as mean and harmonic mean."""
    ours, plain = of_step(pair, make_context), of_ffmpeg(pair, run_command)
    assert 20 < plain[1] < 99  # a pair on which there is something to agree
    return ours, plain


@pytest.mark.parametrize(
    ("pattern", "fps", "crf", "size"),
    [
        ("testsrc2=size=640x360:rate=25,noise=alls=12:allf=t", Fraction(25), 34, (640, 360)),
        ("mandelbrot=size=640x360:rate=24000/1001", Fraction(24000, 1001), 36, (640, 360)),
        ("life=size=160x90:rate=30:mold=10:seed=7:ratio=0.2", Fraction(30), 24, (426, 240)),
    ],
)
def test_of_made_pictures_it_is_what_ffmpeg_says(
    run_command: RunCommand,
    step_context: MakeContext,
    tmp_path: Path,
    pattern: str,
    fps: Fraction,
    crf: int,
    size: tuple[int, int],
) -> None:
    source = ("-f", "lavfi", "-i", pattern)
    ours, plain = both(
        a_pair(run_command, tmp_path, *source, fps=fps, crf=crf, size=size),
        step_context,
        run_command,
    )
    assert ours == pytest.approx(plain, abs=WITHIN)


@pytest.mark.parametrize(
    ("clip", "start_s", "crf", "size"),
    [
        ("bbb-480p-30s.mp4", 4, 35, (640, 360)),
        ("bbb-480p-30s.mp4", 17, 28, (416, 234)),
        ("bottle-360p.mp4", 1, 33, (640, 360)),
    ],
)
def test_of_real_pictures_it_is_what_ffmpeg_says(
    run_command: RunCommand,
    step_context: MakeContext,
    shared: Path,
    tmp_path: Path,
    clip: str,
    start_s: int,
    crf: int,
    size: tuple[int, int],
) -> None:
    source = ("-ss", str(start_s), "-i", f"file:{shared / 'media' / clip}", "-r", "24")
    pair = a_pair(run_command, tmp_path, *source, fps=Fraction(24), crf=crf, size=size)
    ours, plain = both(pair, step_context, run_command)
    assert ours == pytest.approx(plain, abs=WITHIN)
