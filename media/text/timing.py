"""The line that says when a cue shows, as people and programs write it in SubRip and WebVTT.

"00:01:02,500 --> 00:01:04,000" is what both formats ask for. Translators' tools and hands leave
other arrows, other digits, marks that nobody sees, and times with parts missing: what is clear is
read. What is plainly such a line and cannot be read is told apart from text, so that a reader can
skip the cue and say so: nothing of the syntax is ever shown.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

MAX_LINE_CHARS = 400  # settings included; a longer line is text

_ARROW = r"(?:[-=]{1,3} ?>|[-=]{1,2} [-=]?>|[→⟶➔➜⇒])"
_TIME = r"(-?) *((?:[0-9]{1,4} *: *)?[0-9]{1,2} *: *[0-9]{1,2}|[0-9]{1,5}) *(?:[.,] *([0-9]{1,9}))?"
_LINE = re.compile(rf"{_TIME} *{_ARROW} *{_TIME}(?: +(.*))?")
# Figures and what stands between them alone, with an arrow, or with what may have been one.
_FIGURES = r"[-0-9:;.,'\" ]*"
_NEARLY = re.compile(rf"-?[0-9]{_FIGURES}{_ARROW}{_FIGURES}")
_CLOCK = r"(?:[0-9]{1,4}:)?[0-9]{1,2}:[0-9]{1,2}[.,][0-9]{1,3}"
_TWO_TIMES = re.compile(rf"-?{_CLOCK}[^A-Za-z0-9]{{1,8}}{_CLOCK}")
_ONE_TIME = re.compile(r"-?[0-9]{1,4}:.*-->|.*--> *-?[0-9]{1,4}:")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−﹣－", "-"))
_INVISIBLE = frozenset({"Cf", "Cc"})  # direction marks, joiners, byte order marks


@dataclass(frozen=True, slots=True)
class Timing:
    """When a cue shows, in milliseconds, which may be before zero, and what stands behind it."""

    start_ms: int
    end_ms: int
    settings: str = ""


def read_timing(line: str) -> Timing | Literal["unreadable"] | None:
    """Return what a line says of time, "unreadable" if that cannot be read, None if it is text."""
    if len(line) > MAX_LINE_CHARS or not any(map(str.isdecimal, line)):
        return None
    plain = _plain(line)
    if match := _LINE.fullmatch(plain):
        start, end = match.groups()[:3], match.groups()[3:6]
        # "1 -> 2" is something that somebody says.
        if ":" in start[1] or ":" in end[1] or (start[2] and end[2]):
            start_ms, end_ms = _milliseconds(*start), _milliseconds(*end)
            if start_ms is None or end_ms is None:
                return "unreadable"
            return Timing(start_ms, end_ms, match[7] or "")
    nearly = ":" in plain and (_NEARLY.fullmatch(plain) or _TWO_TIMES.fullmatch(plain))
    return "unreadable" if nearly or _ONE_TIME.match(plain) else None


def is_counter(line: str) -> bool:
    """Return whether a line is the number of a cue: "12", also "12." and "#12"."""
    number = _plain(line[:MAX_LINE_CHARS]).strip(" #.):(")
    return number.isdecimal() and len(number) < 7


def _plain(line: str) -> str:
    """Return a line with ASCII's digits, dashes and spaces, without what nobody sees."""
    if line.isascii() and "&" not in line:
        return line.replace("\t", " ").strip()
    return "".join(map(_plain_character, html.unescape(line))).translate(_DASHES).strip()


def _plain_character(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in _INVISIBLE else character


def _milliseconds(sign: str, clock: str, fraction: str | None) -> int | None:
    """Return a time; None where more than 59 seconds or minutes stand behind a colon."""
    first, *others = map(int, clock.split(":"))
    if any(part > 59 for part in others):
        return None
    seconds = first
    for part in others:
        seconds = seconds * 60 + part
    time_ms = seconds * 1000 + int((fraction or "0").ljust(3, "0")[:3])
    return -time_ms if sign else time_ms
