"""Scoring a frame anywhere in renditions, without decoding all that lies before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool
from farm.ladder import Timeline, Treatment
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
from media.graphs.scoring import (
    NEIGHBOURS,
    HowScored,
    ScoredPictures,
    numbered,
    scored,
    scored_whole,
    untagged,
)

MIDDLE = range(1, 2, NEIGHBOURS)  # the sample among a frame and its neighbours


def amid_neighbours(frame: int, frames: int) -> range:
    """Return a frame and those beside it, without which its motion is not known."""
    return range(max(0, frame - 1), min(frames, frame + 2))


def read_as(frame: int, window: range) -> range:
    """Return the samples that the logs of `score_near` have of a frame and its neighbours."""
    return range(frame, frame + 1, NEIGHBOURS) if len(window) == NEIGHBOURS else window


def score_near(
    judged: Sequence[Judged],
    treatment: Treatment,
    timeline: Timeline,
    how: HowScored,
    *,
    burn_in: bool = False,
    limits: Limits | None = None,
) -> Command:
    """Return the command that scores the same frame of renditions, the middle one of `samples`.

    The renditions are alike but for their size; `samples` is what `amid_neighbours` returns. Logs
    are those of one sample. Of two frames, where the rendition begins or ends, both are scored,
    and the one in the middle of the title has a wrong score: its other neighbour is missing.
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
        of = ScoredPictures(each.place, rung.fps, look)
        if len(window) == NEIGHBOURS:
            outputs.append(nowhere(scored(kept, pair, MIDDLE, of, how)))
        else:
            outputs.append(nowhere(scored_whole(kept, pair, of, how)))
    merged = ffmpeg.merge_outputs(*outputs)
    options = ("-threads", DECODER_THREADS)
    fence = memory_bytes(treatment, *how.size, len(judged))
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
