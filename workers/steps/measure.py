"""Measuring: one rendition against the source, frame by frame."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from farm.command import Command, Tool
from farm.errors import ConformanceFailed, ToolFailed
from farm.facts import EncodedVideo, Scores
from farm.ladder import Rung, Timeline
from ladders.gop import frames_at
from media.graphs.measure import (
    ALIGNMENT_LOGS,
    ALIGNMENT_STRIDE,
    MODEL,
    RENDITION_NAME,
    SSIM_LOG,
    VMAF_LOG,
    memory_bytes,
    score,
)
from planning.params import MeasureParams
from qc.alignment import Alignment, judge, read_errors
from qc.frames import FRAMES_NAME, ScoredFrames, to_parquet
from qc.scores import UnreadableScores, read_scores
from workers.steps.burn_in import bring_burn_in, draws_text, only_text_input
from workers.steps.contract import StepContext, StepKind, StepResult, whole
from workers.steps.facts import Facts


def commands(facts: Facts, params: MeasureParams) -> tuple[Command, ...]:
    """Return the one pass that scores."""
    fence = memory_bytes(params.treatment, params.width, params.height)
    command = score(
        params.rung,
        params.treatment,
        params.timeline,
        width=params.width,
        height=params.height,
        subsample=params.subsample,
        burn_in=params.burn_in,
        limits=replace(facts.limits, memory_bytes=fence),
    )
    return (command,)


def run(context: StepContext[MeasureParams]) -> StepResult:
    """Return the scores of a rendition; raise ConformanceFailed where it is not the source's."""
    params = context.params
    rung = params.rung
    frames = _frames(context, rung, params.timeline)
    context.link_source()
    context.bring(f"stitch:{rung.name}", "video.mp4", RENDITION_NAME)
    if params.burn_in:
        bring_burn_in(context, only_text_input(context), params.treatment)
    (compare,) = context.progress.expect(commands(context.beforehand, params))
    finished = context.run(compare)
    alignment = _alignment(context, rung)
    size = (params.width, params.height)
    scores, scored = _scores(context, rung, frames, size, params.subsample)
    kept = context.scratch / FRAMES_NAME
    kept.write_bytes(to_parquet(scored))
    return whole(
        scores,
        {FRAMES_NAME: kept},
        evidence={
            "cpu_s": finished.cpu_s,
            "peak_rss_bytes": finished.peak_rss_bytes,
            "alignment_windows": alignment.windows,
        },
    )


def _frames(context: StepContext[MeasureParams], rung: Rung, timeline: Timeline) -> int:
    """Return how many frames the rendition has, having made sure that they are the timeline's."""
    encoded = context.facts(f"stitch:{rung.name}", EncodedVideo).frames
    frames = frames_at(timeline.frames, timeline.fps, rung.fps)
    if encoded != frames:
        raise ConformanceFailed(
            f"{rung.name} has {encoded} frames where the title has {frames}: encode it again",
            rung=rung.name,
            frames=encoded,
            expected=frames,
        )
    return frames


def _alignment(context: StepContext[MeasureParams], rung: Rung) -> Alignment:
    """Return how the rendition lies against the source; raise where it is shifted."""
    errors = {}
    for offset, name in ALIGNMENT_LOGS.items():
        with (context.scratch / name).open(encoding="ascii") as log:
            errors[offset] = read_errors(log)
    found = judge(errors)
    if found.offset == 0:
        return found
    frame = (found.first_sample or 0) * ALIGNMENT_STRIDE
    at_s = float(Fraction(frame) / rung.fps)
    raise ConformanceFailed(
        f"{rung.name} shows the source's pictures {_shift(found.offset)} from about {at_s:.1f} s"
        f" on ({found.accusing} of {found.windows} stretches with motion agree): encode it again",
        rung=rung.name,
        offset_frames=found.offset,
        from_s=at_s,
        windows=found.windows,
        accusing_windows=found.accusing,
    )


def _shift(offset: int) -> str:
    return "one frame early" if offset > 0 else "one frame late"


def _scores(
    context: StepContext[MeasureParams],
    rung: Rung,
    frames: int,
    size: tuple[int, int],
    subsample: int,
) -> tuple[Scores, ScoredFrames]:
    vmaf_log = (context.scratch / VMAF_LOG).read_text("utf-8")
    with (context.scratch / SSIM_LOG).open(encoding="ascii") as ssim_log:
        try:
            return read_scores(
                vmaf_log,
                ssim_log,
                rung=rung.name,
                size=size,
                fps=rung.fps,
                frames=frames,
                subsample=subsample,
                model=MODEL,
            )
        except UnreadableScores as error:
            raise ToolFailed(f"measure: {error}") from error


KIND = StepKind(
    "measure",
    MeasureParams,
    run,
    commands,
    revision=3,
    tools=(Tool.FFMPEG,),
    draws_text=draws_text,
)
