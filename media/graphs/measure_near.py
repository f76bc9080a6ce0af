"""Scoring a few frames in a row anywhere in a rendition, without decoding what lies before them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool
from farm.ladder import Timeline, Treatment
from farm.spec import VmafModel
from media.graphs.look import look_of
from media.graphs.measure import (
    DECODER_THREADS,
    Judged,
    as_reference,
    memory_bytes,
    nowhere,
    opened,
    rendition_name,
)
from media.graphs.picture import BURN_IN_NAME, compiled, head, source_video
from media.graphs.scoring import numbered, scored_whole, ssim_name, untagged, vmaf_name

AROUND = 1  # frames to either side of one that is looked at: the worst may be beside it


def window_around(frame: int, frames: int) -> range:
    """Return the frames that are scored when one of `frames` is looked at."""
    return range(max(0, frame - AROUND), min(frames, frame + AROUND + 1))


def with_borders(window: range, frames: int) -> range:
    """Return a window with the frames beside it, without which motion at its ends is not known."""
    return range(max(0, window.start - 1), min(frames, window.stop + 1))


def score_near(
    judged: Judged,
    treatment: Treatment,
    timeline: Timeline,
    *,
    size: tuple[int, int],
    model: VmafModel,
    burn_in: bool = False,
    limits: Limits | None = None,
) -> Command:
    """Return the command that scores `judged.samples`, frames in a row; their logs count from 0.

    The first and the last in the logs are wrong where they are not the rendition's own: there the
    picture before or after is missing.
    """
    rung, window = judged.rung, judged.samples
    look, step = look_of(rung), int(timeline.fps / rung.fps)
    first = window.start * step
    burnt = BURN_IN_NAME if burn_in else None
    source = source_video(treatment)
    shown = head(source, treatment, look, burn_in=burnt, start_frame=first)
    reference = as_reference(shown, rung.fps, timeline, len(window))
    # Half a frame before it: whatever rounding does, never behind it.
    seek = {"ss": _seconds((window.start - Fraction(1, 2)) / rung.fps)} if window.start else {}
    file = opened(rung, rendition_name(judged.place), **seek)
    rendition = numbered(untagged(file.filter("trim", end_frame=len(window))), rung.fps)
    again = reference.split()
    names = vmaf_name(judged.place), ssim_name(judged.place)
    pair = again[0], again[1]
    scored = scored_whole(rendition, pair, window, rung.fps, look, size, model, names)
    options = ("-threads", DECODER_THREADS)
    limits = limits or Limits()
    fence = memory_bytes(treatment, *size)
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *PROGRESS_ARGS,
            *("-filter_complex_threads", "1"),
            *compiled(nowhere(scored), treatment, *options, start_frame=first),
        ),
        label=f"look closer at {rung.name} from frame {window.start}",
        limits=replace(limits, memory_bytes=fence),
        reports_progress=True,
    )


def _seconds(at: Fraction) -> str:
    return f"{float(at):.6f}"
