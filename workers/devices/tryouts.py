"""What a device can, found out by doing it: real encodes through the graphs that titles take.

`ffmpeg -encoders` lists what was compiled in. What works is what encodes a picture of a size that
titles have, and leaves that picture.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from farm.command import FFMPEG_PREAMBLE, SOURCE_NAME, Command, Finished, Limits, Tool
from farm.devices import Capability, DeviceFault, DeviceReport
from farm.errors import ReelFarmError, ToolFailed, ToolStalled
from farm.ladder import Chunk, CodecName, Rung, Timeline, Treatment
from media.graphs.colour import BT709
from media.graphs.device_check import rung_spots, source_spots, spots
from media.graphs.device_faults import fault_of, in_words
from media.graphs.encode_device import encode_chunk_on
from media.graphs.hardware import HARDWARE, SURFACES, HardwareEncoder
from media.graphs.on_device import OnDevice
from workers.devices.checked import check_chunk
from workers.devices.nodes import DeviceNode
from workers.programs.runner import run
from workers.programs.tools import Tools

log = logging.getLogger("reelfarm.worker")

LIMITS = Limits(wall_s=60, stall_s=20)
FPS = Fraction(25)
WIDTH, HEIGHT = 1280, 720
SHORT, LONG = 25, 250  # frames: whether it works, and how fast it is
AT_ONCE = 3  # encodes that show how fast it is with more than one engine
MOST_SESSIONS = 32  # nobody runs more encodes at once on a device than are tried
TREATMENT = Treatment(0, FPS, False, False, WIDTH, HEIGHT, WIDTH, HEIGHT, BT709)
# What sources are in; the encoder that makes a clip of it.
SOURCES = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1"}


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a device is tried: a folder with a clip in each codec."""

    node: DeviceNode
    tools: Tools
    folder: Path

    def run(self, codec: str, command: Command) -> Finished:
        """Run a command where the source is the clip in `codec`."""
        return run(command, tools=self.tools, cwd=self.folder / codec)


def prepare_clips(tools: Tools, folder: Path) -> None:
    """Make a clip in each codec that sources come in, as far as the programs here can."""
    for codec, encoder in SOURCES.items():
        (folder / codec).mkdir(parents=True)
        # One is for speed; of the others it is enough that they are decoded.
        size, frames = ("1280x720", LONG) if codec == "h264" else ("640x360", SHORT)
        pattern = f"testsrc2=size={size}:rate={FPS}:duration={LONG / FPS}"
        speed = ("-preset", "12") if codec == "av1" else ("-preset", "ultrafast")
        made = ("-c:v", encoder, *speed, "-pix_fmt", "yuv420p", "-frames:v", str(frames))
        output = ("-f", "mp4", f"file:{SOURCE_NAME}")
        args = (*FFMPEG_PREAMBLE, "-f", "lavfi", "-i", pattern, *made, *output)
        try:
            run(
                Command(Tool.FFMPEG, args, f"clip in {codec}", LIMITS),
                tools=tools,
                cwd=folder / codec,
            )
        except ReelFarmError as error:
            log.warning("devices are not tried with %s: %s", codec, error.message)


def try_device(
    node: DeviceNode, tools: Tools, folder: Path, most_sessions: int = 0
) -> DeviceReport:
    """Return what a device can, each failure with its reason; `folder` has the clips.

    `most_sessions` is a limit that an operator set; 0: none.
    """
    bench = Bench(node, tools, folder)
    decodes = tuple(codec for codec in SOURCES if _decodes(bench, codec))
    capabilities = tuple(
        _capability(bench, codec, encoder, depth, decoded="h264" in decodes)
        for codec, encoder in HARDWARE[node.kind].encoders.items()
        for depth in encoder.profiles
    )
    report = DeviceReport(node.key, node.name, node.kind, node.driver, 1, capabilities, decodes)
    works = next((each for each in capabilities if each.works), None)
    if works is None:
        return replace(report, sessions=0)
    most = min(most_sessions or MOST_SESSIONS, MOST_SESSIONS)
    sessions = _sessions(bench, works, most)
    together = min(sessions, AT_ONCE)
    faster = tuple(
        _with_several(bench, each, together, decoded="h264" in decodes) if each.works else each
        for each in capabilities
    )
    return replace(report, sessions=sessions, capabilities=faster)


def try_again(report: DeviceReport, tools: Tools, folder: Path) -> str | None:
    """Return why a device does not work now, None where one encode shows that it does."""
    address = report.name.partition(":")[2]
    node = DeviceNode(report.kind, address, report.key, report.driver)
    bench = Bench(node, tools, folder)
    works = next((each for each in report.capabilities if each.works), None)
    if works is None:
        return "nothing worked on it when it was tried"
    tried = _encode(bench, works, SHORT, decoded="h264" in report.decodes)
    return tried if isinstance(tried, str) else None


def _decodes(bench: Bench, codec: str) -> bool:
    """Return whether the device decodes a codec, and its pictures can be had."""
    if not (bench.folder / codec / SOURCE_NAME).exists():
        return False
    rung = _rung("h264", 8)
    on = OnDevice(bench.node.kind, bench.node.address, frozenset(), SURFACES[8])
    chunk = Chunk(0, 0, SHORT, 0)
    try:
        command = encode_chunk_on(on, TREATMENT, Timeline(FPS, LONG), chunk, [rung], limits=LIMITS)
        bench.run(codec, command)
    except (ReelFarmError, OSError) as error:
        log.info("%s does not decode %s: %s", bench.node.name, codec, _words(error))
        return False
    return _checked(bench, codec, chunk, rung) is None


