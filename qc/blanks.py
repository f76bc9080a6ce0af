"""Whether a title stands still, is black or silent for long. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from farm.facts import Analysis, Check
from farm.found import Span
from farm.spec import QcPolicy
from qc.places import said
from qc.sources import ANALYSIS_SOURCE


def blank_checks(analysis: Analysis, policy: QcPolicy, *, has_audio: bool) -> Iterable[Check]:
    """Yield a check for each kind of nothing, with where it is however short."""
    if analysis.timeline is not None:
        yield _check("black", "No long black picture", analysis.black, policy.blank_s)
        yield _check("freeze", "No long frozen picture", analysis.freeze, policy.blank_s)
    if has_audio:
        yield _check("silence", "No long silence", analysis.silence, policy.blank_s)


def _check(rule: str, title: str, spans: Sequence[Span], longest_s: float) -> Check:
    long = [span for span in spans if span.end_s - span.start_s > longest_s]
    shorter = f"none so long: {said(spans)}" if spans else "none"
    return Check(
        rule,
        f"{title} (over {longest_s:g} s)",
        "warn" if long else "pass",
        said(long) if long else shorter,
        ANALYSIS_SOURCE,
        places=tuple(long or spans),
    )
