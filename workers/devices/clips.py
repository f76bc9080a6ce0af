"""Where devices are tried: clips in the codecs that sources come in, and a rung to encode to."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from farm.command import FFMPEG_PREAMBLE, SOURCE_NAME, Command, Finished, Limits, Tool
from farm.devices import DeviceFault
from farm.errors import ReelFarmError, ToolFailed, ToolStalled
from farm.ladder import Chunk, CodecName, Rung, Timeline, Treatment
from media.graphs.colour import BT709
from media.graphs.device_check import rung_spots, source_spots, spots
from media.graphs.device_faults import fault_of, in_words
from workers.devices.checked import check_chunk
from workers.devices.nodes import DeviceNode
from workers.programs.runner import run
from workers.programs.tools import Tools

log = logging.getLogger("reelfarm.worker")

LIMITS = Limits(wall_s=60, stall_s=20)
FPS = Fraction(25)
WIDTH, HEIGHT = 1280, 720
SHORT, LONG = 25, 250  # frames: whether it works, and how fast it is
TIMELINE = Timeline(FPS, LONG)
TREATMENT = Treatment(0, FPS, False, False, WIDTH, HEIGHT, WIDTH, HEIGHT, BT709)
# What sources are in; the encoder that makes a clip of it.
SOURCES = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1"}
DEEP_SOURCES = ("hevc", "av1")  # those that devices decode in 10 bits, too
FORMS = {8: "yuv420p", 10: "yuv420p10le"}


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a device is tried: a folder with a clip in each codec."""

    node: DeviceNode
    tools: Tools
    folder: Path

    def run(self, clip: str, command: Command) -> Finished:
        """Run a command where the source is a clip, as `clip_name` has it."""
        return run(command, tools=self.tools, cwd=self.folder / clip)

    def has(self, clip: str) -> bool:
        """Return whether a clip could be made."""
        return (self.folder / clip / SOURCE_NAME).exists()

    def check(self, clip: str, chunk: Chunk, rung: Rung) -> str | None:
        """Return what is wrong with a rung's chunk of a clip, None where nothing is."""
        places = spots(TIMELINE, chunk, rung)
        try:
            for command in (*source_spots(TREATMENT, places, LIMITS), *rung_spots(rung, LIMITS)):
                self.run(clip, command)
            return check_chunk(self.folder / clip, TIMELINE, chunk, rung)
        except (ReelFarmError, OSError) as error:
            return f"what it made cannot be decoded: {reason_of(error)}"


def clip_name(codec: str, depth: int = 8) -> str:
    """Return the name of the clip in a codec and depth."""
    return codec if depth == 8 else f"{codec}-{depth}"


def prepare_clips(tools: Tools, folder: Path) -> None:
    """Make a clip in each codec that sources come in, as far as the programs here can."""
    for codec in SOURCES:
        # One is for speed; of the others it is enough that they are decoded.
        large = codec == "h264"
        _make(tools, folder, codec, 8, "1280x720" if large else "640x360", LONG if large else SHORT)


def prepare_decodes(tools: Tools, folder: Path, codecs: Sequence[str]) -> None:
    """Make what shows how fast codecs are decoded: clips like sources, noise and all."""
    for codec in codecs:
        (folder / clip_name(codec) / SOURCE_NAME).unlink(missing_ok=True)
        _make(tools, folder, codec, 8, f"{WIDTH}x{HEIGHT}", LONG, noisy=True)
        if codec in DEEP_SOURCES:
            _make(tools, folder, codec, 10, "640x360", SHORT)


def rung_for(codec: CodecName, depth: int) -> Rung:
    """Return the rung that devices are tried with."""
    rates = (23.0, 3_000_000, 6_000_000)
    rung = Rung("tryout", codec, WIDTH, HEIGHT, FPS, 50, "medium", *rates, "")
    return replace(rung, bit_depth=depth)


def reason_of(error: Exception) -> str:
    """Return what went wrong in words, FFmpeg's own line beside them."""
    if isinstance(error, ToolStalled):
        return in_words(DeviceFault.STALLED, "")
    if isinstance(error, ToolFailed):
        lines = error.detail.get("stderr", ())
        stderr = "\n".join(str(line) for line in lines) if isinstance(lines, list) else ""
        return in_words(fault_of(stderr), stderr)
    return str(error)


def _make(
    tools: Tools,
    folder: Path,
    codec: str,
    depth: int,
    size: str,
    frames: int,
    *,
    noisy: bool = False,
) -> None:
    here = folder / clip_name(codec, depth)
    here.mkdir(parents=True, exist_ok=True)
    pattern = f"testsrc2=size={size}:rate={FPS}:duration={LONG / FPS}"
    # With so much of it decoding takes the processor, a million pixels, what Big Buck Bunny does.
    grain = ",noise=alls=7:allf=t" if noisy else ""
    speed = ("-preset", "12") if codec == "av1" else ("-preset", "ultrafast")
    made = ("-c:v", SOURCES[codec], *speed, "-pix_fmt", FORMS[depth], "-frames:v", str(frames))
    output = ("-f", "mp4", f"file:{SOURCE_NAME}")
    args = (*FFMPEG_PREAMBLE, "-f", "lavfi", "-i", f"{pattern}{grain}", *made, *output)
    try:
        run(Command(Tool.FFMPEG, args, f"clip in {codec}", LIMITS), tools=tools, cwd=here)
    except ReelFarmError as error:
        log.warning("devices are not tried with %s: %s", codec, error.message)
