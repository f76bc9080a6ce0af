"""What works on this machine, found out by doing it: a list in a manual proves nothing."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from pathlib import Path

from farm.command import FFMPEG_PREAMBLE, Command, Limits, Tool
from farm.devices import DecodeGain, DeviceReport
from farm.errors import NotInstalled, ReelFarmError
from farm.ladder import CodecName, Rung
from farm.settings import Settings
from media.graphs.codecs import CODECS, Codec
from media.graphs.devices import DEVICES, Device, encoder_options
from qc.report.assets import require_assets
from workers.devices.clips import prepare_clips
from workers.devices.nodes import find_nodes
from workers.devices.tryouts import try_device
from workers.local.stack import Stack
from workers.programs.runner import run
from workers.programs.tools import Tools, find_tools

TRY = Limits(wall_s=60)
# At least 256x256: hardware encoders refuse smaller pictures and would look broken.
PATTERN = ("-f", "lavfi", "-i", "testsrc2=size=256x256:rate=25:duration=0.4")
NULL = ("-f", "null", "-")
TRIAL = Rung("trial", "h264", 256, 256, Fraction(25), 10, "medium", 23, 900_000, 900_000, "")
TRIALS: dict[CodecName, Rung] = {
    "h264": TRIAL,
    "hevc": replace(TRIAL, codec="hevc", bit_depth=10),
    "av1": replace(TRIAL, codec="av1", bit_depth=10, preset="8"),
}


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One thing tried: whether it works, whether the farm needs it, and what was seen."""

    name: str
    works: bool
    required: bool
    seen: str


def examine(settings: Settings) -> Iterator[DoctorFinding]:
    """Yield a finding for every tool, encoder, device and server, as each is tried."""
    tools = find_tools(settings)
    with tempfile.TemporaryDirectory(prefix="reelfarm-doctor-") as folder:
        here = Path(folder)
        yield _try("ffmpeg", Command(Tool.FFMPEG, ("-version",), "version"), tools, here)
        yield _try("ffprobe", Command(Tool.FFPROBE, ("-version",), "version"), tools, here)
        yield _try("packager", Command(Tool.PACKAGER, ("--version",), "version"), tools, here)
        for device, codec in product(DEVICES, CODECS.values()):
            if encoder := device.encoders.get(codec.name):
                yield _try(f"encode {encoder.name}", _encode_as(codec, device), tools, here)
        yield _try("quality libvmaf", _score(), tools, here)
        yield from _try_devices(settings, tools, here)
        yield _try_report()
        yield _try_stack(here)


def _try(
    name: str, command: Command, tools: Tools, cwd: Path, required: bool = True
) -> DoctorFinding:
    try:
        finished = run(command, tools=tools, cwd=cwd)
    except (ReelFarmError, OSError) as error:
        return DoctorFinding(name, False, required, str(error))
    said = (finished.stdout.strip().splitlines() or [f"tried in {finished.wall_s:.1f} s"])[0]
    return DoctorFinding(name, True, required, said)


def _try_devices(settings: Settings, tools: Tools, here: Path) -> Iterator[DoctorFinding]:
    """Yield what each device of this machine encodes, by trying it as a worker does."""
    nodes = find_nodes(settings)
    if not nodes:
        seen = "no node of one is there: neither /dev/nvidia0 nor /dev/dri/renderD128"
        yield DoctorFinding("devices", False, False, seen)
    for node in nodes:
        clips = here / node.name.replace(":", "-")
        prepare_clips(tools, clips)
        report = try_device(node, tools, clips, settings.device_sessions)
        seen = f"{report.driver}: {_at_once(report)}"
        yield DoctorFinding(f"device {node.name}", report.works, False, seen)
        for can in report.capabilities:
            name = f"{can.encoder} {can.bit_depth} bit on {node.name}"
            speed = f"{can.pixels_per_s / 1e6:.0f} million pixels a second"
            constant = ", at constant quantizers alone" if can.constant_qp else ""
            seen = f"{speed}{constant}" if can.works else can.reason
            yield DoctorFinding(name, can.works, False, seen)
        for gain in report.gains:
            yield _decoding(report, gain)


def _at_once(report: DeviceReport) -> str:
    decodes = f"decodes {', '.join(report.decodes)}" if report.decodes else ""
    if report.only_decodes:
        at_once = f"{decodes}, {report.decode_sessions} at once"
        return f"{at_once}; encodes nothing: {report.why_nothing}"
    return f"{report.sessions} encodes at once{f', {decodes}' if decodes else ''}"


def _decoding(report: DeviceReport, gain: DecodeGain) -> DoctorFinding:
    bits = " and ".join(map(str, gain.bit_depths))
    speed = f"{gain.pixels_per_s / 1e6:.0f} million pixels a second"
    saved = f"{gain.saved_s * 1e3:.1f} ms of processor time a million pixels less"
    name = f"decode {gain.codec} {bits} bit on {report.name}"
    return DoctorFinding(name, True, False, f"{speed}, {saved}, {gain.start_s:.1f} s to begin")


def _try_report() -> DoctorFinding:
    try:
        require_assets()
    except NotInstalled as error:
        return DoctorFinding("report", False, True, error.message)
    return DoctorFinding("report", True, True, "the script of its figures is there")


def _try_stack(cwd: Path) -> DoctorFinding:
    name, started = "PostgreSQL, Redis and a worker", time.monotonic()
    try:
        with Stack(Settings(state_dir=cwd / "state")) as stack:
            stack.tend()
    except ReelFarmError as error:
        return DoctorFinding(name, False, True, error.message)
    return DoctorFinding(name, True, True, f"up and down in {time.monotonic() - started:.1f} s")


def _ffmpeg(*args: str) -> Command:
    return Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), "trial", limits=TRY)


def _encode_as(codec: Codec, device: Device) -> Command:
    """Return an encode with the options that titles are encoded with."""
    options = encoder_options(codec, device, TRIALS[codec.name], tail=range(0))
    named = [word for name, value in options.items() for word in (f"-{name}", str(value))]
    return _ffmpeg(*device.decoder_options, *PATTERN, *named, *NULL)


def _score() -> Command:
    return _ffmpeg(*PATTERN, *PATTERN, "-filter_complex", "[0:v][1:v]libvmaf", *NULL)
