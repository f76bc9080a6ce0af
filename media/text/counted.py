"""MicroDVD (frames) and MPL2 (tenths of a second) to cues, through pysubs2."""

from __future__ import annotations

import re
from fractions import Fraction

from pysubs2 import SSAFile

from media.text.cue import Cue, NotSubtitles
from media.text.findings import Findings
from media.text.overrides import Overrides, ass_runs
from media.text.payload import payload

MICRODVD = re.compile(r"^ {0,8}\{ {0,8}[0-9]{1,9} {0,8}\} {0,8}\{ {0,8}[0-9]{1,9} {0,8}\}", re.M)
MPL2 = re.compile(r"^\[-?[0-9]{1,9}\]\[-?[0-9]{1,9}\]", re.M)
# Its first cue, of no length, may say how many frames a second it counts.
_RATE = re.compile(r"\s*\{[01]\}\{[01]\}\s*([0-9]{1,3}(?:[.,][0-9]{1,6})?)\s*(?:\n|$)")
_RATES = (1.0, 240.0)


def read_microdvd(text: str, findings: Findings, fps: Fraction | None) -> list[Cue]:
    """Return the cues of MicroDVD `text`, at the rate it names, else at `fps`, the title's.

    Raises NotSubtitles where there is neither.
    """
    named = _RATE.match(text)
    if named is None and fps is None:
        raise NotSubtitles(
            "it counts frames, of which the title has none: begin it with its rate, {1}{1}25"
        )
    rate = float(named[1].replace(",", ".")) if named else float(fps or 0)
    if not _RATES[0] <= rate <= _RATES[1]:
        raise NotSubtitles(f"it counts {rate:g} frames a second")
    if named is None:
        findings.say(f"frames are counted at {rate:.6g} a second: the file names no rate")
    without_rate = text[named.end() :] if named else text
    return _cues(SSAFile.from_string(without_rate, format_="microdvd", fps=rate), findings)


def read_mpl2(text: str, findings: Findings) -> list[Cue]:
    """Return the cues of MPL2 `text`."""
    return _cues(SSAFile.from_string(text, format_="mpl2"), findings)


def _cues(subs: SSAFile, findings: Findings) -> list[Cue]:
    return [
        Cue(
            event.start,
            event.end,
            payload(ass_runs(event.text, Overrides()), findings, event.start),
        )
        for event in subs
    ]
