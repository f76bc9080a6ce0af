"""A worker process whose steps only wait: `noop` does nothing, `sleep` takes its time."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from farm.settings import load_settings
from workers.engine.main import serve
from workers.steps.contract import StepContext, StepKind
from workers.steps.registry import register
from workers.steps.result import StepResult, whole


@dataclass(frozen=True, slots=True)
class NoParams:
    """Of `noop`."""


@dataclass(frozen=True, slots=True)
class SleepParams:
    """Of `sleep`."""

    s: float


def do_nothing(context: StepContext[NoParams]) -> StepResult:
    """Make a part that says which step it is of."""
    return whole({"key": context.key})


def sleep(context: StepContext[SleepParams]) -> StepResult:
    """Take the seconds asked for."""
    time.sleep(context.params.s)
    return whole({"key": context.key})


def main() -> None:
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Not cacheable: a no-op that is known already would not even be a no-op.
    register(StepKind("noop", NoParams, do_nothing, cacheable=False))
    register(StepKind("sleep", SleepParams, sleep, cacheable=False))
    serve(load_settings())


if __name__ == "__main__":
    main()
