"""What a GPU's decoder spares the processor: decodes alone, and encodes of a whole ladder.

Wants an NVIDIA GPU. A clip in each codec is decoded by all cores and by the GPU, its pictures
fetched, and then encoded to a ladder, decoded by one and by the other. Frames have to be equal.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.clips import BUILD, bunny_1080p
from farm.command import FFMPEG_PREAMBLE, SOURCE_NAME, Command, Finished, Limits, Tool
from farm.errors import ReelFarmError
from farm.ladder import Chunk, Rung, Timeline, Treatment
from farm.settings import Settings
from ladders.fit import fit_ladder
from ladders.load import load_policy
from media.graphs.colour import BT709
from media.graphs.decode_trial import decode_clip
from media.graphs.devices import CPU
from media.graphs.encode import encode_chunk
from media.graphs.encode_device import encode_chunk_on
from media.graphs.on_device import OnDevice
from workers.devices.clips import reason_of
from workers.devices.nodes import DeviceNode, find_nodes
from workers.programs.runner import run
from workers.programs.tools import Tools, find_tools

FPS = Fraction(24)
WIDTH, HEIGHT = 1920, 1080
LIMITS = Limits(wall_s=300)
TREATMENT = Treatment(0, FPS, False, False, WIDTH, HEIGHT, WIDTH, HEIGHT, BT709)
HEVC = ("libx265", "-preset", "superfast", "-crf", "18")
AV1 = ("libsvtav1", "-preset", "10", "-crf", "24")
# Surfaces, what they become, and what makes the clip: None where it is that already.
SOURCES = {
    "H.264": ("nv12", "yuv420p", None),
    "HEVC": ("nv12", "yuv420p", HEVC),
    "HEVC 10 bit": ("p010le", "yuv420p10le", HEVC),
    "AV1 10 bit": ("p010le", "yuv420p10le", AV1),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with one source, and the GPU it is decoded on."""

    folder: Path
    tools: Tools
    node: DeviceNode
    surface: str
    form: str
    frames: int

    @property
    def on(self) -> OnDevice:
        return OnDevice(self.node.kind, self.node.address, frozenset(), self.surface)

    def run(self, command: Command) -> Finished:
        return run(command, tools=self.tools, cwd=self.folder)

    def decode(self, on: OnDevice | None) -> Finished:
        return self.run(decode_clip(on, self.form, self.frames, FPS, LIMITS))

    def digests(self, on: OnDevice | None) -> str:
        """Return a digest of every frame."""
        decoded = decode_clip(on, self.form, self.frames, FPS, LIMITS)
        written = ("-f", "framemd5", "file:frames")
        self.run(replace(decoded, args=(*decoded.args[:-3], *written)))
        return (self.folder / "frames").read_text("ascii")

    def encode(self, on: OnDevice | None, rungs: Sequence[Rung]) -> Finished:
        timeline, chunk = Timeline(FPS, self.frames), Chunk(0, 0, self.frames, 0)
        if on is None:
            return self.run(encode_chunk(TREATMENT, timeline, chunk, rungs, CPU, limits=LIMITS))
        return self.run(encode_chunk_on(on, TREATMENT, timeline, chunk, rungs, limits=LIMITS))


def row(name: str, frames: int, here: Finished, there: Finished, remark: str) -> str:
    """Return a line of the table: frames a second and processor time, here and there."""
    return (
        f"{name:<34}{frames / here.wall_s:>8.0f}{here.cpu_s:>9.2f}"
        f"{frames / there.wall_s:>10.0f}{there.cpu_s:>9.2f}{there.cpu_s - here.cpu_s:>+9.2f}"
        f"{there.peak_rss_bytes / 2**20:>8.0f}  {remark}"
    )


def compare(place: Place, name: str, ladders: Sequence[tuple[str, Sequence[Rung]]]) -> list[str]:
    """Return the lines of one source."""
    try:
        there = place.decode(place.on)
    except ReelFarmError as error:
        return [f"{name:<34}not decoded by {place.node.name}: {reason_of(error)[:120]}"]
    equal = place.digests(None) == place.digests(place.on)
    here = place.decode(None)
    lines = [
        row(f"{name}, decoded", place.frames, here, there, "equal" if equal else "FRAMES DIFFER")
    ]
    for ladder, rungs in ladders:
        encoded = (place.encode(None, rungs), place.encode(place.on, rungs))
        lines.append(row(f"{name} to {ladder}", place.frames, *encoded, ""))
    return lines


def make_source(
    tools: Tools, clip: Path, folder: Path, coded: tuple[str, ...] | None, form: str
) -> None:
    """Make the clip in a codec, four times over, without sound."""
    options = ("-c:v", *coded, "-pix_fmt", form) if coded else ("-c", "copy")
    opened = ("-stream_loop", "3", "-i", f"file:{clip}", "-map", "0:v:0")
    args = (*FFMPEG_PREAMBLE, *opened, *options, "-f", "mp4", f"file:{SOURCE_NAME}")
    run(Command(Tool.FFMPEG, args, "source", LIMITS), tools=tools, cwd=folder)


def count_frames(tools: Tools, folder: Path) -> int:
    """Return how many frames the source of a folder has."""
    args = (*FFMPEG_PREAMBLE, "-i", f"file:{SOURCE_NAME}", "-c", "copy", "-f", "framecrc", "file:n")
    run(Command(Tool.FFMPEG, args, "count", LIMITS), tools=tools, cwd=folder)
    lines = (folder / "n").read_text("ascii").splitlines()
    return sum(not line.startswith("#") for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.decoding", description=__doc__)
    parser.add_argument("--clip", type=Path, help="1080p24; default: Big Buck Bunny, 30 s")
    parser.add_argument("--sources", help=f"some of {', '.join(SOURCES)}; default: all")
    options = parser.parse_args()
    chosen = options.sources.split(",") if options.sources else list(SOURCES)
    BUILD.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=BUILD, prefix="decoding-") as parent:
        settings = Settings(state_dir=Path(parent))
        node = next((each for each in find_nodes(settings) if each.kind == "nvenc"), None)
        if node is None:
            sys.exit("bench.decoding: no NVIDIA GPU: /dev/nvidia0 is not there")
        tools, clip = find_tools(settings), (options.clip or bunny_1080p()).absolute()
        whole = fit_ladder(load_policy("apple-h264"), TREATMENT).rungs
        ladders = (("nine rungs, medium", whole), ("the lowest three", whole[:3]))
        print(f"{node.driver}; {os.cpu_count()} cores; frames a second, processor time in s, MiB")
        print(f"{'':<34}{'cpu f/s':>8}{'cpu s':>9}{'gpu f/s':>10}{'cpu s':>9}{'':>9}{'MiB':>8}")
        for name in chosen:
            surface, form, coded = SOURCES[name]
            folder = Path(parent) / name.replace(" ", "-")
            folder.mkdir()
            make_source(tools, clip, folder, coded, form)
            place = Place(folder, tools, node, surface, form, count_frames(tools, folder))
            asked = ladders if name != "HEVC" else ()
            print("\n".join(compare(place, name, asked)), flush=True)
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
