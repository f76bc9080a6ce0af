"""The critical path: the steps that decided when a title was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage.postgres.timeline import TimedStep


def critical_path(steps: Sequence[TimedStep], needs: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return the steps that decided when the title was done: from the last to end, backwards.

    Of what a step waited for, the one that ended last held it up.
    """
    ended = {step.key: step.finished_at for step in steps if step.finished_at and step.started_at}
    if not ended:
        return frozenset()
    path: list[str] = []
    here: str | None = max(ended, key=lambda key: ended[key])
    while here is not None:
        path.append(here)
        before = [key for key in needs.get(here, ()) if key in ended and key not in path]
        here = max(before, key=lambda key: ended[key]) if before else None
    return frozenset(path)
