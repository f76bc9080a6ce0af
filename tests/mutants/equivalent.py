"""Mutants that change nothing anybody can see, each with the reason."""

from __future__ import annotations

from tests.mutants.trial import Mutant

# By module and the changed line as it then reads, without the space around it.
REASONS: dict[tuple[str, str], str] = {}


def reason_of(mutant: Mutant) -> str:
    """Return why a mutant is no change, or an empty string where it is one."""
    line = mutant.mutated.splitlines()[mutant.site.line - 1].strip()
    return REASONS.get((mutant.site.module.as_posix(), line), "")
