"""The checks a title is held to, by the ids that policies, records and reports call them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

CheckOutcome = Literal["pass", "warn", "review", "fail"]
Severity = Literal["warn", "review", "fail"]  # what a policy makes of a check that does not pass

QUALITY = (
    *("vmaf-top-harmonic-mean", "vmaf-top-p5", "vmaf-top-p1"),
    *("vmaf-complete", "vmaf-rung-floor", "vmaf-ladder-order"),
)
CONTENT = (
    *("source-complete", "source-steady", "source-pictures", "source-fields"),
    *("source-dropped", "source-assumed", "black", "freeze", "silence"),
    *("av-sync", "geometry", "chapters"),
)
DELIVERY = (
    *("readable", "files-resolve", "files-referenced", "hls-vod", "apple-8.2", "hls-target"),
    *("apple-7.7", "hls-extinf", "apple-8.7", "apple-9.1", "codecs", "picture", "apple-9.21"),
    *("independent", "apple-9.16", "score", "bit-depth", "dash-cicp", "apple-1.10", "av1-colour"),
    *("apple-8.10", "apple-5.11", "groups", "text-choice", "tracks", "apple-1.26", "apple-1.27"),
    *("apple-1.30", "dash-bandwidth", "frames", "continuity", "start", "alignment"),
    *("segment-length", "apple-7.4", "index", "apple-6.1", "iframe-ranges", "iframe-times"),
    *("apple-5.3", "apple-5.5", "text-cues", "dash-duration", "dash-timeline", "dash-coverage"),
    *("one-set", "captions-named", "captions-kept"),
)
OF_TRACKS = ("audio-*", "loudness-*", "text-*")  # one for each track, which ends their ids

_IDS = frozenset((*QUALITY, *CONTENT, *DELIVERY))


def is_check(name: str) -> bool:
    """Return whether a policy may speak of `name`: a check's id, or of several with a last `*`."""
    if name in _IDS or any(fnmatchcase(name, family) for family in OF_TRACKS):
        return True
    return name.endswith("*") and any(each.startswith(name[:-1]) for each in (*_IDS, *OF_TRACKS))


def severity_of(rule: str, asked: dict[str, Severity]) -> Severity | None:
    """Return what a policy makes of a check; the longest name that speaks of it counts."""
    speaking = [
        name
        for name in asked
        if name == rule or (name.endswith("*") and rule.startswith(name[:-1]))
    ]
    # Its whole id says more than the beginning of it, however much of it that is.
    return asked[max(speaking, key=lambda name: (name == rule, len(name)))] if speaking else None
