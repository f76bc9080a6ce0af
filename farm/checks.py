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
    *("av-sync", "geometry", "chapters", "every-frame"),
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

_WATCH = (
    "Watch that stretch: an opening, a pause or an ending may be meant; what is not wants a new"
    " source."
)
_MORE_BITS = (
    "Look at the worst moments, source beside encode. Where the source looks no better, ask for a"
    " better one; else give the ladder more bits there: a higher max_bps, or a lower CRF."
)
OF_DELIVERY = (
    "Players would stumble over it. Where no ladder of yours causes it, retry the title, and report"
    " what comes again."
)
# What a reviewer does about a check that does not pass.
TO_DO = {
    "vmaf-top-harmonic-mean": _MORE_BITS,
    "vmaf-top-p5": _MORE_BITS,
    "vmaf-top-p1": _MORE_BITS,
    "vmaf-complete": "Retry the title: without scores nobody knows how it looks. Pictures of less"
    " than 18 pixels a side have none: look at them yourself.",
    "vmaf-rung-floor": "Give that rung more bits or a smaller size, or leave it out of the ladder.",
    "vmaf-ladder-order": "Leave out the rung that costs more for less, or give it more bits.",
    "source-complete": "Export or upload the source again: what is missing there is missing here.",
    "source-steady": "Look at the moments named: pictures were fitted into one frame. Where that is"
    " not meant, have the source conformed.",
    "source-pictures": "Look at the end: where sound should not outlast the pictures, trim it.",
    "source-fields": "Look at motion: where pictures stutter, say how fields are to be taken"
    " (deinterlace).",
    "source-dropped": "Read what was left out. What is wanted is asked for by name: audio, program,"
    " subtitles.",
    "source-assumed": "Say what the source does not: languages and layouts, in the request or in"
    " the file.",
    "black": _WATCH,
    "freeze": _WATCH,
    "silence": _WATCH,
    "av-sync": "Listen at the places named, in the source and in the title. Where only the title is"
    " late or early, report it.",
    "geometry": "Compare the shapes: what the source says of its pixels or rotation may be wrong;"
    " export it anew.",
    "every-frame": "Watch the moments named, source beside encode: pictures that are others, or"
    " twice there, are faults of the encode. Retry the title with that rung in `remake`.",
    "chapters": "Read what was mended or dropped, and correct the chapters' file.",
    "audio-*": "Listen to the track; where it is not as it should be, deliver it anew.",
    "loudness-*": "A track too quiet or too loud to be brought to the target wants another mix.",
    "text-*": "Read what was mended or dropped, and correct the subtitles' file.",
}


def is_check(name: str) -> bool:
    """Return whether a policy may speak of `name`: a check's id, or of several with a last `*`."""
    if name in _IDS or any(fnmatchcase(name, family) for family in OF_TRACKS):
        return True
    return name.endswith("*") and any(each.startswith(name[:-1]) for each in (*_IDS, *OF_TRACKS))


def to_do(rule: str) -> str:
    """Return what to do about a check that does not pass."""
    family = next((name for name in OF_TRACKS if fnmatchcase(rule, name)), rule)
    return TO_DO.get(rule) or TO_DO.get(family) or OF_DELIVERY


def severity_of(rule: str, asked: dict[str, Severity]) -> Severity | None:
    """Return what a policy makes of a check; the longest name that speaks of it counts."""
    speaking = [
        name
        for name in asked
        if name == rule or (name.endswith("*") and rule.startswith(name[:-1]))
    ]
    # Its whole id says more than the beginning of it, however much of it that is.
    return asked[max(speaking, key=lambda name: (name == rule, len(name)))] if speaking else None
