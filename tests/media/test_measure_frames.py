"""Pictures of a moment, taken with the real FFmpeg."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.ladder import Rung, Treatment
from media.graphs.frames import SMALL_PX, SMALL_QUALITIES, extract_moment, shrink_pictures

FPS = Fraction(24000, 1001)
FRAMES = 96
SIZE = (320, 180)
TREATMENT = Treatment(0, FPS, False, False, *SIZE)
RunCommand = Callable[[Command, Path], Finished]


def a_rung(fps: Fraction) -> Rung:
    return Rung("rung", "h264", *SIZE, fps, 48, "ultrafast", 23, 1_000_000, 2_000_000, "")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Path:
    """A source whose frames all differ in brightness, and renditions at full and half rate."""
    folder = tmp_path_factory.mktemp("moments")
    grey = f"color=black:size=320x180:rate={FPS},geq=lum=40+N*2:cb=128:cr=128"
    x264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "4", "-pix_fmt", "yuv420p")
    half = ("-vf", "framestep=2", "-fps_mode", "passthrough")
    for args in (
        ("-f", "lavfi", "-i", grey, "-frames:v", str(FRAMES), *x264, "-f", "mp4", "file:source"),
        ("-i", "file:source", *x264, "file:full.mp4"),
        ("-i", "file:source", *half, *x264, "file:half.mp4"),
    ):
        run_command(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), "clip"), folder)
    return folder


@pytest.mark.parametrize(
    ("rendition", "fps", "frame", "shown"),
    [
        ("full.mp4", FPS, 0, 0),
        ("full.mp4", FPS, 1, 1),
        ("full.mp4", FPS, 61, 61),
        ("full.mp4", FPS, FRAMES - 1, FRAMES - 1),
        ("half.mp4", FPS / 2, 20, 40),
        ("half.mp4", FPS / 2, 47, 94),
    ],
)
def test_both_pictures_show_the_very_frame_that_was_scored(
    clips: Path,
    run_command: RunCommand,
    rendition: str,
    fps: Fraction,
    frame: int,
    shown: int,
) -> None:
    command = extract_moment(
        a_rung(fps), TREATMENT, frame, rendition_name=rendition, size=SIZE, to=("s.jpg", "r.jpg")
    )
    run_command(command, clips)
    full_range = (40 + 2 * shown - 16) * 255 / 219  # a frame more or less is 2.3 away
    for name in ("s.jpg", "r.jpg"):
        with Image.open(clips / name) as picture:
            assert picture.size == SIZE
            brightness = ImageStat.Stat(picture.convert("L")).mean[0]
        assert brightness == pytest.approx(full_range, abs=1.0)


@pytest.mark.parametrize(
    ("size", "small"), [((1920, 1080), (480, 270)), ((720, 1280), (270, 480)), (SIZE, SIZE)]
)
def test_small_pictures_keep_their_shape_and_get_smaller_with_each_quality(
    run_command: RunCommand, tmp_path: Path, size: tuple[int, int], small: tuple[int, int]
) -> None:
    pattern = f"testsrc2=size={size[0]}x{size[1]}"
    args = ("-f", "lavfi", "-i", pattern, "-frames:v", "1", "-q:v", "3", "file:large.jpg")
    run_command(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), "picture"), tmp_path)
    to = [f"{quality}.jpg" for quality in SMALL_QUALITIES]
    run_command(shrink_pictures({"large.jpg": to}), tmp_path)
    for name in to:
        with Image.open(tmp_path / name) as picture:
            assert picture.size == small
    assert max(small) <= SMALL_PX
    bytes_ = [(tmp_path / name).stat().st_size for name in to]
    assert bytes_ == sorted(bytes_, reverse=True)
