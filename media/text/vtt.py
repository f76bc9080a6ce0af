"""WebVTT to cues and back, through webvtt-py."""

from __future__ import annotations

import re
from collections.abc import Iterable

import webvtt

from media.text.cue import Cue, timestamp
from media.text.findings import AT_BEGINNING, BEFORE_TITLE, UNREADABLE_TIMES, Findings
from media.text.markup import cue_runs
from media.text.overrides import Overrides
from media.text.payload import payload
from media.text.placement import sound_settings

# What exporters write and the standard forbids: decimal commas, and times before zero.
_TIMING = re.compile(
    r"^[ \t]{0,8}(-?)([0-9:]{4,16}+)[.,]([0-9]{1,3})"
    r"[ \t]{0,8}-->[ \t]{0,8}(-?)([0-9:]{4,16}+)[.,]([0-9]{1,3})",
    re.MULTILINE,
)


def read_vtt(text: str, findings: Findings) -> list[Cue]:
    """Return the cues of WebVTT `text`; styles, regions and notes are left behind."""
    text = _TIMING.sub(lambda line: _timing(line, findings), text)
    document = webvtt.from_string(text)
    if document.styles or document.regions:
        findings.say("style sheets and regions are not kept: viewers set their own look")
    for _ in range(text.count("-->") - len(document.captions)):
        findings.note(UNREADABLE_TIMES)
    return [_cue(caption, findings) for caption in document.captions]


def write_vtt(cues: Iterable[Cue]) -> str:
    """Return `cues` as a WebVTT file, each block followed by an empty line."""
    captions = [
        webvtt.Caption(
            timestamp(cue.start_ms), timestamp(cue.end_ms), cue.payload, settings=cue.settings
        )
        for cue in cues
    ]
    return f"{webvtt.WebVTT(captions=captions).content}\n"


def _timing(line: re.Match[str], findings: Findings) -> str:
    start_sign, start, start_fraction, end_sign, end, end_fraction = line.groups()
    if end_sign:
        findings.note(BEFORE_TITLE)
        return "NOTE"  # and what follows is its text
    if start_sign:
        findings.note(AT_BEGINNING)
        start, start_fraction = "00:00:00", "000"
    return f"{start}.{start_fraction} --> {end}.{end_fraction}"


def _cue(caption: webvtt.Caption, findings: Findings) -> Cue:
    start_ms = caption.start_time.in_milliseconds()
    settings, dropped = sound_settings(str(caption.settings))
    if dropped:
        findings.note("lost a setting that cannot be delivered", start_ms, example=dropped[0])
    runs = cue_runs(caption.raw_text, "vtt", Overrides())
    return Cue(
        start_ms,
        caption.end_time.in_milliseconds(),
        payload(runs, findings, start_ms),
        settings,
    )
