"""The ladder: which rungs the title gets, and every step that follows from it."""

from __future__ import annotations

from farm.facts import Analysis, Source
from farm.parts import Product
from farm.plan import WHOLE
from farm.serial import to_json
from ladders.chunks import Cuts
from planning.params import LadderParams
from planning.title import plan_title
from workers.steps.contract import StepContext, StepKind
from workers.steps.decided import decided_ladder
from workers.steps.result import StepResult


def run(context: StepContext[LadderParams]) -> StepResult:
    """Decide the ladder, after as many rounds of trials as it takes, and plan the rest."""
    decided = decided_ladder(context)
    if isinstance(decided, StepResult):
        return decided
    source = context.facts("ingest", Source)
    plan = plan_title(
        context.spec,
        context.params.policy,
        context.params.codecs,
        source.media,
        context.facts("analyze", Analysis),
        cuts=context.facts("cut", Cuts),
        excerpt=source.excerpt,
        decided=decided,
        devices=context.devices(),
    )
    return StepResult({WHOLE: Product(to_json(plan.ladder))}, plan.steps)


KIND = StepKind("ladder", LadderParams, run, cacheable=False)
