"""Looking at a title as delivered: whether pictures keep shape and colours, and show no fields."""

from __future__ import annotations

from farm.command import Command
from farm.found import Span
from media.graphs.combing import look_for_combs, read_combs
from media.graphs.geometry import Glance, glances, take_glances
from media.graphs.tints import tells_tint, tint_matrix
from planning.params import VerifyParams
from qc.geometry import Seen, see
from qc.tints import Tint, see_tint
from workers.steps.contract import StepContext
from workers.steps.facts import Facts

RENDITION_NAME = "top.mp4"
MAX_OTHER_ASPECT = 0.02  # sizes are even numbers


def seeing_commands(facts: Facts, params: VerifyParams) -> tuple[Command, ...]:
    """Return what takes pictures of the source and of the top rung."""
    if params.treatment is None:
        return ()
    top = params.ladder.rungs[-1]
    return (
        *take_glances(_glances(params), params.treatment, top, RENDITION_NAME, facts.limits),
        look_for_combs(params.duration_s, top.fps, RENDITION_NAME, facts.limits),
    )


def bring_seen(context: StepContext[VerifyParams]) -> None:
    """Bring what `seeing_commands` look at."""
    if context.params.treatment is not None:
        context.link_source()
        context.bring(f"stitch:{context.params.ladder.rungs[-1].name}", "video.mp4", RENDITION_NAME)


def seen(context: StepContext[VerifyParams]) -> tuple[Seen, ...]:
    """Return what was seen, once the commands have run."""
    params, folder = context.params, context.scratch
    if params.treatment is None:
        return ()
    top = params.ladder.rungs[-1]
    return tuple(
        see(
            float(glance.frame / top.fps),
            glance.shape.width / glance.shape.height,
            top.width / top.height,
            (folder / glance.source_name).read_bytes(),
            (folder / glance.rendition_name).read_bytes(),
        )
        for glance in _glances(params)
    )


def tints_seen(context: StepContext[VerifyParams]) -> tuple[Tint, ...]:
    """Return what colours tell where a picture fills the frame, once the commands have run."""
    params, folder = context.params, context.scratch
    if params.treatment is None or not tells_tint(params.treatment, params.ladder.rungs[-1]):
        return ()
    top = params.ladder.rungs[-1]
    tints = (
        see_tint(
            float(glance.frame / top.fps),
            (folder / glance.source_tint_name).read_bytes(),
            (folder / glance.rendition_tint_name).read_bytes(),
            tint_matrix(params.treatment),
        )
        for glance in _glances(params)
        if _fills(glance.shape.width / glance.shape.height, top.width / top.height)
    )
    return tuple(tint for tint in tints if tint is not None)


def _fills(aspect: float, frame_aspect: float) -> bool:
    return abs(aspect / frame_aspect - 1) < MAX_OTHER_ASPECT


def combs_seen(context: StepContext[VerifyParams]) -> tuple[Span, ...] | None:
    """Return where the best rung shows two fields at once; None where there are no pictures."""
    if context.params.treatment is None:
        return None
    return read_combs(context.scratch, context.params.duration_s)


def _glances(params: VerifyParams) -> tuple[Glance, ...]:
    assert params.treatment is not None
    assert params.timeline is not None  # where there are pictures
    return glances(params.treatment, params.timeline, params.ladder.rungs[-1])
