"""Clips for whoever decides on a title: the very frames of the rendition, and the source's."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from PIL import ImageChops, ImageStat

from farm.clips import CLIPS, Clip, ClipList
from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.facts import Verdict
from farm.ladder import Rung
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.serial import from_json
from farm.spec import QcPolicy
from media.graphs.clips import encode_clip, encode_starts, is_delivered, source_clip
from media.graphs.picture import BURN_IN_NAME
from media.text.burn_in import burn_in_ass
from tests.conftest import MakeContext
from tests.media.media_factory import AAC, Clips, tone
from tests.media.shown import Run, Shown, number, numbered, pictures, shown
from tests.media.verified import FPS, Verify, packaged, verify
from workers.steps.verify import KIND

__all__ = ["packaged", "verify"]  # fixtures

SOURCE = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "8", "-pix_fmt", "yuv420p")
COUNT = 150
EVERY_CODEC = LadderPolicy(
    name="every-codec",
    preset="medium",  # with B-frames
    hevc_preset="ultrafast",
    av1_preset=11,
    gop_s=1.5,
    segment_gops=1,
    codecs=("h264", "hevc", "av1"),
    rungs=(
        PolicyRung(width=128, height=72, max_bps=2_000_000, crf=8, half_rate=True),
        PolicyRung(width=256, height=144, max_bps=8_000_000, crf=8),
        PolicyRung(codec="hevc", width=256, height=144, max_bps=8_000_000, crf=8),
        PolicyRung(codec="av1", width=256, height=144, max_bps=8_000_000, crf=16),
    ),
)


def digests(run: Run, path: Path) -> list[str]:
    """Return the digest of every picture of a file, as decoded."""
    args = ("-i", path.name, "-map", "0:v", "-fps_mode", "passthrough", "-f", "framemd5", "d.md5")
    run(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), "digest"), path.parent)
    lines = (path.parent / "d.md5").read_text("ascii").splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if not line.startswith("#")]


def pair(run: Run, title: Shown, rung: Rung, first: int, frames: int) -> tuple[Path, Path]:
    """Return the two files of a clip, source first; the source lies beside the rendition."""
    folder = title.files[rung.name].parent
    timeline = title.analysis.timeline
    assert timeline is not None
    stretch = (rung, title.treatment, timeline, first, frames)
    rendition = title.files[rung.name].name
    run(source_clip(*stretch, to="source.mp4"), folder)
    run(encode_clip(*stretch, rendition_name=rendition, to="encode.mp4"), folder)
    return folder / "source.mp4", folder / "encode.mp4"


@pytest.mark.parametrize("rate", ["24", "30000/1001", "60000/1001"])
def test_both_clips_show_the_very_frames_of_the_title(
    rate: str, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    seconds = COUNT / float(Fraction(rate))
    given = ("-f", "lavfi", "-i", numbered(rate, COUNT), *tone(seconds), "-shortest", *SOURCE, *AAC)
    source = clips.make(f"numbered-{rate.replace('/', '-')}.mp4", *given)
    title = shown(step_context, run_command, source, policy=EVERY_CODEC)
    assert [rung.codec for rung in title.ladder.rungs] == ["h264", "h264", "hevc", "av1"]
    for rung in title.ladder.rungs:
        rendition = title.files[rung.name]
        (rendition.parent / "source").symlink_to(source)
        whole, size = digests(run_command, rendition), (rung.width, rung.height)
        step = (title.treatment.fps / rung.fps).numerator
        end = len(whole)
        # Over the end of a GOP, at the very beginning, up to the end.
        stretches = ((rung.gop_frames - 5, 31), (0, 5), (end - 7, 7))
        for first, frames in stretches if rung.codec == "h264" else stretches[:1]:
            of_source, of_encode = pair(run_command, title, rung, first, frames)
            skip = first - encode_starts(rung, first)
            seen = [number(frame) for frame in pictures(run_command, of_encode, size)]
            expected = [step * n for n in range(first, first + frames)]
            assert seen[skip : skip + frames] == expected
            assert [number(each) for each in pictures(run_command, of_source, size)] == expected
            if is_delivered(rung):
                got = digests(run_command, of_encode)
                assert got == whole[first - skip : first - skip + len(got)]
            else:
                assert skip == 0
    assert [is_delivered(rung) for rung in title.ladder.rungs] == [True, True, False, True]


def told(run: Run, path: Path) -> list[str]:
    """Return codec, pixel format and transfer of a file's pictures."""
    asked = ("-select_streams", "v", "-show_entries", "stream=codec_name,pix_fmt,color_transfer")
    args = ("-v", "error", *asked, "-of", "csv=print_section=0", path.name)
    return run(Command(Tool.FFPROBE, args, "ask"), path.parent).stdout.strip().split(",")


