"""What a title shows of a source: made by the real first steps and encoder, then decoded.

Pictures made by `numbered` carry their number, so that each frame of a title tells which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from PIL import Image

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.facts import Analysis
from farm.ladder import Ladder, Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.mediainfo import MediaInfo
from farm.parts import Part
from farm.serial import from_json
from ladders.chunks import Cuts
from ladders.fit import fit_ladder
from ladders.gop import frames_at
from planning.params import AnalyzeParams
from planning.treatment import make_treatment
from tests.conftest import MakeContext
from tests.media.encodes import encode_title
from tests.media.source_steps import ingested, source_of, spec_of
from workers.steps import analyze

Run = Callable[[Command, Path], Finished]
Colour = tuple[int, int, int]
WIDTH, HEIGHT = 256, 144
SIZE = f"{WIDTH}x{HEIGHT}"
BITS = 8
# So good that numbers, edges and colours are what they were.
SHARP = LadderPolicy(
    name="sharp",
    preset="ultrafast",
    gop_s=0.5,
    segment_gops=2,
    rungs=(PolicyRung(width=WIDTH, height=HEIGHT, max_bps=8_000_000, crf=8),),
)
WHITE = 200  # luma of what is meant to be white, at least


@dataclass(frozen=True)
class Shown:
    """A title, and the frames of its best rung as they are seen."""

    media: MediaInfo
    analysis: Analysis
    treatment: Treatment
    ladder: Ladder
    frames: Sequence[Image.Image]
    files: dict[str, Path]

    @property
    def numbers(self) -> list[int]:
        """Return the number that each frame's picture carries."""
        return [number(frame) for frame in self.frames]


def shown(
    make: MakeContext,
    run: Run,
    path: Path,
    *,
    deinterlace: Literal["frame", "field"] = "frame",
    policy: LadderPolicy = SHARP,
    cuts: Cuts | None = None,
) -> Shown:
    """Return what becomes of a source."""
    part = ingested(make, path)
    media, analysis = source_of(part).media, analysed(make, path, part, deinterlace)
    assert media.picture is not None
    assert analysis.timeline is not None
    treatment = make_treatment(media.picture, media, analysis)
    ladder = fit_ladder(policy, treatment)
    frames = analysis.timeline.frames
    title = encode_title(make, path, treatment, frames, policy=policy, cuts=cuts, part=part)
    top = ladder.rungs[-1]
    decoded = pictures(run, title.files[top.name], (top.width, top.height))
    assert len(decoded) == frames_at(frames, treatment.fps, top.fps)
    return Shown(media, analysis, treatment, ladder, decoded, title.files)


def analysed(
    make: MakeContext, path: Path, part: Part, deinterlace: Literal["frame", "field"] = "frame"
) -> Analysis:
    params = AnalyzeParams(allow_partial=False, deinterlace=deinterlace)
    context = make(spec=spec_of(path), params=params, inputs={"ingest": part})
    return from_json(Analysis, analyze.run(context).products[""].facts)


def pictures(run: Run, path: Path, size: tuple[int, int]) -> list[Image.Image]:
    """Return every frame of a file of pictures of this size."""
    raw = ("-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", "frames.rgb")
    flags = ("-sws_flags", "bicubic+accurate_rnd+full_chroma_int")
    run(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, "-i", path.name, *flags, *raw), "see"), path.parent)
    data, length = (path.parent / "frames.rgb").read_bytes(), 3 * size[0] * size[1]
    return [
        Image.frombytes("RGB", size, data[at : at + length]) for at in range(0, len(data), length)
    ]


def numbered(rate: Fraction | int | str, count: int, size: str = SIZE) -> str:
    """Return a graph of numbered pictures: above eight boxes, of bits, below a bar that moves."""
    boxes = ",".join(
        f"drawbox=x={bit}*iw/{BITS}:y=0:w=iw/{BITS}:h=ih/2:c=white:t=fill"
        f":enable='gte(mod(n,{2 << bit}),{1 << bit})'"
        for bit in range(BITS)
    )
    width, height = (int(side) for side in size.split("x"))
    bar = f"color=white:size={width // 10}x{height // 2}:rate={rate}"
    moved = f"overlay=x='mod(n*5,W-w)':y={height // 2}"
    ground = f"color=0x202020:size={size}:rate={rate}"
    return f"{ground},{boxes}[g];{bar}[b];[g][b]{moved},trim=end_frame={count}"


def number(frame: Image.Image) -> int:
    """Return the number of a picture of `numbered`; -1 where two pictures are mixed in it."""
    luma = frame.convert("L")
    found = 0
    for bit in range(BITS):
        x = (2 * bit + 1) * frame.width // (2 * BITS)
        column = [luma.getpixel((x, y)) for y in range(4, frame.height // 2 - 4)]
        lit = sum(isinstance(value, int) and value > 128 for value in column)
        if lit not in (0, len(column)):
            return -1
        found |= (lit > 0) << bit
    return found


def disc(size: str, frames: int, rate: int = 25, stored: str = "") -> str:
    """Return a graph of a white disc on grey, white all over for three frames of each second.

    It is as wide as half the height. `stored` names the size and the shape of pixels to store it
    in: "180:144,setsar=16/15".
    """
    radius = "lte(hypot(X-W/2,Y-H/2),H/4)"
    graph = (
        f"color=gray:size={size}:rate={rate}:duration={1 / rate},format=yuv420p"
        f",geq=lum='if({radius},235,80)':cb=128:cr=128"
    )
    graph += f",scale={stored}" if stored else ""
    graph += f",loop=loop=-1:size=1,setpts=N/{rate}/TB,trim=end_frame={frames}"
    return f"{graph},drawbox=c=white:t=fill:enable='lt(mod(n,{rate}),3)'"


def flashes(frames: Sequence[Image.Image]) -> list[int]:
    """Return which frames are white in their middle and near it."""
    return [
        n
        for n, frame in enumerate(frames)
        if min(seen(frame, x, 0.2)[1] for x in (0.4, 0.5, 0.6)) > WHITE
    ]


def disc_box(frame: Image.Image) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what is white."""
    box = frame.convert("L").point(lambda value: 255 * (value > WHITE - 40)).getbbox()
    assert box is not None
    return box


def seen(frame: Image.Image, x: float, y: float) -> Colour:
    """Return the colour at a place, given as shares of width and height."""
    pixel = frame.getpixel((int(x * frame.width), int(y * frame.height)))
    assert isinstance(pixel, tuple)
    return pixel[0], pixel[1], pixel[2]
