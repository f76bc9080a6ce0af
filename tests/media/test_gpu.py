"""A real GPU: what it decodes is what the processor decodes, also where it cannot encode.

Datacentre GPUs such as the H100 have NVDEC and no NVENC: pictures are decoded there, scaled there,
fetched, and encoded by the processor.
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
from farm.ladder import Chunk, Rung, Timeline, Treatment
from farm.settings import Settings
from media.graphs.colour import BT709
from media.graphs.devices import CPU
from media.graphs.encode import chunk_name, encode_chunk
from media.graphs.encode_device import encode_chunk_on
from media.graphs.on_device import OnDevice
from workers.devices.nodes import DeviceNode, find_nodes
from workers.devices.tryouts import prepare_clips, try_device
from workers.programs.runner import run
from workers.programs.tools import find_tools

log = logging.getLogger(__name__)
pytestmark = pytest.mark.gpu

FPS, FRAMES = Fraction(25), 250
TIMELINE, WHOLE = Timeline(FPS, FRAMES), Chunk(0, 0, FRAMES, 0)
PLAIN = Treatment(0, FPS, False, False, 1280, 720, 1280, 720, BT709)
# Without loss, so that what differs was decoded or scaled otherwise.
RUNG = Rung("exact", "h264", 640, 360, FPS, 50, "ultrafast", 0.0, 10**9, 10**9, "")
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
    command = encode_chunk(PLAIN, TIMELINE, WHOLE, [RUNG], CPU)
    tools = find_tools(Settings(state_dir=folder))
    began = time.monotonic()
    run(command, tools=tools, cwd=folder)
    log.info("decoded by the processor: %.0f frames/s", FRAMES / (time.monotonic() - began))
    (folder / chunk_name(RUNG)).rename(folder / "cpu.mp4")
    return folder


def test_what_the_gpu_decodes_is_what_the_processor_decodes(node: DeviceNode, folder: Path) -> None:
    on = OnDevice("nvenc", node.address, frozenset(), "nv12")
    command = encode_chunk_on(on, PLAIN, TIMELINE, WHOLE, [RUNG])
    began = time.monotonic()
    run(command, tools=find_tools(Settings(state_dir=folder)), cwd=folder)
    log.info("decoded by %s: %.0f frames/s", node.driver, FRAMES / (time.monotonic() - began))
    most, _ = differences(folder, chunk_name(RUNG), "cpu.mp4")
    assert most <= 2


def test_what_the_gpu_scales_is_what_the_processor_scales(node: DeviceNode, folder: Path) -> None:
    device = ("-init_hw_device", f"cuda=device:{node.address}", "-filter_hw_device", "device")
    decoding = ("-hwaccel", "cuda", "-hwaccel_device", "device", "-hwaccel_output_format", "cuda")
    chain = "scale_cuda=640:360:format=nv12:interp_algo=lanczos,hwdownload,format=nv12"
    exact = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "0", "-pix_fmt", "yuv420p")
    ffmpeg(folder, *device, *decoding, "-i", SOURCE_NAME, "-vf", chain, *exact, "scaled.mp4")
    _, average = differences(folder, "scaled.mp4", "cpu.mp4")
    assert average <= 2


def test_a_gpu_says_what_it_can_and_cannot_encode(node: DeviceNode, tmp_path: Path) -> None:
    tools = find_tools(Settings(state_dir=tmp_path))
    prepare_clips(tools, tmp_path / "clips")
    report = try_device(replace(node), tools, tmp_path / "clips")
    assert "h264" in report.decodes
    assert all(each.works or each.reason for each in report.capabilities)
