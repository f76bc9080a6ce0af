"""WebVTT to cues and back; what the standard would throw away in silence is read, or told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import webvtt

from media.text.cue import MAX_CUES, Cue, NotSubtitles, timestamp
from media.text.findings import HIDDEN_TEXT, LOST_SETTING, UNREADABLE_TIMES, Findings
from media.text.markup import cue_runs
from media.text.overrides import Overrides
from media.text.payload import TextRun, payload
from media.text.placement import settings_for, sound_settings
from media.text.timing import Timing, is_counter, read_timing

_SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?")
_JOINED = re.compile(r"WEBVTT(?:[ \t]+-.*)?[ \t]*")  # within a file, where text may begin like it
_NOTE = re.compile(r"NOTE(?:[ \t].*)?")
_LOOK = re.compile(r"(?:STYLE|REGION)[ \t]*")
# HLS, RFC 8216, 3.5: cue times count from LOCAL.
_MAP = re.compile(r"X-TIMESTAMP-MAP=.*LOCAL:(?:([0-9]{2,4}):)?([0-9]{2}):([0-9]{2})\.([0-9]{3}).*")


@dataclass(slots=True)
class _Written:
    """A cue as it stands in the file; `timing` is None where it cannot be read."""

    timing: Timing | None
    offset_ms: int = 0  # that its times were moved by
    lines: list[str] = field(default_factory=list)


def read_vtt(text: str, findings: Findings, *, ours: bool = False) -> list[Cue]:
    """Return the cues of WebVTT `text`; NotSubtitles if there are too many.

    Styles, regions and notes are left behind. Of files that were joined, all are read. What
    others borrow from ASS ("{\\an8}") is text where `write_vtt` wrote it.
    """
    found = _cues(_blocks(text.split("\n"), joined=not ours), findings)
    if len(found) > MAX_CUES:
        raise NotSubtitles(f"it has more than {MAX_CUES:,} cues")
    cues = []
    for written in found:
        if written.timing is None:
            findings.note(UNREADABLE_TIMES)
        else:
            overrides = None if ours else Overrides()
            cues.append(_cue(written, written.timing, overrides, findings))
    return cues


def write_vtt(cues: Iterable[Cue]) -> str:
    """Return `cues` as a WebVTT file, each block followed by an empty line."""
    captions = [
        webvtt.Caption(
            timestamp(cue.start_ms), timestamp(cue.end_ms), cue.payload, settings=cue.settings
        )
        for cue in cues
    ]
    return f"{webvtt.WebVTT(captions=captions).content}\n"


def _cues(blocks: Iterable[Sequence[str]], findings: Findings) -> list[_Written]:
    """Return the cues of a file, moved to where its header counts from."""
    written: list[_Written] = []
    offset_ms = 0
    for block in blocks:
        if _SIGNATURE.fullmatch(block[0]):
            offset_ms = _offset_ms(block, findings)
        elif _LOOK.fullmatch(block[0]):
            findings.say("style sheets and regions are not kept: viewers set their own look")
        elif not _NOTE.fullmatch(block[0]):
            _take(block, written, offset_ms, findings)
            continue
        # An empty line is missing where cues follow all the same.
        timed = (at for at, line in enumerate(block) if _timing(line))
        _take(block[next(timed, len(block)) :], written, offset_ms, findings)
    return written


def _blocks(lines: Iterable[str], *, joined: bool) -> Iterator[list[str]]:
    """Yield what stands between empty lines, or at which a file begins that was `joined`."""
    block: list[str] = []
    for line in lines:
        # What stands right below times is what they show, whatever it looks like.
        begins = joined and block and _JOINED.fullmatch(line) and not _timing(block[-1])
        if block and (begins or not line.strip()):
            yield block
            block = []
        if line.strip():
            block.append(line)
    if block:
        yield block


def _take(
    block: Sequence[str], written: list[_Written], offset_ms: int, findings: Findings
) -> None:
    """Add the cues of a block; text without times is that of the cue before, cut off from it."""
    lines: list[str] = []  # since the last times
    timed = False
    for line in block:
        if (found := _timing(line)) is None:
            lines.append(line)
            continue
        if lines and (not timed or is_counter(lines[-1])):
            lines.pop()  # an identifier
        _add_text(lines, written, findings)
        lines, timed = [], True
        moved = _moved(found, offset_ms) if isinstance(found, Timing) else None
        written.append(_Written(moved, offset_ms))
    if timed or len(lines) != 1 or not is_counter(lines[0]):  # a lone identifier
        _add_text(lines, written, findings)


def _timing(line: str) -> Timing | Literal["unreadable"] | None:
    found = read_timing(line)
    return "unreadable" if found is None and "-->" in line else found  # it is never text here


def _add_text(lines: Sequence[str], written: list[_Written], findings: Findings) -> None:
    if written:
        written[-1].lines.extend(lines)
    elif lines:
        findings.say("text before the first cue is left out")


def _offset_ms(header: Iterable[str], findings: Findings) -> int:
    clocks = (match.groups() for line in header if (match := _MAP.fullmatch(line)))
    for hours, minutes, seconds, milliseconds in clocks:
        whole_s = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
        offset_ms = whole_s * 1000 + int(milliseconds)
        if offset_ms:
            findings.say(f"times are counted from {timestamp(offset_ms)}, as X-TIMESTAMP-MAP says")
        return offset_ms
    return 0


def _moved(timing: Timing, offset_ms: int) -> Timing:
    return Timing(timing.start_ms - offset_ms, timing.end_ms - offset_ms, timing.settings)


def _cue(written: _Written, timing: Timing, overrides: Overrides | None, findings: Findings) -> Cue:
    text = "\n".join(written.lines)
    runs = (_later(run, -written.offset_ms) for run in cue_runs(text, "vtt", overrides))
    shown = payload(runs, findings, timing.start_ms)  # meets the overrides on its way
    settings, dropped = sound_settings(timing.settings, text)
    if dropped:
        findings.note(LOST_SETTING, timing.start_ms, example=dropped[0])
    if overrides and overrides.has_hidden:
        findings.say(HIDDEN_TEXT)
    if overrides and overrides.alignment and not settings:
        settings = settings_for(overrides.alignment)
    return Cue(timing.start_ms, timing.end_ms, shown, settings)


def _later(run: TextRun, by_ms: int) -> TextRun:
    return run if run.at_ms is None else replace(run, at_ms=max(run.at_ms + by_ms, 0))
