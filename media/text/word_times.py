"""Times inside a cue: from when on the words behind them are sung (W3C WebVTT, section 4.2.2).

Players tell the words that are past from those to come. WebVTT wants such times to grow, and to
lie within their cue; what was cut, moved or put together since it was written may break that.
"""

from __future__ import annotations

import re
from dataclasses import replace

from media.text.cue import Cue, timestamp
from media.text.findings import Findings

OUTSIDE = "lost times of words that are not in order within it"
WRITTEN = re.compile(r"<(?:([0-9]{1,4}):)?([0-9]{1,3}):([0-9]{1,2})\.([0-9]{1,3})>")


def word_time(tag: str) -> int | None:
    """Return the milliseconds a tag ("<00:01.500>") says, None where it says none."""
    match = WRITTEN.fullmatch(tag)
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    whole_s = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole_s * 1000 + int(fraction.ljust(3, "0"))


def word_tag(at_ms: int) -> str:
    """Return the tag that says `at_ms`."""
    return f"<{timestamp(at_ms)}>"


def has_word_times(payload: str) -> bool:
    """Return whether a cue's payload has times in it; text never looks like one: it is escaped."""
    return bool(WRITTEN.search(payload))


def without_word_times(payload: str) -> str:
    """Return a cue's payload without the times in it."""
    return WRITTEN.sub("", payload)


def ordered(cue: Cue, findings: Findings | None = None) -> Cue:
    """Return `cue` with those of its word times that grow and lie within it.

    Words that begin with the cue need none; times beyond are lost, and `findings` told.
    """
    if not has_word_times(cue.payload):
        return cue
    latest_ms = cue.start_ms
    lost = False

    def kept(match: re.Match[str]) -> str:
        nonlocal latest_ms, lost
        at_ms = word_time(match[0])
        if at_ms is not None and latest_ms < at_ms < cue.end_ms:
            latest_ms = at_ms
            return match[0]
        lost |= at_ms not in (latest_ms, cue.end_ms)
        return ""

    payload = WRITTEN.sub(kept, cue.payload)
    if lost and findings is not None:
        findings.note(OUTSIDE, cue.start_ms)
    return replace(cue, payload=payload)
