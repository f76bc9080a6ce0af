"""`reelfarm plan` of a title whose ladder follows it: analysis and trials are run for it."""

from __future__ import annotations

from typing import Any

from cli.plan import media_document, size_document
from cli.run import brought_to_its_end, failure_of
from farm.access import LOCAL
from farm.facts import Source
from farm.settings import Settings
from farm.spec import JobSpec
from services.plans import Predicted, read_plan
from services.records import read_source
from storage.postgres.database import Database

SHOWN_OF_A_STEP = ("key", "kind", "needs", "commands")


def tried_plan_document(spec: JobSpec, settings: Settings) -> dict[str, Any]:
    """Return what `plan_document` does, from a plan job on the stack that `run` uses.

    A run of the same title finds its analysis and its trials done. Raises what the plan ended with.
    """

    def read(database: Database, plan_id: str) -> dict[str, Any]:
        plan = read_plan(database, LOCAL, plan_id, settings)
        if failure := failure_of(plan.record):
            raise failure
        source = read_source(database, LOCAL, plan_id)
        assert source is not None  # a plan that has not failed has looked at its source
        assert plan.predicted is not None
        return _document(plan.record, source, plan.predicted)

    return brought_to_its_end(spec.model_copy(update={"plan": True}), settings, read)


def _document(record: dict[str, Any], source: Source, predicted: Predicted) -> dict[str, Any]:
    return {
        "asset": record["asset"],
        "source": {"uri": record["source"]["uri"], **media_document(source.media)},
        "ladder": record["ladder"],
        "steps": [{name: step[name] for name in SHOWN_OF_A_STEP} for step in record["steps"]],
        "predicted": {
            "size_bytes": size_document(predicted.size),
            "cpu_s": round(predicted.cpu_s, 1),
        },
        "cost": record["cost"],
    }
