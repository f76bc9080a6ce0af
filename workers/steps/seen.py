"""Looking at a title as delivered: whether its pictures have the shape they have in the source."""

from __future__ import annotations

from farm.command import Command
from media.graphs.geometry import Glance, glances, take_glances
from planning.params import VerifyParams
from qc.geometry import Seen, see
from workers.steps.contract import StepContext
from workers.steps.facts import Facts

RENDITION_NAME = "top.mp4"


def seeing_commands(facts: Facts, params: VerifyParams) -> tuple[Command, ...]:
    """Return what takes pictures of the source and of the top rung."""
    if params.treatment is None:
        return ()
    top = params.ladder.rungs[-1]
    return take_glances(_glances(params), params.treatment, top, RENDITION_NAME, facts.limits)


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


def _glances(params: VerifyParams) -> tuple[Glance, ...]:
    assert params.treatment is not None
    assert params.timeline is not None  # where there are pictures
    return glances(params.treatment, params.timeline, params.ladder.rungs[-1])
