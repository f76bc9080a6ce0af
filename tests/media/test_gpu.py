"""A real GPU: what it decodes is what the processor decodes, also where it cannot encode.

Datacentre GPUs such as the H100 and H200 have NVDEC and no NVENC: pictures are decoded there, or
decoded and scaled there, fetched, and encoded by the processor. How fast, `bench.decoding` shows.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, SOURCE_NAME, Command, Limits, Tool
from farm.errors import ToolFailed
from farm.ladder import Chunk, Rung, Timeline, Treatment
from farm.settings import Settings
from media.graphs.colour import BT709
from media.graphs.decode_trial import decode_clip
from media.graphs.devices import CPU
from media.graphs.encode import chunk_name, encode_chunk
from media.graphs.encode_device import encode_chunk_on
from media.graphs.on_device import OnDevice
from workers.devices.clips import prepare_clips, reason_of
from workers.devices.nodes import DeviceNode, find_nodes
from workers.devices.tryouts import try_again, try_device
from workers.programs.runner import run
from workers.programs.tools import find_tools

log = logging.getLogger(__name__)
pytestmark = pytest.mark.gpu

FPS, FRAMES = Fraction(25), 250
TIMELINE, WHOLE = Timeline(FPS, FRAMES), Chunk(0, 0, FRAMES, 0)
PLAIN = Treatment(0, FPS, False, False, 1280, 720, 1280, 720, BT709)
# Almost without loss, so that what differs was decoded or scaled otherwise (CRF 0 is lossless, for
# which this profile has no room); by one thread, as x264's rate control tells them apart.
RUNG = Rung("exact", "h264", 640, 360, FPS, 50, "ultrafast", 1.0, 50_000_000, 50_000_000, "")
YMAX = re.compile(r"lavfi\.signalstats\.YMAX=(\d+)")
YAVG = re.compile(r"lavfi\.signalstats\.YAVG=([\d.]+)")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> DeviceNode:
    settings = Settings(state_dir=tmp_path_factory.mktemp("gpu"))
    found = [node for node in find_nodes(settings) if node.kind == "nvenc"]
    if not found:
        pytest.skip("no NVIDIA GPU: /dev/nvidia0 is not there")
    return found[0]


def ffmpeg(folder: Path, *args: str) -> str:
    tools = find_tools(Settings(state_dir=folder))
    command = Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), "tryout", Limits(wall_s=300))
    return run(command, tools=tools, cwd=folder).stdout


def differences(folder: Path, one: str, other: str) -> tuple[int, float]:
    """Return how much luma of two files differs: at most in any sample, and on average."""
    graph = "[0:v][1:v]blend=all_mode=difference,signalstats,metadata=print:file=-"
    said = ffmpeg(folder, "-i", one, "-i", other, "-filter_complex", graph, "-f", "null", "-")
    averages = [float(each) for each in YAVG.findall(said)]
    assert len(averages) == FRAMES
    return max(map(int, YMAX.findall(said))), max(averages)


@pytest.fixture(scope="module")
def folder(node: DeviceNode, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a source, and with what the processor alone makes of it."""
    folder = tmp_path_factory.mktemp("pictures")
    pattern = f"testsrc2=size=1280x720:rate={FPS}:duration={FRAMES / FPS}"
    x264 = ("-c:v", "libx264", "-preset", "fast", "-pix_fmt", "yuv420p", "-f", "mp4")
    ffmpeg(folder, "-f", "lavfi", "-i", pattern, *x264, f"file:{SOURCE_NAME}")
    command = encode_chunk(PLAIN, TIMELINE, WHOLE, [RUNG], CPU, threads=1)
    tools = find_tools(Settings(state_dir=folder))
    began = time.monotonic()
    run(command, tools=tools, cwd=folder)
    log.info("decoded by the processor: %.0f frames/s", FRAMES / (time.monotonic() - began))
    (folder / chunk_name(RUNG)).rename(folder / "cpu.mp4")
    return folder


def test_what_the_gpu_decodes_is_what_the_processor_decodes(node: DeviceNode, folder: Path) -> None:
    on = OnDevice("nvenc", node.address, frozenset(), "nv12")
    command = encode_chunk_on(on, PLAIN, TIMELINE, WHOLE, [RUNG], threads=1)
    began = time.monotonic()
    run(command, tools=find_tools(Settings(state_dir=folder)), cwd=folder)
    log.info("decoded by %s: %.0f frames/s", node.driver, FRAMES / (time.monotonic() - began))
    most, _ = differences(folder, chunk_name(RUNG), "cpu.mp4")
    assert most == 0


