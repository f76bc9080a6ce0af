"""A sample of a joined rendition, scored against the source: did it come out as was foretold?

Where it did not, its chunks are encoded once more with the CRF that makes up for it, and joined
anew; that is not looked at again, since `measure` scores it anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from farm.command import Command
from farm.devices import CPU_NAME
from farm.facts import EncodedVideo
from farm.spec import VmafModel
from farm.trials import Missed
from ladders.gop import frames_at
from ladders.per_title.correction import find_miss
from media.graphs.measure import Judged, rendition_name, score
from media.graphs.picture import picture_size
from media.graphs.scoring import HowScored
from media.graphs.stitch import JOINED_NAME
from planning.params import StitchParams
from planning.remakes import corrected
from planning.sizes import sample_stride
from qc.sampling.passes import every
from qc.scores import mean
from workers.steps.burn_in import bring_burn_in, only_text_input
from workers.steps.contract import StepContext
from workers.steps.facts import Facts
from workers.steps.result import StepResult, run_again
from workers.steps.score_logs import read_scores

MODEL: VmafModel = "vmaf_v0.6.1"  # that trials foretold by


def sampling(facts: Facts, params: StitchParams) -> tuple[Command, ...]:
    """Return the pass that scores a sample; none where nothing was foretold."""
    if params.foretold is None or params.treatment is None:
        return ()
    command = score(
        [Judged(0, params.rung, _samples(params))],
        params.treatment,
        params.timeline,
        HowScored(picture_size(params.treatment), MODEL),
        burn_in=bool(params.text_inputs),
        watch=False,
        limits=facts.limits,
    )
    return (replace(command, label=f"look at {params.rung.name}"),)


def look(context: StepContext[StitchParams], planned: Sequence[Command]) -> Missed | None:
    """Score the joined rendition, and return by how much it missed what was foretold, if it did."""
    params = context.params
    if params.foretold is None or params.treatment is None:
        return None
    context.link_source()
    if params.text_inputs:
        bring_burn_in(context, only_text_input(context), params.treatment)
    joined = context.scratch / JOINED_NAME
    (context.scratch / rendition_name(0)).hardlink_to(joined)
    for command in planned:
        context.run(command)
    frames = frames_at(params.timeline.frames, params.timeline.fps, params.rung.fps)
    bps = 8 * joined.stat().st_size * float(params.rung.fps) / frames
    return find_miss(params.rung, params.foretold, _mean_vmaf(context), bps)


def encoded_anew(
    params: StitchParams, missed: Missed, encoded: Iterable[EncodedVideo], others: Iterable[str]
) -> StepResult:
    """Return the result that has a rendition encoded at its corrected CRF, and this step after.

    `encoded` are its chunks as they were, `others` the step's inputs beside them.
    """
    on_device = all(video.device != CPU_NAME for video in encoded)
    steps = corrected(params, missed, on_device=on_device)
    made = (f"{step.key}#{params.rung.name}" for step in steps)
    return run_again(steps, (*others, *made))


def _mean_vmaf(context: StepContext[StitchParams]) -> float:
    params = context.params
    scores = read_scores(
        context.scratch,
        0,
        _samples(params),
        params.rung.fps,
        step=f"stitch {params.rung.name}",
    )
    return mean([score.vmaf for score in scores.values()])


def _samples(params: StitchParams) -> range:
    frames = frames_at(params.timeline.frames, params.timeline.fps, params.rung.fps)
    return every(sample_stride(params), frames)
