"""A worker process whose steps only wait: `noop` does nothing, `sleep` takes `params["s"]`."""

from __future__ import annotations

import logging
import time

from farm.settings import load_settings
from workers.engine.main import serve
from workers.steps.contract import StepContext, StepKind, StepResult, whole
from workers.steps.registry import register


def do_nothing(context: StepContext) -> StepResult:
    """Make a part that says which step it is of."""
    return whole({"key": context.key})


def sleep(context: StepContext) -> StepResult:
    """Take the seconds asked for."""
    time.sleep(context.params["s"])
    return whole({"key": context.key})


def main() -> None:
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Not cacheable: a no-op that is known already would not even be a no-op.
    register(StepKind("noop", do_nothing, cacheable=False))
    register(StepKind("sleep", sleep, cacheable=False))
    serve(load_settings())


if __name__ == "__main__":
    main()
