"""The VMAF of a few frames in a rendition, found by seeking in it and in the source."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.ladder import Rung, Treatment
from media.graphs.picture import SCALER, compiled, head, source_video
from media.graphs.scoring import MODELS

LOG_NAME = "window.json"


def score_window(
    rung: Rung, treatment: Treatment, rendition: str, first: int, count: int
) -> Command:
    """Return the command that scores frames `first` to `first + count - 1` into `LOG_NAME`.

    Frames count on the rendition's timeline; all are scored at the size of the ladder's largest.
    """
    step = (treatment.fps / rung.fps).numerator
    source = head(source_video(treatment), treatment, start_frame=first * step)
    if step != 1:
        source = source.filter("framestep", step=step)
    opened = ffmpeg.input(f"file:{rendition}", **_seek(first, rung.fps))["v:0"]
    scored = ffmpeg.filter(
        [_prepared(stream, treatment, rung, count) for stream in (opened, source)],
        "libvmaf",
        model=MODELS["vmaf_v0.6.1"],
        log_fmt="json",
        log_path=LOG_NAME,
    )
    output = ffmpeg.output(scored, "-", format="null", fps_mode="passthrough")
    return Command(
        tool=Tool.FFMPEG,
        args=(*FFMPEG_PREAMBLE, *compiled(output, treatment, start_frame=first * step)),
        label=f"score {rung.name} from frame {first}",
    )


def read_window(folder: Path) -> list[float]:
    """Return the VMAF of each frame that `score_window` scored."""
    log = json.loads((folder / LOG_NAME).read_text("utf-8"))
    return [float(frame["metrics"]["vmaf"]) for frame in log["frames"]]


def _prepared(stream: Any, treatment: Treatment, rung: Rung, count: int) -> Any:
    size = (treatment.picture_width, treatment.picture_height)
    stream = stream.filter("trim", end_frame=count).filter("scale", *size, flags=SCALER)
    stream = stream.filter("format", "yuv420p")
    return stream.filter("settb", f"{rung.fps.denominator}/{rung.fps.numerator}").filter(
        "setpts", "N"
    )


def _seek(frame: int, fps: Fraction) -> dict[str, str]:
    """Return options that make `frame` the first one: half a frame early, against rounding."""
    at_us = math.floor(max(Fraction(0), frame - Fraction(1, 2)) / fps * 1_000_000)
    return {"ss": f"{at_us // 1_000_000}.{at_us % 1_000_000:06}"}
