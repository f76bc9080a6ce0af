"""The checks a title is held to, by the ids that policies, records and reports call them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

CheckOutcome = Literal["pass", "warn", "review", "fail"]
Severity = Literal["warn", "review", "fail"]  # what a policy makes of a check that does not pass

QUALITY = (
    *("vmaf-top-harmonic-mean", "vmaf-top-p5", "vmaf-top-p1", "vmaf-top-worst-window"),
    *("vmaf-complete", "vmaf-rung-floor", "vmaf-ladder-order"),
)
CONTENT = (
    *("source-complete", "source-steady", "source-pictures", "source-fields"),
    *("source-dropped", "source-assumed", "black", "freeze", "silence"),
    *("flashes", "legal-range", "cadence", "blockiness", "blur", "letterbox", "interlacing"),
    *("clipping", "phase", "av-duration", "av-sync", "av-drift", "geometry", "colours", "chapters"),
    *("every-frame", "decoding", "banding"),
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
# One for each track, which ends their ids.
OF_TRACKS = ("audio-*", "loudness-*", "text-*", "reading-*", "timing-*", "language-*")
OF_RUNGS = "vmaf-rung-*"  # one for each class of rungs, whose name ends its id
FAMILIES = (*OF_TRACKS, OF_RUNGS)

_IDS = frozenset((*QUALITY, *CONTENT, *DELIVERY))

# Where a check looks: at files and manifests, at coded media, at decoded pictures, sound and text,
# or at several of these against each other (layers of EBU QC).
Layer = Literal["wrapper", "bitstream", "baseband", "cross-check"]
LAYERS: dict[Layer, tuple[str, ...]] = {
    "wrapper": (
        *("source-dropped", "source-assumed", "chapters", "text-*", "timing-*", "readable"),
        *("files-resolve", "files-referenced", "hls-vod", "apple-8.2", "hls-target", "apple-7.7"),
        *("hls-extinf", "apple-8.7", "apple-9.1", "apple-9.21", "independent", "apple-9.16"),
        *("score", "apple-1.10", "apple-8.10", "apple-5.11", "groups", "text-choice", "tracks"),
        *("continuity", "start", "alignment", "segment-length", "index", "apple-6.1"),
        *("iframe-ranges", "iframe-times", "apple-5.3", "apple-5.5", "text-cues"),
        *("dash-duration", "dash-timeline", "dash-coverage", "one-set", "captions-named"),
    ),
    "bitstream": (
        *("source-complete", "source-steady", "source-fields", "apple-7.4", "captions-kept"),
        *("frames", "decoding"),
    ),
    "baseband": (
        *("black", "freeze", "silence", "flashes", "legal-range", "cadence", "blockiness", "blur"),
        *("letterbox", "interlacing", "clipping", "phase", "audio-*", "loudness-*", "reading-*"),
        "language-*",
    ),
    "cross-check": (
        *(*QUALITY, OF_RUNGS),
        *(
            "every-frame",
            "banding",
            "source-pictures",
            "av-duration",
            "av-sync",
            "av-drift",
            "geometry",
            "colours",
        ),
        *("codecs", "picture", "bit-depth", "dash-cicp", "av1-colour"),
        *("apple-1.26", "apple-1.27", "apple-1.30", "dash-bandwidth"),
    ),
}

# Items of the EBU QC catalogue (qc.ebu.io/items) of the same subject, as far as their pages say so;
# thresholds and limits are our own.
EBU_ITEMS: dict[str, tuple[str, ...]] = {
    "black": ("0016B",),  # Constant Colour Frames
    "silence": ("0078B",),  # Audio Silence
    "letterbox": ("0015B",),  # Black Bars
    "legal-range": ("0051B",),  # Video Signal Levels
    "interlacing": ("0048X",),  # Scanning Type
    "source-fields": ("0041B", "0048X"),  # Video Field Order
    "loudness-*": ("0010B",),  # Loudness
    "av-duration": ("0040F", "0009W"),  # Video Duration, Audio Duration
    "geometry": ("0069W",),  # Display Aspect Ratio
    "frames": ("0081X",),  # Video Frame Count
    "codecs": ("0105F",),  # Video Codec
    "apple-5.5": ("0073X",),  # Subtitles Duration
}

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
    "vmaf-top-worst-window": _MORE_BITS,
    OF_RUNGS: "Look at the rungs named, source beside encode. Where the source looks no better, ask"
    " for a better one; else give these rungs more bits or a smaller size, or leave them out.",
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
    "flashes": "Let nobody watch it who is sensitive to flashes. Have it dimmed or slowed there, or"
    " warn of it; publish it elsewhere only after a test by the standard's own means.",
    "legal-range": "Only broadcasters mind: have the grade legalised for them. Where all of it is"
    " washed out or crushed, the source's range tag is wrong: export it anew.",
    "cadence": "Watch a pan: it stutters. Ask for the source at the rate it was made at.",
    "blockiness": "Look at it in full size: it was encoded too hard before. Ask for a better copy.",
    "blur": "Look at it in full size: it may be meant, or scaled up. Ask for a better copy.",
    "letterbox": "Nothing, or set the policy to cut bars off.",
    "interlacing": "Look at motion there. Where it is combed, have that part deinterlaced, or the"
    " source flagged as interlaced.",
    "clipping": "Listen there: where it crackles, ask for a mix with more headroom.",
    "phase": "Listen in mono: what is in the middle vanishes. Have one side inverted again.",
    "av-duration": "Watch the end: lips that are ever further off mean a wrong sample rate; deliver"
    " the sound anew. Sound that merely stops early may be meant.",
    "av-sync": "Listen at the places named, in the source and in the title. Where only the title is"
    " late or early, report it.",
    "av-drift": "Listen near the end. Where only the title runs away from the source, report it.",
    "geometry": "Compare the shapes: what the source says of its pixels or rotation may be wrong;"
    " export it anew.",
    "every-frame": "Watch the moments named, source beside encode: pictures that are others, or"
    " twice there, are faults of the encode. Retry the title with that rung in `remake`.",
    "decoding": "What was delivered is damaged: look at the moments of every-frame, if there are"
    " any, and retry the title with that rung in `remake`.",
    "banding": "Look at skies and fades in full size. Where bands show, give the ladder more bits,"
    " or a codec of 10 bits.",
    "colours": "Compare skin and sky with the source. Where the title is off, report it: a tag is"
    " wrong or was taken for another.",
    "chapters": "Read what was mended or dropped, and correct the chapters' file.",
    "audio-*": "Listen to the track; where it is not as it should be, deliver it anew.",
    "loudness-*": "A track too quiet or too loud to be brought to the target wants another mix.",
    "text-*": "Read what was mended or dropped, and correct the subtitles' file.",
    "reading-*": "Read it aloud as it is shown: have cues shortened, joined or shown for longer.",
    "timing-*": "Watch there: have cues moved apart or joined, and those past the end removed; many"
    " of them mean that the text is of another cut.",
    "language-*": "Read a few cues: the wrong file, or the wrong language in the request.",
}


def is_check(name: str) -> bool:
    """Return whether a policy may speak of `name`: a check's id, or of several with a last `*`."""
    if name in _IDS or any(fnmatchcase(name, family) for family in FAMILIES):
        return True
    return name.endswith("*") and any(each.startswith(name[:-1]) for each in (*_IDS, *FAMILIES))


