"""Mutants that change nothing anybody can see, each with the reason."""

from __future__ import annotations

from tests.mutants.trial import Mutant

WRAPPED = "pydantic makes a class method of a validator whose first argument is cls"

# By module and the changed line as it then reads, without the space around it.
REASONS: dict[tuple[str, str], str] = {
    ("farm/settings.py", "def _absolute(cls, path: Path | None) -> Path | None:"): WRAPPED,
    ("farm/settings.py", "def _known(cls, queues: str) -> str:"): WRAPPED,
    ("farm/spec.py", "def _one_spelling(cls, origin: str) -> str:"): WRAPPED,
    (
        "qc/conformance/playlists.py",
        "listed_s = measured_s = Fraction( -1)",
    ): "only the difference of both counts",
}


def reason_of(mutant: Mutant) -> str:
    """Return why a mutant is no change, or an empty string where it is one."""
    line = mutant.mutated.splitlines()[mutant.site.line - 1].strip()
    return REASONS.get((mutant.site.module.as_posix(), line), "")
