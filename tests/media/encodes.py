"""Titles encoded by the real steps, and what came out of them."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.facts import Source
from farm.ladder import Chunk, Ladder, Rung, Timeline, Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.mediainfo import MediaInfo
from farm.parts import Part
from farm.serial import to_json
from ladders.chunks import Cuts, find_cuts, make_chunks
from ladders.fit import fit_ladder
from planning.params import EncodeParams, StitchParams
from tests.conftest import MakeContext, stored
from workers.steps import encode, stitch

RunCommand = Callable[[Command, Path], Finished]

# Segments of a second, so that titles of seconds have several chunks.
POLICY = LadderPolicy(
    name="small",
    preset="veryfast",  # with B-frames, unlike ultrafast
    gop_s=0.5,
    segment_gops=2,
    rungs=(
        PolicyRung(width=160, height=90, max_bps=150_000, crf=32, half_rate=True),
        PolicyRung(width=320, height=180, max_bps=500_000, crf=28),
    ),
)


@dataclass(frozen=True)
class Media:
    """Makes sources and looks at files, with the real tools."""

    folder: Path
    run: RunCommand

    def make(self, name: str, *args: str) -> Path:
        """Return the file `name`, made by FFmpeg with `args`."""
        argv = (*FFMPEG_PREAMBLE, *args, f"file:{name}")
        self.run(Command(Tool.FFMPEG, argv, f"make {name}"), self.folder)
        return self.folder / name

    def probe(self, path: Path, *show: str) -> Any:
        """Return what ffprobe shows of the first video stream."""
        args = ("-v", "error", "-select_streams", "v:0", *show, "-of", "json", f"file:{path}")
        return json.loads(self.run(Command(Tool.FFPROBE, args, "probe"), self.folder).stdout)

    def stream(self, path: Path) -> dict[str, Any]:
        streams: list[dict[str, Any]] = self.probe(path, "-show_streams")["streams"]
        return streams[0]

    def packets(self, path: Path) -> list[tuple[Fraction, bool]]:
        """Return PTS in seconds and whether it is a key frame, of every packet by PTS."""
        tick = Fraction(self.stream(path)["time_base"])
        shown = self.probe(path, "-show_entries", "packet=pts,flags")["packets"]
        return sorted((p["pts"] * tick, "K" in p["flags"]) for p in shown)

    def luma(self, path: Path) -> list[bytes]:
        """Return the luma of every frame."""
        args = (*FFMPEG_PREAMBLE, "-i", f"file:{path}", "-vf", "extractplanes=y")
        output = ("-f", "rawvideo", "-fps_mode", "passthrough", "file:luma.gray")
        self.run(Command(Tool.FFMPEG, (*args, *output), "luma"), self.folder)
        stream = self.stream(path)
        size = stream["width"] * stream["height"]
        data = (self.folder / "luma.gray").read_bytes()
        return [data[at : at + size] for at in range(0, len(data), size)]

    def decoded(self, path: Path) -> int:
        """Return how many pictures FFmpeg decodes, by a decoder of every codec; errors raise."""
        return len(self.small_luma(path))

    def said(self, path: Path, *options: str) -> str:
        """Return what FFmpeg says of every picture that it decodes."""
        filters = ("-vf", "showinfo", "-f", "null", "-")
        args = ("-hide_banner", "-nostdin", *options, "-i", f"file:{path}", *filters)
        return self.run(Command(Tool.FFMPEG, args, "look"), self.folder).stderr

    def small_luma(self, path: Path) -> list[float]:
        """Return the mean luma of every picture, in 8 bits."""
        args = (*FFMPEG_PREAMBLE, "-xerror", "-i", f"file:{path}", "-map", "0:v:0")
        shrunk = ("-vf", "extractplanes=y,scale=1:1:flags=area,format=gray16le")
        output = ("-f", "rawvideo", "-fps_mode", "passthrough", "file:luma.gray")
        self.run(Command(Tool.FFMPEG, (*args, *shrunk, *output), "luma"), self.folder)
        data = array("H", (self.folder / "luma.gray").read_bytes())
        return [value / 256 for value in data]


def pattern(fps: Fraction | int, duration_s: float, size: str = "320x180") -> tuple[str, ...]:
    """Return the input of a moving test picture with a frame counter."""
    return ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={fps}:duration={duration_s}")


def x264(gop: int = 250) -> tuple[str, ...]:
    return ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", str(gop))


def ingested(source: Path) -> Part:
    """Return the part that ingest leaves for a source, as far as encoding looks at it."""
    facts = source.stat()
    found = {"path": str(source), "size_bytes": facts.st_size, "mtime_ns": facts.st_mtime_ns}
    unseen = MediaInfo("", facts.st_size, Fraction(0), Fraction(0), (), (), (), ())
    return Part(to_json(Source("0" * 64, unseen)), {}, found)


@dataclass(frozen=True)
class Encoded:
    """A title's ladder and its finished renditions by rung."""

    ladder: Ladder
    chunks: tuple[Chunk, ...]
    files: dict[str, Path]
    parts: dict[str, Part]  # the chunks of each, as the encode step left them


def encode_title(
    step_context: MakeContext,
    source: Path,
    treatment: Treatment,
    frames: int,
    *,
    slots: int = 1,
    cuts: Cuts | None = None,
    policy: LadderPolicy = POLICY,
    burn_in: Part | None = None,
    cores: Callable[[Chunk], int] = lambda _: 1,
    part: Part | None = None,
) -> Encoded:
    """Return the title as the encode and stitch steps make it, cut at `cuts` or for `slots`.

    `part` is what ingest left for the source; by default as much of it as most sources need.
    """
    timeline = Timeline(treatment.fps, frames)
    ladder = fit_ladder(policy, treatment)
    segment_frames = (ladder.segment_s * treatment.fps).numerator
    cuts = cuts or find_cuts(timeline, segment_frames, slots)
    chunks = make_chunks(timeline, segment_frames, cuts)
    text = {"text:text-en": burn_in} if burn_in else {}
    made: dict[str, Part] = {}
    for chunk in chunks:
        params = encode_params(treatment, timeline, chunk, ladder, burn_in=burn_in is not None)
        context = step_context(
            params=params,
            inputs={"ingest": part or ingested(source), **text},
            wanted=[rung.name for rung in ladder.rungs],
            source=source,
        )
        context = replace(context, cores=cores(chunk))
        for name, product in encode.run(context).products.items():
            made[f"encode:{chunk.index}#{name}"] = stored(product)
    files = {
        rung.name: _stitched(step_context, rung, timeline, chunks, made) for rung in ladder.rungs
    }
    return Encoded(ladder, chunks, files, made)


def encode_params(
    treatment: Treatment, timeline: Timeline, chunk: Chunk, ladder: Ladder, *, burn_in: bool = False
) -> EncodeParams:
    return EncodeParams(treatment, timeline, chunk, ladder.rungs, burn_in)


def _stitched(
    step_context: MakeContext,
    rung: Rung,
    timeline: Timeline,
    chunks: tuple[Chunk, ...],
    made: dict[str, Part],
) -> Path:
    inputs = {ref: part for ref, part in made.items() if ref.endswith(f"#{rung.name}")}
    params = StitchParams(rung, timeline, chunks)
    product = stitch.run(step_context(params=params, inputs=inputs)).products[""]
    return product.files["video.mp4"]