def _capability(
    bench: Bench, codec: CodecName, encoder: HardwareEncoder, depth: int, *, decoded: bool
) -> Capability:
    wanted = Capability(codec, depth, encoder.name, works=False)
    ways = (False, True) if encoder.constant_qp else (False,)
    reasons = []
    for constant_qp in ways:
        tried = replace(wanted, constant_qp=constant_qp)
        short_s = _encode(bench, tried, SHORT, decoded=decoded)
        if isinstance(short_s, str):
            reasons.append(short_s)
            continue
        long_s = _encode(bench, tried, LONG, decoded=decoded)
        if isinstance(long_s, str):
            reasons.append(long_s)
            continue
        # What is left when starting up, which takes longer than a second of pictures, is not in it.
        pixels = (LONG - SHORT) * WIDTH * HEIGHT
        return replace(tried, works=True, pixels_per_s=round(pixels / max(0.05, long_s - short_s)))
    return replace(wanted, reason="; ".join(dict.fromkeys(reasons)))


def _encode(bench: Bench, tried: Capability, frames: int, *, decoded: bool) -> float | str:
    """Return how long an encode took, or why it did not work."""
    rung, chunk = _rung(tried.codec, tried.bit_depth), Chunk(0, 0, frames, 0)
    on = _on(bench, [rung], tried, decoded=decoded)
    command = encode_chunk_on(on, TREATMENT, Timeline(FPS, LONG), chunk, [rung], limits=LIMITS)
    try:
        took_s = bench.run("h264", command).wall_s
    except (ReelFarmError, OSError) as error:
        return _words(error)
    return _checked(bench, "h264", chunk, rung) or took_s


def _with_several(bench: Bench, works: Capability, count: int, *, decoded: bool) -> Capability:
    """Return a capability with what several encodes at once come to, where that is more."""
    rungs = _alike(works, count, WIDTH, HEIGHT)
    on = _on(bench, rungs, works, decoded=decoded)
    command = encode_chunk_on(
        on, TREATMENT, Timeline(FPS, LONG), Chunk(0, 0, LONG, 0), rungs, limits=LIMITS
    )
    try:
        took_s = bench.run("h264", command).wall_s
    except (ReelFarmError, OSError) as error:
        log.info("%s is slow with %d encodes: %s", bench.node.name, count, _words(error))
        return works
    together = round(count * LONG * WIDTH * HEIGHT / took_s)
    return replace(works, pixels_per_s=max(works.pixels_per_s, together))


def _checked(bench: Bench, codec: str, chunk: Chunk, rung: Rung) -> str | None:
    timeline = Timeline(FPS, LONG)
    places = spots(timeline, chunk, rung)
    try:
        for command in (*source_spots(TREATMENT, places, LIMITS), *rung_spots(rung, LIMITS)):
            bench.run(codec, command)
        return check_chunk(bench.folder / codec, timeline, chunk, rung)
    except (ReelFarmError, OSError) as error:
        return f"what it made cannot be decoded: {_words(error)}"


def _sessions(bench: Bench, works: Capability, most: int) -> int:
    """Return how many encodes the device takes at once: tried with all, then by halves."""
    fits, fails = 1, most + 1
    count = most
    while fails - fits > 1:
        if _takes(bench, works, count):
            fits = count
        else:
            fails = count
        count = (fits + fails) // 2
    return fits


def _takes(bench: Bench, works: Capability, count: int) -> bool:
    rungs = _alike(works, count, 320, 256)
    on = _on(bench, rungs, works, decoded=False)
    chunk = Chunk(0, 0, SHORT, 0)
    command = encode_chunk_on(on, TREATMENT, Timeline(FPS, LONG), chunk, rungs, limits=LIMITS)
    try:
        bench.run("h264", command)
    except (ReelFarmError, OSError) as error:
        log.info("%s takes fewer than %d encodes: %s", bench.node.name, count, _words(error))
        return False
    return True


def _alike(works: Capability, count: int, width: int, height: int) -> list[Rung]:
    rung = replace(_rung(works.codec, works.bit_depth), width=width, height=height)
    return [replace(rung, name=f"tryout-{number}") for number in range(count)]


def _on(bench: Bench, rungs: Iterable[Rung], tried: Capability, *, decoded: bool) -> OnDevice:
    return OnDevice(
        bench.node.kind,
        bench.node.address,
        frozenset(rung.name for rung in rungs),
        SURFACES[8] if decoded else None,
        tried.constant_qp,
    )


def _rung(codec: CodecName, depth: int) -> Rung:
    rates = (23.0, 3_000_000, 6_000_000)
    rung = Rung("tryout", codec, WIDTH, HEIGHT, FPS, 50, "medium", *rates, "")
    return replace(rung, bit_depth=depth)


def _words(error: Exception) -> str:
    """Return what went wrong in words, FFmpeg's own line beside them."""
    if isinstance(error, ToolStalled):
        return in_words(DeviceFault.STALLED, "")
    if isinstance(error, ToolFailed):
        lines = error.detail.get("stderr", ())
        stderr = "\n".join(str(line) for line in lines) if isinstance(lines, list) else ""
        return in_words(fault_of(stderr), stderr)
    return str(error)
