"""Whether what a device encoded is what it was given: as many frames, and a look at some of them.

A device that is failing can end well and leave pictures that decode and are others. Key frames at
up to three places, small, are held against the same frames of the source, which the processor
decodes: nothing of the device has a hand in these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, Command, Limits, Tool
from farm.ladder import Chunk, Rung, Timeline, Treatment
from ladders.gop import frames_at
from media.graphs.encode import chunk_name
from media.graphs.picture import BURN_IN_NAME, compiled, head, source_video

WIDTH, HEIGHT = 32, 18
PLACES = 3  # of a chunk: its first key frame, one in the middle, its last
# Mean difference of luma, of 255. Encodes at CRF 51 of noise stay below 4 at this size; pictures of
# another shot, green ones and grey ones are above 20.
MOST_DIFFERENCE = 10.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A key frame that is looked at: which one of the chunk, and which frame of the timeline."""

    key_frame: int
    frame: int

    @property
    def source_name(self) -> str:
        return f"spot-{self.frame}.gray"


def spots(timeline: Timeline, chunk: Chunk, rung: Rung) -> tuple[Spot, ...]:
    """Return the key frames of a rung to look at, in their order."""
    keys = _key_frames(timeline, chunk, rung)
    chosen = sorted({0, keys // 2, keys - 1})[:PLACES]
    step = timeline.fps / rung.fps
    return tuple(Spot(key, chunk.start_frame + int(key * rung.gop_frames * step)) for key in chosen)


def source_spots(
    treatment: Treatment, found: Sequence[Spot], limits: Limits, *, burn_in: bool = False
) -> tuple[Command, ...]:
    """Return the commands that write the source's frames, decoded by the processor."""
    return tuple(
        _source_spot(treatment, spot, limits, burn_in)
        for spot in {spot.frame: spot for spot in found}.values()
    )


def rung_spots(rung: Rung, limits: Limits) -> tuple[Command, Command]:
    """Return the commands that write all key frames of a rung's chunk, and list its packets."""
    opened = ("-protocol_whitelist", "file", "-i", f"file:{chunk_name(rung)}")
    small = f"scale={WIDTH}:{HEIGHT}:flags=area,format=gray"
    pictures = (
        *FFMPEG_PREAMBLE,
        *("-skip_frame", "nokey", *opened, "-map", "0:v:0", "-vf", small),
        *("-fps_mode", "passthrough", "-f", "rawvideo", f"file:{pictures_name(rung)}"),
    )
    packets = (
        *FFMPEG_PREAMBLE,
        *(*opened, "-map", "0:v:0", "-c", "copy", "-f", "framecrc", f"file:{packets_name(rung)}"),
    )
    return (
        Command(Tool.FFMPEG, pictures, f"look at {rung.name}", limits),
        Command(Tool.FFMPEG, packets, f"count the frames of {rung.name}", limits),
    )


def pictures_name(rung: Rung) -> str:
    """Return the name of the file with a chunk's key frames, 8-bit luma."""
    return f"{rung.name}.spots.gray"


def packets_name(rung: Rung) -> str:
    """Return the name of the file with a line for each packet of a chunk."""
    return f"{rung.name}.packets.txt"


def garbage(
    timeline: Timeline,
    chunk: Chunk,
    rung: Rung,
    packets: str,
    pictures: bytes,
    sources: dict[int, bytes],
    places: Sequence[Spot] | None = None,
) -> str | None:
    """Return what is wrong with an encoded chunk in words, None where nothing is.

    `sources` are the source's pictures by frame of the timeline; `places` are those to look at,
    None for all `spots`.
    """
    frames = frames_at(chunk.frames, timeline.fps, rung.fps)
    found = sum(1 for line in packets.splitlines() if line and not line.startswith("#"))
    if found != frames:
        return f"{rung.name} has {found} frames instead of {frames}"
    size = WIDTH * HEIGHT
    keys = _key_frames(timeline, chunk, rung)
    if len(pictures) != keys * size:
        return f"{rung.name} has {len(pictures) // size} key frames instead of {keys}"
    for spot in spots(timeline, chunk, rung) if places is None else places:
        picture = pictures[spot.key_frame * size : (spot.key_frame + 1) * size]
        difference = _difference(picture, sources[spot.frame])
        if difference > MOST_DIFFERENCE:
            return (
                f"frame {spot.frame} of {rung.name} is another picture than the source's: they"
                f" differ by {difference:.0f} of 255 on average"
            )
    return None


def _key_frames(timeline: Timeline, chunk: Chunk, rung: Rung) -> int:
    return -(-frames_at(chunk.frames, timeline.fps, rung.fps) // rung.gop_frames)


def _difference(one: bytes, other: bytes) -> float:
    if len(one) != len(other):
        return 255.0
    return fmean(abs(a - b) for a, b in zip(one, other, strict=True))


def _source_spot(treatment: Treatment, spot: Spot, limits: Limits, burn_in: bool) -> Command:
    pictures: Any = head(
        source_video(treatment),
        treatment,
        burn_in=BURN_IN_NAME if burn_in else None,
        start_frame=spot.frame,
    )
    pictures = pictures.filter("scale", WIDTH, HEIGHT, flags="area").filter("format", "gray")
    output = ffmpeg.output(
        pictures, f"file:{spot.source_name}", format="rawvideo", **{"frames:v": 1}
    )
    return Command(
        Tool.FFMPEG,
        (*FFMPEG_PREAMBLE, *compiled(output, treatment, start_frame=spot.frame)),
        f"look at frame {spot.frame} of the source",
        limits,
    )
