"""Renditions in one chunk and in several: the same frames at the same times, with the same GOPs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import ffmpeg
import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.errors import ToolFailed
from farm.facts import EncodedVideo
from farm.ladder import Chunk, Timeline, Treatment
from farm.serial import from_json
from ladders.chunks import Cuts
from ladders.fit import fit_ladder
from ladders.gop import frames_at
from media.graphs.devices import CPU
from media.graphs.encode import encode_chunk, encoded_name
from media.graphs.picture import compiled, head, source_video
from tests.conftest import MakeContext
from tests.media.encodes import (
    POLICY,
    Media,
    RunCommand,
    encode_params,
    encode_title,
    ingested,
    pattern,
    x264,
)
from workers.steps import encode


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Media:
    return Media(tmp_path_factory.mktemp("sources"), run_command)


def plain(fps: Fraction) -> Treatment:
    return Treatment(0, fps, False, False, 320, 180)


# Segments at which chunks begin: of a second each, and a last chunk of an odd number of frames.
CUTS = {1: (0,), 2: (0, 3), 3: (0, 2, 5), 7: tuple(range(7))}


@pytest.mark.parametrize("chunks", CUTS)
@pytest.mark.parametrize(
    ("fps", "frames", "rates"),
    [
        (Fraction(30000, 1001), 219, ["30000/1001", "30000/1001"]),
        (Fraction(60), 427, ["30/1", "60/1"]),
        (Fraction(179, 6), 217, ["179/6", "179/6"]),
    ],
)
def test_every_rendition_has_every_frame_on_its_grid_and_an_idr_per_gop(
    media: Media,
    step_context: MakeContext,
    fps: Fraction,
    frames: int,
    rates: list[str],
    chunks: int,
) -> None:
    source = media.make(f"{fps.numerator}.mp4", *pattern(fps, frames / float(fps)), *x264())
    title = encode_title(step_context, source, plain(fps), frames, cuts=Cuts(CUTS[chunks]))
    assert len(title.chunks) == chunks
    assert title.chunks[-1].frames % 2 == 1
    for rung, rate in zip(title.ladder.rungs, rates, strict=True):
        packets = media.packets(title.files[rung.name])
        count = frames_at(frames, fps, rung.fps)
        assert packets == [(n / rung.fps, n % rung.gop_frames == 0) for n in range(count)]
        stream = media.stream(title.files[rung.name])
        assert (stream["avg_frame_rate"], stream["r_frame_rate"]) == (rate, rate)
        assert (stream["width"], stream["height"]) == (rung.width, rung.height)
        assert stream["start_pts"] == 0
        assert stream["profile"] == "High"
        assert Fraction(stream["time_base"]) == Fraction(
            1, {30000: 30_000, 60: 60_000, 179: 17_900}[fps.numerator]
        )
    boundaries = {
        tuple(
            time for time, key in media.packets(path) if key and time % title.ladder.segment_s == 0
        )
        for path in title.files.values()
    }
    assert len(boundaries) == 1  # segments start at the same instants in every rung


def test_chunks_of_workers_large_and_small_fit_together(
    media: Media, step_context: MakeContext
) -> None:
    fps, frames = Fraction(30000, 1001), 150
    source = media.make("mixed.mp4", *pattern(fps, frames / float(fps)), *x264())
    title = encode_title(
        step_context,
        source,
        plain(fps),
        frames,
        cuts=Cuts((0, 2, 3)),
        cores=lambda chunk: (1, 2, 1000)[chunk.index],
    )
    for rung in title.ladder.rungs:
        joined = title.files[rung.name]
        assert media.packets(joined) == [(n / fps, n % rung.gop_frames == 0) for n in range(frames)]
        assert len(media.luma(joined)) == frames  # they decode with the header of the first


LATE_SOUND = ("-f", "lavfi", "-i", "sine=duration=14")


def sources(media: Media) -> dict[str, tuple[Path, Treatment, int]]:
    """Return sources whose seeks differ, how each is treated, and its frames."""
    ntsc = Fraction(24000, 1001)
    b_frames = media.make("b.mp4", *pattern(ntsc, 14), *x264())
    late = ("-itsoffset", "0.7", *pattern(25, 13), *LATE_SOUND, "-map", "0", "-map", "1")
    every_third = "select='not(mod(n,3))+lt(mod(n*7,11),3)'"
    broadcast = media.make("b.ts", *late, *x264(100), "-c:a", "aac")
    start_s = Fraction(media.probe(broadcast, "-show_format")["format"]["start_time"])
    return {
        "mp4 with B-frames": (b_frames, plain(ntsc), 336),
        "matroska, milliseconds": (
            media.make("b.mkv", "-i", "b.mp4", "-c", "copy"),
            plain(ntsc),
            336,
        ),
        "matroska, picture after sound": (
            media.make("late.mkv", *late, *x264(100), "-c:a", "aac"),
            plain(Fraction(25)),
            343,
        ),
        "variable rate": (
            media.make(
                "variable.mkv",
                *pattern(60, 14),
                *("-vf", every_third, "-fps_mode", "vfr"),
                *x264(90),
            ),
            plain(Fraction(30)),
            419,  # the last frame kept shows before the last tick
        ),
        "transport stream, picture after sound": (
            broadcast,
            replace(plain(Fraction(25)), start_s=start_s, preroll_s=10),
            344,  # the priming of its AAC starts a frame before
        ),
    }


def test_a_chunk_has_the_very_pictures_of_the_whole_title(media: Media) -> None:
    for name, (source, treatment, frames) in sources(media).items():
        whole = pictures(media, source, treatment, 0)
        assert len(whole) == frames, name
        for start in (24, 145, 250, 299):
            chunk = pictures(media, source, treatment, start)
            assert chunk == whole[start:], f"{name} from frame {start}"


def pictures(media: Media, source: Path, treatment: Treatment, start_frame: int) -> list[str]:
    """Return the hash of every picture from `start_frame` on."""
    (media.folder / "source").unlink(missing_ok=True)
    (media.folder / "source").symlink_to(source)
    frames = head(source_video(treatment), treatment, start_frame=start_frame)
    output = ffmpeg.output(frames, "pictures.md5", format="framemd5", fps_mode="passthrough")
    args = compiled(output, treatment, start_frame=start_frame)
    media.run(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), "pictures"), media.folder)
    lines = (media.folder / "pictures.md5").read_text().splitlines()
    rows = [line.split(",") for line in lines if not line.startswith("#")]
    assert [int(row[2]) for row in rows] == list(range(len(rows)))
    return [row[5].strip() for row in rows]


def test_how_the_tail_is_encoded_changes_nothing_before_it(media: Media) -> None:
    source = media.make("tail.mp4", *pattern(24, 4), *x264())
    timeline, treatment = Timeline(Fraction(24), 96), plain(Fraction(24))
    rungs = fit_ladder(POLICY, treatment).rungs
    with_tail, alone = Chunk(0, 0, 48, 40), Chunk(0, 0, 48, 0)
    cheap = encode_chunk(treatment, timeline, with_tail, rungs, CPU, threads=1)
    zones = ":zones=48,87,q=51,subme=0,me=dia,ref=1,trellis=0"
    assert sum(arg.endswith(zones) for arg in cheap.args) == len(rungs)
    dear = replace(cheap, args=tuple(arg.removesuffix(zones) for arg in cheap.args))
    none = encode_chunk(treatment, timeline, alone, rungs, CPU, threads=1)
    for rung in rungs:
        name = encoded_name(rung, with_tail)
        cheap_sizes, cheap_pictures = encoded(media, source, cheap, name)
        dear_sizes, dear_pictures = encoded(media, source, dear, name)
        # The first packet holds x264's options, the tail's among them.
        assert cheap_sizes[1:48] == dear_sizes[1:48]
        assert cheap_pictures[:48] == dear_pictures[:48]
        assert cheap_sizes[48:] != dear_sizes[48:]
        _, no_future = encoded(media, source, none, encoded_name(rung, alone))
        assert no_future != dear_pictures[:48]


def encoded(media: Media, source: Path, command: Command, name: str) -> tuple[list[int], list[str]]:
    """Return the size of every packet of an encode, and the hash of every picture."""
    (media.folder / "source").unlink(missing_ok=True)
    (media.folder / "source").symlink_to(source)
    media.run(command, media.folder)
    shown = media.probe(media.folder / name, "-show_entries", "packet=size")["packets"]
    hashes = ("-i", f"file:{name}", "-fps_mode", "passthrough", "-f", "framemd5", "frames.md5")
    media.run(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *hashes), "pictures"), media.folder)
    lines = (media.folder / "frames.md5").read_text().splitlines()
    rows = [line.split(",") for line in lines if not line.startswith("#")]
    return [int(packet["size"]) for packet in shown], [row[5].strip() for row in rows]


def test_only_the_rungs_that_are_wanted_are_encoded(
    media: Media, step_context: MakeContext
) -> None:
    source = media.make("short.mp4", *pattern(24, 1), *x264())
    treatment = plain(Fraction(24))
    ladder = fit_ladder(POLICY, treatment)
    low, top = (rung.name for rung in ladder.rungs)
    context = step_context(
        params=encode_params(treatment, Timeline(Fraction(24), 24), Chunk(0, 0, 24, 0), ladder),
        inputs={"ingest": ingested(source)},
        wanted=[top],
        source=source,
    )
    result = encode.run(context)
    assert set(result.products) == {top}
    assert from_json(EncodedVideo, result.products[top].facts) == EncodedVideo(
        rung=top, codec="h264", width=320, height=180, fps=Fraction(24), frames=24, device="cpu"
    )
    assert sorted(path.name for path in context.scratch.iterdir()) == [f"{top}.mp4", "source"]
    assert low not in result.products


def test_a_rendition_that_lacks_frames_is_refused_with_the_count(
    media: Media, step_context: MakeContext
) -> None:
    source = media.make("brief.mp4", *pattern(24, 1), *x264())
    with pytest.raises(ToolFailed) as caught:
        encode_title(step_context, source, plain(Fraction(24)), 30)
    assert caught.value.message == (
        "stitch h264-90p-150k: the encoder left the timeline: 24 frames instead of 30;"
        " no key frame at frame 24"
    )
    assert caught.value.detail == {
        "rung": "h264-90p-150k",
        "expected_frames": 30,
        "found_frames": 24,
        "faults": ["24 frames instead of 30", "no key frame at frame 24"],
    }
