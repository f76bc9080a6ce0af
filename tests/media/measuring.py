"""Renditions of a small source, some of them with faults, and the step that measures them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.facts import EncodedVideo
from farm.ladder import Rung, Timeline, Treatment
from farm.parts import Product
from farm.scores import Scores
from farm.serial import from_json, to_json
from ladders.gop import frames_at
from planning.params import MeasureParams
from qc.foretold import CURVE_NAME, curve_from_parquet
from qc.frames import FRAMES_NAME, ScoredFrames, from_parquet
from qc.sampling.curve import ScoreCurve
from tests.conftest import MakeContext, stored
from tests.media.encodes import ingested
from workers.steps.measure import KIND

FPS = Fraction(24000, 1001)
FRAMES = 48
TIMELINE = Timeline(FPS, FRAMES)
WIDTH, HEIGHT = 320, 180
TREATMENT = Treatment(
    stream_index=0,
    fps=FPS,
    deinterlace=False,
    tone_map=False,
    display_width=WIDTH,
    display_height=HEIGHT,
)
RunCommand = Callable[[Command, Path], Finished]


@dataclass(frozen=True)
class Clips:
    """Makes renditions of one source."""

    folder: Path
    run: RunCommand

    @property
    def source(self) -> Path:
        return self.folder / "source.mkv"

    def make_source(self) -> None:
        picture = f"testsrc2=size={WIDTH}x{HEIGHT}:rate={FPS},scroll=horizontal=0.02"
        self._ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "ffv1", name=self.source.name)

    def rendition(
        self,
        name: str,
        *,
        filters: Iterable[str] = ("null",),
        crf: int = 18,
        frames: int = FRAMES,
    ) -> Path:
        self._ffmpeg(
            *("-i", f"file:{self.source.name}", "-vf", ",".join(filters)),
            *("-c:v", "libx264", "-preset", "ultrafast", "-crf", str(crf)),
            *("-fps_mode", "passthrough", "-frames:v", str(frames)),
            name=name,
        )
        return self.folder / name

    def _ffmpeg(self, *args: str, name: str) -> None:
        length = () if "-frames:v" in args else ("-frames:v", str(FRAMES))
        output = (*length, "-pix_fmt", "yuv420p", f"file:{name}")
        self.run(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args, *output), name), self.folder)


@dataclass(frozen=True)
class Measure:
    """Runs the step on renditions of a source; `curves` are those of its last run, in order."""

    make_context: MakeContext
    source: Path
    curves: list[ScoreCurve] = field(default_factory=list)

    def __call__(self, rendition: Path, **asked: Any) -> tuple[Scores, ScoredFrames]:
        [found] = self.together(rendition, **asked)
        return found

    def together(
        self,
        *renditions: Path,
        fps: Fraction = FPS,
        size: tuple[int, int] = (WIDTH, HEIGHT),
        timeline: Timeline = TIMELINE,
        frames: int | None = None,
        **params: Any,
    ) -> list[tuple[Scores, ScoredFrames]]:
        """Return what the step says of each rendition; `params` are those of the step."""
        names = [f"rung-{number}" for number, _ in enumerate(renditions)]
        frames = frames or frames_at(timeline.frames, FPS, fps)
        made = {name: EncodedVideo(name, "h264", *size, fps, frames, "cpu") for name in names}
        context = self.make_context(
            params=MeasureParams(
                TREATMENT,
                timeline,
                *size,
                rungs=tuple(replace(a_rung(fps), name=name) for name in names),
                gated=tuple(names),
                **params,
            ),
            inputs={
                "ingest": ingested(self.source),
                **{
                    f"stitch:{name}": stored(Product(to_json(made[name]), {"video.mp4": file}))
                    for name, file in zip(names, renditions, strict=True)
                },
            },
            wanted=names,
            source=self.source,
        )
        products = KIND.run(context).products
        files = [products[name].files for name in names]
        estimated = [CURVE_NAME] if products[names[0]].facts["bounds"] else []
        assert [list(each) for each in files] == [[FRAMES_NAME, *estimated]] * len(names)
        self.curves[:] = [
            curve_from_parquet(each[CURVE_NAME].read_bytes()) for each in files if estimated
        ]
        return [
            (
                from_json(Scores, products[name].facts),
                from_parquet(products[name].files[FRAMES_NAME].read_bytes()),
            )
            for name in names
        ]


def a_rung(fps: Fraction = FPS) -> Rung:
    return Rung(
        name="rung",
        codec="h264",
        width=WIDTH,
        height=HEIGHT,
        fps=fps,
        gop_frames=48,
        preset="ultrafast",
        crf=23,
        max_bps=1_000_000,
        buffer_bits=2_000_000,
        reason="",
    )
