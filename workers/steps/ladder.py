"""The ladder: which rungs the title gets, and every step that follows from it."""

from __future__ import annotations

from farm.facts import Analysis, Source
from farm.ladder import LadderPolicy
from farm.parts import Product
from farm.plan import WHOLE
from farm.serial import from_json, to_json
from ladders.chunks import Cuts
from planning.title import plan_title
from workers.steps.contract import StepContext, StepKind, StepResult


def run(context: StepContext) -> StepResult:
    """Decide the ladder and plan the rest of the job."""
    plan = plan_title(
        context.spec,
        from_json(LadderPolicy, context.params["policy"]),
        tuple(context.params["codecs"]),
        context.facts("ingest", Source).media,
        context.facts("analyze", Analysis),
        cuts=context.facts("cut", Cuts),
    )
    return StepResult({WHOLE: Product(to_json(plan.ladder))}, plan.steps)


KIND = StepKind("ladder", run, cacheable=False)
