"""The benches score an encode alike whoever made it, and refuse to pair other frames."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.scoring import frames_and_fps, score_all, size_of
from workers.programs.tools import Tools

Make = Callable[..., Path]
PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=24000/1001")
CODED = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")


@pytest.fixture
def make(tools: Tools, tmp_path: Path) -> Make:
    def made(name: str, *arguments: str, frames: int = 25) -> Path:
        path = tmp_path / name
        quiet = ("-v", "error", "-nostdin", "-y")
        argv = [str(tools.ffmpeg), *quiet, *arguments, "-frames:v", str(frames), str(path)]
        subprocess.run(argv, check=True)
        return path

    return made


def test_tags_of_colour_and_time_stamps_change_no_score(make: Make) -> None:
    clip = make("clip.mp4", *PICTURE, *CODED, "-crf", "4")
    half = ("-i", str(clip), "-vf", "scale=160:90", *CODED, "-crf", "30")
    plain = make("plain.mp4", *half)
    tagged = make("tagged.mp4", *half[:3], "scale=160:90,setparams=colorspace=bt709", *half[4:])
    late = make("late.mp4", "-itsoffset", "3.7", "-i", str(plain), "-c", "copy", "-copyts")
    one, *others = score_all([plain, tagged, late], clip, (320, 180))
    assert [other.vmaf for other in others] == [one.vmaf, one.vmaf]
    assert 10 < one.vmaf < 90


def test_each_metric_has_scores_of_its_own_of_the_same_bits(make: Make) -> None:
    clip = make("clip.mp4", *PICTURE, *CODED, "-crf", "4")
    half = make("half.mp4", "-i", str(clip), "-vf", "scale=160:90", *CODED, "-crf", "30")
    (by_v061,), (by_v1,) = (
        score_all([half], clip, (320, 180), metric) for metric in ("vmaf_v0.6.1", "vmaf_v1")
    )
    assert by_v061.bps == by_v1.bps
    assert 1 < abs(by_v061.vmaf - by_v1.vmaf) < 40


def test_bits_are_those_of_packets_alone(make: Make) -> None:
    clip = make("clip.mp4", *PICTURE, *CODED, "-crf", "20")
    raw = make("clip.h264", "-i", str(clip), "-c", "copy", "-bsf:v", "h264_mp4toannexb")
    frames, fps = frames_and_fps(clip)
    (score,) = score_all([clip], clip, size_of(clip))
    # Annex B has start codes in place of lengths, and parameter sets beside the pictures.
    assert score.bps == pytest.approx(8 * raw.stat().st_size * fps / frames, rel=0.01)


def test_an_encode_that_lacks_a_frame_is_refused_by_name(make: Make) -> None:
    clip = make("clip.mp4", *PICTURE, *CODED)
    short = make("short.mp4", *PICTURE, *CODED, frames=24)
    with pytest.raises(ValueError, match=r"^short.mp4 has 24 frames where the clip has 25$"):
        score_all([short], clip, (320, 180))
