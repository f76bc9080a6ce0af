"""Planning: what the ladder would be, and every step behind it, without running any."""

from __future__ import annotations

from farm.facts import Analysis, Source
from farm.plan import StepPlan
from farm.planned import PlannedStep, PlannedTitle
from ladders.chunks import Cuts
from planning.first import first_steps
from planning.params import LadderParams
from planning.title import audio_rates, plan_title
from planning.work import analyze_work, ingest_work
from workers.programs.tools import find_tools
from workers.steps.contract import StepContext, StepKind
from workers.steps.decided import decided_ladder
from workers.steps.expected import Argv, ExpectedCommands
from workers.steps.result import StepResult, whole


def run(context: StepContext[LadderParams]) -> StepResult:
    """Return the `PlannedTitle`: what `ladder` would decide and add, with the argv of each step."""
    decided = decided_ladder(context)
    if isinstance(decided, StepResult):
        return decided
    source = context.facts("ingest", Source)
    media = source.media
    analysis = context.facts("analyze", Analysis)
    title = plan_title(
        context.spec,
        context.params.policy,
        context.params.codecs,
        media,
        analysis,
        cuts=context.facts("cut", Cuts),
        excerpt=source.excerpt,
        decided=decided,
        devices=context.devices(),
    )
    steps = (*first_steps(context.spec.model_copy(update={"plan": False})), *title.steps)
    known = {"ingest": ingest_work(media.size_bytes), "analyze": analyze_work(media)}
    commands = ExpectedCommands(media, context.settings, find_tools(context.settings), steps)
    planned = PlannedTitle(
        title.ladder,
        analysis.duration_s,
        audio_rates(title.steps),
        tuple(_step(step, known, commands.argvs(step)) for step in steps),
    )
    return whole(planned)


def _step(step: StepPlan, known: dict[str, float], argvs: tuple[Argv, ...]) -> PlannedStep:
    return PlannedStep(
        key=step.key,
        kind=step.kind,
        label=step.label or step.key,
        needs=tuple(sorted(step.needs)),
        resource=step.size.resource,
        cores=step.size.cores,
        memory_bytes=step.size.memory_bytes,
        work=known.get(step.key, step.work),
        commands=argvs,
    )


KIND = StepKind("plan", LadderParams, run, cacheable=False)
