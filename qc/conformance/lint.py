"""The lint of a finished generation: every conformance rule held against the files themselves."""

from __future__ import annotations

from pathlib import Path

from farm.facts import Check
from qc.conformance import (
    coded,
    dash,
    iframes,
    instream,
    playlists,
    rates,
    references,
    renditions,
    segments,
    text,
    variants,
)
from qc.conformance.expectations import Expectations
from qc.conformance.presentation import UNREADABLE, load
from qc.conformance.rule import Rule

RULES: tuple[Rule, ...] = (
    *references.RULES,
    *playlists.RULES,
    *variants.RULES,
    *coded.RULES,
    *renditions.RULES,
    *rates.RULES,
    *segments.RULES,
    *iframes.RULES,
    *text.RULES,
    *dash.RULES,
    *instream.RULES,
)


def lint(generation: Path, expectations: Expectations) -> tuple[Check, ...]:
    """Return one check per rule for the files below `generation`, a directory.

    Where a manifest cannot be read there is nothing to hold the other rules against, so the only
    check is the failed "readable".
    """
    try:
        presentation = load(generation)
    except UNREADABLE as error:
        rule = references.readable
        return (Check(rule.rule_id, rule.title, "fail", str(error), rule.source),)
    return tuple(rule.check(presentation, expectations) for rule in RULES)