def test_a_rung_in_hdr_is_shown_in_sdr_as_its_source_is(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    pq = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
    graph = f"{numbered('24', 40)},format=yuv420p10le,{pq}"
    lossless = ("-preset", "ultrafast", "-x265-params", "log-level=error:lossless=1")
    made = ("-c:v", "libx265", *lossless, "-tag:v", "hvc1")
    source = clips.make("numbered-pq.mp4", "-f", "lavfi", "-i", graph, *made)
    title = shown(step_context, run_command, source, policy=EVERY_CODEC)
    [rung] = [rung for rung in title.ladder.rungs if rung.codec == "hevc"]
    assert rung.dynamic_range == "hdr10"
    (title.files[rung.name].parent / "source").symlink_to(source)
    size, both = (rung.width, rung.height), pair(run_command, title, rung, 7, 10)
    for path in both:
        assert told(run_command, path) == ["h264", "yuv420p", "bt709"]
        assert [number(frame) for frame in pictures(run_command, path, size)] == [*range(7, 17)]
    here, there = (pictures(run_command, path, size)[3] for path in both)
    differences = ImageStat.Stat(ImageChops.difference(here, there)).mean
    assert max(differences) < 3  # of 255: tone-mapped alike


def test_burnt_in_text_is_in_the_source_clip(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    given = ("-f", "lavfi", "-i", numbered("24", 40), *SOURCE)
    source = clips.make("numbered-short.mp4", *given)
    title = shown(step_context, run_command, source)
    rung, folder = title.ladder.rungs[-1], title.files[title.ladder.rungs[-1].name].parent
    assert title.analysis.timeline is not None
    (folder / "source").symlink_to(source)
    cue = "WEBVTT\n\n00:01.000 --> 00:01.250\nHere\n"
    drawn = burn_in_ass(cue, rung.width, rung.height)
    (folder / BURN_IN_NAME).write_text(drawn, "utf-8")
    stretch = (rung, title.treatment, title.analysis.timeline, 20, 12)
    whites = []
    for burn_in in (False, True):
        run_command(source_clip(*stretch, to="clip.mp4", burn_in=burn_in), folder)
        frames = pictures(run_command, folder / "clip.mp4", (rung.width, rung.height))
        whites.append([ImageStat.Stat(frame.convert("L")).sum[0] for frame in frames])
    without, with_text = whites
    changed = [n for n in range(12) if abs(with_text[n] - without[n]) > 1000]
    assert changed == [4, 5, 6, 7, 8, 9]  # from frame 24, which is at one second


def test_a_rejected_title_has_clips_of_its_worst_stretches(verify: Verify) -> None:
    product = KIND.run(verify(vmaf=lambda n: 50.0 - (n == 25) * 20 + n % 3)).products[CLIPS]
    worst, other = from_json(ClipList, product.facts).clips
    assert worst == Clip(
        name="0",
        rung="h264-180p",
        fps=FPS,
        first_frame=65,
        frames=120,
        worst_frame=125,
        score=31.0,
        source="0-source.mp4",
        encode="0-encode.mp4",
        source_skip=0,
        encode_skip=5,
        delivered=True,
    )
    assert (other.name, other.first_frame, other.worst_frame, other.score) == ("1", 0, 0, 50.0)
    assert list(product.files) == [f"{n}-{side}.mp4" for n in "01" for side in ("source", "encode")]
    assert all(0 < path.stat().st_size < 10 << 20 for path in product.files.values())


def test_a_title_that_passes_has_none(verify: Verify) -> None:
    passed = KIND.run(verify()).products[CLIPS]
    assert (from_json(ClipList, passed.facts), passed.files) == (ClipList(), {})


def test_a_person_who_looks_at_all_titles_has_clips_of_those_that_pass(verify: Verify) -> None:
    policy = QcPolicy(publish="review-always")
    made = KIND.run(verify(policy=policy)).products
    assert from_json(Verdict, made[""].facts).verdict == "review"
    assert [clip.rung for clip in from_json(ClipList, made[CLIPS].facts).clips] == ["h264-180p"]
    assert not set(made[""].files) & set(made[CLIPS].files)
