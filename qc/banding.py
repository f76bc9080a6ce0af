"""Banding that an encode adds to what the source has of it, as CAMBI tells. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from farm.facts import Check
from farm.scores import Scores
from farm.spec import QcPolicy

CAMBI_SOURCE = "CAMBI (Tandon et al., PCS 2021)"


def banding_checks(policy: QcPolicy, scores: Sequence[Scores]) -> Iterable[Check]:
    """Yield the check of every rung, where the policy asks for CAMBI."""
    seen = [(each.rung, each.banding) for each in scores if each.banding is not None]
    if not seen:
        return
    banded = [(rung, told) for rung, told in seen if told.added > policy.max_banding]
    shown = banded or [max(seen, key=lambda each: each[1].added)]
    yield Check(
        "banding",
        "No bands where the source has none",
        "warn" if banded else "pass",
        ", ".join(f"{rung}: {told.added:.1f} above the source's" for rung, told in shown)
        + f" in the worst 5 % of the frames, at most {policy.max_banding:g} is asked for",
        CAMBI_SOURCE,
        places=tuple(dict.fromkeys(span for _, told in banded for span in told.spans)),
    )
