"""SubRip (.srt) to cues, through pysubs2."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from pysubs2 import SSAFile
from pysubs2.formats.subrip import SubripFormat

from media.text.cue import Cue
from media.text.findings import UNREADABLE_TIMES, Findings
from media.text.markup import cue_runs
from media.text.overrides import Overrides
from media.text.payload import payload
from media.text.placement import settings_for

# On either side of an arrow: "00:01:02,500", also "01:02.5" and "-00:00:01,000" of shifted files.
SRT_TIME = re.compile(
    r"((?<=-->)[ \t]{0,8})?(-?)(?:([0-9]{1,4}):)?([0-9]{1,2}):([0-9]{1,2})[.,]([0-9]{1,3})"
    r"(?(1)|(?=[ \t]{0,8}-->))"
)
_ARROW = re.compile(r"[0-9][ \t]{0,8}-->")
_BLANK_LINES = re.compile(r"\n[ \t]*+(?:\n[ \t]*+){2,}+")
_UNREADABLE_MS = -1
_UNREADABLE = "-00:00:00,001 --> -00:00:00,001"
_ONE_MORE = "\n\n0\n"


class _Subrip(SubripFormat):
    """pysubs2's reader, with hours optional and times before zero read as such."""

    TIMESTAMP = SRT_TIME

    @staticmethod
    def timestamp_to_ms(groups: Sequence[str]) -> int:
        _, sign, hours, minutes, seconds, fraction = groups
        whole_s = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
        time_ms = whole_s * 1000 + int(fraction.ljust(3, "0"))
        return -time_ms if sign else time_ms


def read_srt(text: str, findings: Findings) -> list[Cue]:
    """Return the cues of SubRip `text`, in its order and with its times."""
    subs = SSAFile()
    # Tags stay for our own reader: it balances and escapes them, and places {\an8}.
    _Subrip.from_file(subs, io.StringIO(_tidy(text)), "srt", keep_html_tags=True)
    cues = []
    for event in subs:
        if event.start == event.end == _UNREADABLE_MS:
            findings.note(UNREADABLE_TIMES)
            continue
        overrides = Overrides()
        runs = cue_runs(event.text.replace("\\N", "\n"), "srt", overrides)
        shown = payload(runs, findings, event.start)  # meets the overrides on its way
        settings = settings_for(overrides.alignment) if overrides.alignment else ""
        cues.append(Cue(event.start, event.end, shown, settings))
    return cues


def _tidy(text: str) -> str:
    """Return `text` so that pysubs2 reads what is meant.

    It takes quadratic time over runs of blank lines, shows unreadable times as text of the cue
    before, and takes a number that ends the last cue for the number of a cue to come.
    """
    lines = _BLANK_LINES.sub("\n\n", text).split("\n")
    return "\n".join(_UNREADABLE if _unreadable(line) else line for line in lines) + _ONE_MORE


def _unreadable(line: str) -> bool:
    return _ARROW.search(line) is not None and len(SRT_TIME.findall(line)) != 2
