"""The kinds of steps there are, each imported when a worker first needs it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from workers.steps.contract import StepKind

KINDS = (
    "ingest",
    "analyze",
    "cut",
    "trial",
    "ladder",
    "plan",
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

_registered: dict[str, StepKind[Any]] = {}


def register(kind: StepKind[Any]) -> None:
    """Make this process know one more kind, as benchmarks and tests need that bring their own.

    It is not told to other processes, and replaces a kind registered under that name before. Raises
    ValueError for the name of a kind of ReelFarm's.
    """
    if kind.name in KINDS:
        raise ValueError(f"{kind.name!r} is a kind of ReelFarm's own")
    _registered[kind.name] = kind


def step_kind(name: str) -> StepKind[Any]:
    """Return the kind called `name`; raise LookupError for one this version does not know."""
    if name in _registered:
        return _registered[name]
    if name not in KINDS:
        raise LookupError(f"no step kind is called {name!r}")
    kind: StepKind[Any] = import_module(f"workers.steps.{name}").KIND
    return kind
