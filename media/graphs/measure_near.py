"""Scoring a frame anywhere in renditions, without decoding all that lies before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import ffmpeg

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
from media.graphs.picture import BURN_IN_NAME, compiled, copies, head, source_video
from media.graphs.scoring import HowScored, numbered, scored_whole, untagged


def amid_neighbours(frame: int, frames: int) -> range:
    """Return a frame and those beside it, without which its motion is not known."""
    return range(max(0, frame - 1), min(frames, frame + 2))


def score_near(
    judged: Sequence[Judged],
    treatment: Treatment,
    timeline: Timeline,
    *,
    size: tuple[int, int],
    model: VmafModel,
    burn_in: bool = False,
    limits: Limits | None = None,
) -> Command:
    """Return the command that scores the same frames in a row of renditions; logs count from 0.

    The renditions are alike but for their size. The first and the last frame in the logs are wrong
    where they are not the rendition's own: there the picture before or after is missing.
    """
    rung, window = judged[0].rung, judged[0].samples
    look = look_of(rung)
    first = window.start * int(timeline.fps / rung.fps)
    burnt = BURN_IN_NAME if burn_in else None
    source = source_video(treatment)
    shown = head(source, treatment, look, burn_in=burnt, start_frame=first)
    reference = as_reference(shown, rung.fps, timeline, len(window))
    branches = copies(reference, 2 * len(judged))
    # Half a frame before it: whatever rounding does, never behind it.
    seek = {"ss": _seconds((window.start - Fraction(1, 2)) / rung.fps)} if window.start else {}
    outputs = []
    for each in judged:
        file = opened(each.rung, rendition_name(each.place), **seek)
        kept = numbered(untagged(file.filter("trim", end_frame=len(window))), rung.fps)
        pair = branches.pop(), branches.pop()
        how = HowScored(each.place, rung.fps, look, size, model)
        outputs.append(nowhere(scored_whole(kept, pair, how)))
    merged = ffmpeg.merge_outputs(*outputs)
    options = ("-threads", DECODER_THREADS)
    fence = memory_bytes(treatment, *size, len(judged))
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *PROGRESS_ARGS,
            *("-filter_complex_threads", "1"),
            *compiled(merged, treatment, *options, start_frame=first),
        ),
        label=f"look closer at frame {window.start}",
        limits=replace(limits or Limits(), memory_bytes=fence),
        reports_progress=True,
    )


def _seconds(at: Fraction) -> str:
    return f"{float(at):.6f}"