def test_a_chunk_is_the_same_file_whoever_decoded_it(node: DeviceNode, folder: Path) -> None:
    tools = find_tools(Settings(state_dir=folder))
    capped = replace(RUNG, name="capped", preset="medium", crf=23.0, max_bps=900_000)
    capped = replace(capped, buffer_bits=1_350_000)
    on = OnDevice("nvenc", node.address, frozenset(), "nv12")
    made = []
    for command in (
        encode_chunk(PLAIN, TIMELINE, WHOLE, [capped], CPU, threads=1),
        encode_chunk_on(on, PLAIN, TIMELINE, WHOLE, [capped], threads=1),
    ):
        run(command, tools=tools, cwd=folder)
        made.append((folder / chunk_name(capped)).read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("codec", "surface", "form"),
    [
        (("libx265", "-preset", "ultrafast"), "nv12", "yuv420p"),
        (("libx265", "-preset", "ultrafast"), "p010le", "yuv420p10le"),
        (("libsvtav1", "-preset", "12"), "p010le", "yuv420p10le"),
    ],
)
def test_frames_of_every_codec_are_the_processors_or_the_gpu_says_that_it_cannot(
    node: DeviceNode, tmp_path: Path, codec: tuple[str, ...], surface: str, form: str
) -> None:
    pattern = f"testsrc2=size=1920x1080:rate={FPS}:duration=4,noise=alls=8:allf=t"
    clip = ("-c:v", *codec, "-pix_fmt", form, "-f", "mp4", f"file:{SOURCE_NAME}")
    ffmpeg(tmp_path, "-f", "lavfi", "-i", pattern, *clip)
    digests = []
    for on in (OnDevice("nvenc", node.address, frozenset(), surface), None):
        command = decode_clip(on, form, 100, FPS, Limits(wall_s=300))
        written = replace(command, args=(*command.args[:-3], "-f", "framemd5", "file:frames"))
        try:
            run(written, tools=find_tools(Settings(state_dir=tmp_path)), cwd=tmp_path)
        except ToolFailed as error:
            reason = reason_of(error)
            assert reason.startswith("it cannot do this")
            pytest.skip(f"{node.driver} does not decode this: {reason}")
        digests.append((tmp_path / "frames").read_text("ascii"))
    assert digests[0] == digests[1]
    assert len(digests[0].splitlines()) >= 100


def test_what_the_gpu_scales_is_what_the_processor_scales(node: DeviceNode, folder: Path) -> None:
    device = ("-init_hw_device", f"cuda=device:{node.address}", "-filter_hw_device", "device")
    decoding = ("-hwaccel", "cuda", "-hwaccel_device", "device", "-hwaccel_output_format", "cuda")
    scaled = "scale_cuda=640:360:format=nv12:interp_algo=lanczos,hwdownload,format=nv12"
    # Tagged as the processor's are, or comparing them would convert colours first.
    tags = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
    exact = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "0", "-pix_fmt", "yuv420p")
    ffmpeg(
        folder,
        *device,
        *decoding,
        "-i",
        SOURCE_NAME,
        "-vf",
        f"{scaled},{tags}",
        *exact,
        "scaled.mp4",
    )
    _, average = differences(folder, "scaled.mp4", "cpu.mp4")
    assert average <= 2


def test_a_gpu_says_what_it_can_and_cannot_encode(node: DeviceNode, tmp_path: Path) -> None:
    tools = find_tools(Settings(state_dir=tmp_path))
    prepare_clips(tools, tmp_path / "clips")
    began = time.monotonic()
    report = try_device(replace(node), tools, tmp_path / "clips")
    log.info("tried in %.1f s: %s", time.monotonic() - began, report)
    assert {"h264", "hevc"} <= set(report.decodes)
    assert all(each.works or each.reason for each in report.capabilities)
    assert report.works
    if report.encodes:
        assert (report.decode_sessions, report.gains) == (0, ())
        return
    assert report.decode_sessions >= 2
    assert [gain.codec for gain in report.gains] == list(report.decodes)
    # A second of 1080p at least, and less work for the processor than decoding it.
    assert all(gain.pixels_per_s > 1920 * 1080 * 25 for gain in report.gains)
    assert all(gain.saved_s > 0 for gain in report.gains)
    assert try_again(report, tools, tmp_path / "clips") is None
