"""The kinds of steps there are, each imported when a worker first needs it."""

from __future__ import annotations

from importlib import import_module

from workers.steps.contract import StepKind

KINDS = (
    "ingest",
    "analyze",
    "ladder",
    "encode",
    "stitch",
    "audio",
    "text",
    "chapters",
    "thumbnails",
    "package",
    "measure",
    "verify",
    "publish",
)


def step_kind(name: str) -> StepKind:
    """Return the kind called `name`; raise LookupError for one this version does not know."""
    if name not in KINDS:
        raise LookupError(f"no step kind is called {name!r}")
    kind: StepKind = import_module(f"workers.steps.{name}").KIND
    return kind