def is_quality(rule: str) -> bool:
    """Return whether a check follows from scores and the policy alone."""
    return rule in QUALITY or family_of(rule) == OF_RUNGS


def to_do(rule: str) -> str:
    """Return what to do about a check that does not pass."""
    return TO_DO.get(rule) or TO_DO.get(family_of(rule)) or OF_DELIVERY


def family_of(rule: str) -> str:
    """Return the family a check of one track or class belongs to, of any other its own id."""
    if rule in _IDS:
        return rule
    return next((name for name in FAMILIES if fnmatchcase(rule, name)), rule)


def layer_of(rule: str) -> Layer:
    """Return where a check looks; of a rule nobody knows any more: at files and manifests."""
    name = family_of(rule)
    return next((layer for layer, rules in LAYERS.items() if name in rules), "wrapper")


def ebu_items_of(rule: str) -> tuple[str, ...]:
    """Return the items of EBU QC that look at the same thing; none where we found none."""
    return EBU_ITEMS.get(family_of(rule), ())


def severity_of(rule: str, asked: dict[str, Severity]) -> Severity | None:
    """Return what a policy makes of a check; the longest name that speaks of it counts."""
    speaking = [
        name
        for name in asked
        if name == rule or (name.endswith("*") and rule.startswith(name[:-1]))
    ]
    # Its whole id says more than the beginning of it, however much of it that is.
    return asked[max(speaking, key=lambda name: (name == rule, len(name)))] if speaking else None
