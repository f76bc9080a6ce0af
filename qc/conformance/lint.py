"""The lint of a presentation: every conformance rule held against the files themselves."""

from __future__ import annotations

from fractions import Fraction
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
from qc.conformance.loading import UNREADABLE, load
from qc.conformance.presentation import Presentation
from qc.conformance.rule import Material, Rule

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
        return (_unreadable(str(error)),)
    return tuple(rule.check(presentation, expectations) for rule in RULES)


def lint_presentation(root: Path, hls: str, dash: str) -> tuple[Check, ...]:
    """Return one check per rule for anybody's presentation below `root`, a directory.

    `hls` and `dash` are the paths of its manifests; "" where it has none. Of rules that need the
    title as it was made there are no checks; the presentation should last as long as its longest
    track. Where a manifest cannot be read, the only check is the failed "readable".
    """
    presentation = load(root, hls, dash, strict=False)
    there: set[Material] = {"hls"} if presentation.hls else set()
    there |= {"dash"} if presentation.dash else set()
    if not there:
        return (_unreadable("; ".join(presentation.problems)),)
    expected = Expectations(_duration_s(presentation), Fraction(0), (), (), ())
    return tuple(rule.check(presentation, expected) for rule in RULES if rule.needs <= there)


def _unreadable(why: str) -> Check:
    rule = references.readable
    return Check(rule.rule_id, rule.title, "fail", why, rule.source)


def _duration_s(presentation: Presentation) -> Fraction:
    """Return how long a presentation is: as its pictures, else its sound, else as is listed."""
    for kind in ("video", "audio"):
        ends = [track.end_s for track in presentation.of_kind(kind)]
        if ends:
            return max(ends)
    listed = [playlist.duration_s for _, playlist in presentation.playlists()]
    return max(listed, default=presentation.mpd.duration_s)
