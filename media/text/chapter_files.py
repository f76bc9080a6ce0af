"""Chapter files to chapters as written: WebVTT, FFMETADATA, Apple's and plain JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

from farm.errors import InvalidSource
from farm.language import UNDETERMINED
from media.text.cue import MAX_BYTES
from media.text.decoding import NotText
from media.text.findings import UNREADABLE_TIMES, Findings
from media.text.markup import cue_runs
from media.text.subtitles import decoded_text
from media.text.vtt import read_vtt

MAX_CHAPTERS = 1_000

_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?")
_CLOCK = re.compile(r"(-?)(?:([0-9]{1,4}):)?([0-9]{1,2}):([0-9]{1,2}(?:[.,][0-9]{1,9})?)")
_TIME_BASE = re.compile(r"([0-9]{1,12})/([0-9]{1,12})")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

# The names chapter lists give a chapter's times: ffprobe's, Apple's, Podcasting 2.0's, plain ones.
# Beside its seconds ffprobe writes ticks of a "time_base" under the plain names.
_STARTS = ("start_time", "start-time", "startTime", "start")
_ENDS = ("end_time", "end-time", "endTime", "end")


class NotChapters(ValueError):
    """The text is no list of chapters; the message says why, without naming the file."""


@dataclass(frozen=True, slots=True)
class WrittenChapter:
    """A chapter as a file states it: an end may be missing, titles are by language."""

    start_s: Fraction
    end_s: Fraction | None
    titles: Mapping[str, str]


def read_chapters(data: bytes, *, name: str, findings: Findings) -> tuple[WrittenChapter, ...]:
    """Return the chapters of a file, which is told by its content.

    `name` is what a person calls the file. Raises InvalidSource, naming it, for anything that is
    no list of chapters.
    """
    if len(data) > MAX_BYTES:
        raise InvalidSource(f"{name}: {len(data):,} bytes are too many for chapters")
    try:
        return _within_cap(_read(decoded_text(data, "", findings), findings))
    except (NotChapters, NotText) as error:
        raise InvalidSource(f"{name}: not usable as chapters, because {error}") from error


def _within_cap(chapters: Iterator[WrittenChapter]) -> tuple[WrittenChapter, ...]:
    taken = tuple(islice(chapters, MAX_CHAPTERS + 1))
    if len(taken) > MAX_CHAPTERS:
        raise NotChapters(f"it has more than {MAX_CHAPTERS:,} chapters")
    return taken


def _read(text: str, findings: Findings) -> Iterator[WrittenChapter]:
    if text.startswith("WEBVTT"):
        return _of_vtt(text, findings)
    if text.startswith(";FFMETADATA"):
        return _of_ffmetadata(text, findings)
    if text.startswith(("[", "{")):
        return _of_json(text, findings)
    raise NotChapters("it is neither WebVTT, FFMETADATA nor JSON")


def _of_vtt(text: str, findings: Findings) -> Iterator[WrittenChapter]:
    if text.count("-->") > MAX_CHAPTERS:
        raise NotChapters(f"it has more than {MAX_CHAPTERS:,} chapters")
    for cue in read_vtt(text, findings):
        title = "".join(run.text for run in cue_runs(cue.payload, "vtt"))
        titles = {UNDETERMINED: title}
        yield WrittenChapter(Fraction(cue.start_ms, 1000), Fraction(cue.end_ms, 1000), titles)


def _of_ffmetadata(text: str, findings: Findings) -> Iterator[WrittenChapter]:
    """Yield the [CHAPTER] sections (FFmpeg documentation, "Metadata")."""
    joined = re.sub(r"\\\n", "\\\\\r", text)  # an escaped line end belongs to the value
    for section in re.split(r"^\[", joined, flags=re.MULTILINE):
        heading, *lines = section.split("\n")
        if heading.strip() != "CHAPTER]":
            continue
        values = dict(_assignments(lines))
        base = values.get("TIMEBASE", "1/1000000000")
        start_s = _in_ticks(_number(values.get("START")), base)
        if start_s is None:
            findings.note(UNREADABLE_TIMES, thing="chapter")
            continue
        titles = {UNDETERMINED: values.get("TITLE", "")}
        yield WrittenChapter(start_s, _in_ticks(_number(values.get("END")), base), titles)


def _assignments(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        key, equals, value = line.partition("=")
        if equals:  # a comment's key, "; START", is none of a chapter's
            yield key.strip().upper(), _ESCAPED.sub(r"\1", value).strip()


def _of_json(text: str, findings: Findings) -> Iterator[WrittenChapter]:
    try:
        # Numbers stay text: they become exact seconds, and none can be absurdly large.
        document = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise NotChapters(f"it is not valid JSON: {error}") from error
    entries = document.get("chapters") if isinstance(document, dict) else document
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise NotChapters("its JSON is not a list of chapters")
    for entry in entries:
        start_s = _time(entry, _STARTS)
        if start_s is None:
            findings.note(UNREADABLE_TIMES, thing="chapter")
            continue
        end_s, lasts_s = _time(entry, _ENDS), _time(entry, ("duration",))
        if end_s is None and lasts_s is not None:
            end_s = start_s + lasts_s
        yield WrittenChapter(start_s, end_s, _titles(entry))


def _titles(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return `{"en": "Intro"}` from "titles" (Apple's), else `{"und": ...}` from "title".

    ffprobe has it among the chapter's "tags".
    """
    listed = entry.get("titles")
    titles = {}
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict) and isinstance(item.get("title"), str):
            language = item.get("language")
            titles[language if isinstance(language, str) else UNDETERMINED] = item["title"]
    tags = entry.get("tags")
    title = entry.get("title", tags.get("title") if isinstance(tags, dict) else None)
    return titles or {UNDETERMINED: title if isinstance(title, str) else ""}


def _time(entry: Mapping[str, Any], names: tuple[str, ...]) -> Fraction | None:
    name = next((name for name in names if name in entry), "")
    written = entry.get(name)
    if not isinstance(written, str):
        return None
    if "time_base" in entry and name in ("start", "end"):
        return _in_ticks(_number(written), str(entry["time_base"]))
    if clock := _CLOCK.fullmatch(written.strip()):
        sign, hours, minutes, seconds = clock.groups()
        whole_s = int(hours or 0) * 3600 + int(minutes) * 60
        time_s = whole_s + Fraction(seconds.replace(",", "."))
        return -time_s if sign else time_s
    return _number(written)


def _in_ticks(ticks: Fraction | None, base: str) -> Fraction | None:
    """Return the seconds that `ticks` of a time base are; None where either is unreadable."""
    match = _TIME_BASE.fullmatch(base.strip())
    if ticks is None or match is None or int(match[2]) == 0:
        return None
    return ticks * Fraction(int(match[1]), int(match[2]))


def _number(written: str | None) -> Fraction | None:
    sound = written is not None and _NUMBER.fullmatch(written.strip())
    return Fraction(sound[0]) if sound else None
