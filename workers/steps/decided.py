"""The ladder of a title, for the steps that need it: decided, or the trials that come before."""

from __future__ import annotations

from farm.facts import Analysis, Source
from farm.ladder import Ladder
from farm.plan import StepPlan, step_of
from farm.trial_result import TrialResult
from planning.adaptive import decide_ladder
from planning.params import LadderParams
from workers.steps.contract import StepContext
from workers.steps.result import StepResult, run_again
from workers.steps.trial import parts_of


def decided_ladder(context: StepContext[LadderParams]) -> Ladder | StepResult | None:
    """Return the ladder, None for a title of sound alone, or what has to run before.

    Trials among the inputs are those of the rounds before this one.
    """
    media = context.facts("ingest", Source).media
    analysis = context.facts("analyze", Analysis)
    if media.picture is None or analysis.timeline is None or not context.params.policy.pictures:
        return None
    tried = [reference for reference in context.inputs if reference.startswith("trial:")]
    answer = decide_ladder(
        context.params.policy,
        context.params.codecs,
        media,
        analysis,
        [context.facts(reference, TrialResult) for reference in tried],
        rounds=len({step_of(reference).split(":")[1] for reference in tried}),
    )
    if isinstance(answer, Ladder):
        return answer
    return run_again(answer, (*context.inputs, *(ref for step in answer for ref in _made(step))))


def _made(step: StepPlan) -> list[str]:
    return [f"{step.key}#{part}" for part in parts_of(step.params)]
