"""What is told of renditions beside scores: what decoders complain of, and bands."""

from __future__ import annotations

from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.ladder import Timeline
from farm.scores import Complaints
from tests.conftest import MakeContext
from tests.media.measuring import FPS, HEIGHT, WIDTH, Clips, Measure, RunCommand

FRAMES = 96


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Clips:
    clips = Clips(tmp_path_factory.mktemp("beside"), run_command)
    # An evening sky with the grain that keeps it smooth.
    sky = f"color=gray:s={WIDTH}x{HEIGHT}:r={FPS},geq=lum='40+18*Y/H':cb=134:cr=120"
    picture = f"{sky},format=yuv420p,noise=alls=4:allf=t"
    args = ("-f", "lavfi", "-i", picture, "-frames:v", str(FRAMES), "-c:v", "ffv1")
    run_command(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args, "source.mkv"), "sky"), clips.folder)
    return clips


@pytest.fixture
def measure(step_context: MakeContext, clips: Clips) -> Measure:
    return Measure(step_context, clips.source)


def test_a_damaged_rendition_is_named_with_what_its_decoder_says(
    clips: Clips, measure: Measure
) -> None:
    sound = clips.rendition("sound.mp4", crf=12, frames=FRAMES)
    damaged = _damaged(sound, clips.folder / "damaged.mp4")
    [(fine, _), (broken, _)] = measure.together(sound, damaged, timeline=Timeline(FPS, FRAMES))
    assert fine.complaints == Complaints(0)
    assert broken.complaints is not None
    assert broken.complaints.count > 0
    assert broken.complaints.first.startswith("[h264] [error] ")


def test_bands_that_an_encode_makes_of_a_smooth_sky_are_measured_where_they_are_asked_for(
    clips: Clips, measure: Measure
) -> None:
    fine = clips.rendition("fine.mp4", crf=8, frames=FRAMES)
    coarse = clips.rendition("coarse.mp4", crf=40, frames=FRAMES)
    asked = Timeline(FPS, FRAMES)
    [(smooth, _), (banded, frames)] = measure.together(
        fine, coarse, timeline=asked, cross_checks=("cambi", "xpsnr")
    )
    assert smooth.banding is not None
    assert banded.banding is not None
    assert banded.banding.added > smooth.banding.added + 2
    assert banded.banding.cambi == pytest.approx(
        sum(frame.cambi or 0 for frame in frames) / len(frames), abs=0.01
    )
    assert len(banded.banding.spans) == 8
    assert (banded.xpsnr or 0) < (smooth.xpsnr or 0) - 3
    [(unasked, _)] = measure.together(fine, timeline=asked)
    assert (unasked.banding, unasked.xpsnr) == (None, None)


def _damaged(rendition: Path, to: Path) -> Path:
    """Write a copy some bytes of whose coded pictures are others."""
    data = bytearray(rendition.read_bytes())
    begin = data.index(b"mdat") + 8
    middle = begin + (len(data) - begin) * 2 // 3
    data[middle : middle + 600] = bytes(600)
    to.write_bytes(data)
    return to
