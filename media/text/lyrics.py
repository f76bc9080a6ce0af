"""LRC and enhanced LRC: sung text, with the times of its lines and words.

The format has no standard. "[mm:ss.xx]" begins a line, several of them a line that comes again, and
a line without text ends the one before. Enhanced LRC (A2) has a time before each word,
"<mm:ss.xx>", and one behind the last for its end; some programs write those in square brackets.
"[offset:500]" brings all of it half a second forward.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from media.text.cue import FOREVER_MS, MAX_CHARS, MAX_CUES, Cue, NotSubtitles
from media.text.findings import Findings
from media.text.payload import Tag, TextRun, payload

MAX_LINE_CHARS = 4 * MAX_CHARS  # with times

# "01:02.50", "1:01:02.50", "01:02", and "01:02:50", whose last part is hundredths.
_TIME = (
    r"[ \t]{0,4}(?:(?P<hours>[0-9]{1,2}):(?=[0-9]{1,2}:[0-9]{1,2}[.,]))?"
    r"(?P<minutes>[0-9]{1,3}):(?P<seconds>[0-9]{1,2})(?:[.,:](?P<fraction>[0-9]{1,6}))?[ \t]{0,4}"
)
_ALONE = re.compile(_TIME)
_BEFORE_LINE = re.compile(rf"[ \t]{{0,8}}\[{_TIME}\]")
_BEFORE_WORD = re.compile(rf"[<\[]{_TIME}[>\]]")
_ABOUT = re.compile(r"\[[ \t]{0,4}([A-Za-z#][^:\[\]]{0,31}):(.*)\]")
_OFFSET = re.compile(r"[-+]?[0-9]{1,9}")
LYRICS = re.compile(rf"^[ \t]{{0,8}}\[{_TIME}\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Word:
    """A piece of a line; `at_ms` is None where it begins with what stands before."""

    text: str
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it is sung once; one without words ends the line before it."""

    start_ms: int
    words: Sequence[_Word]
    end_ms: int | None


@dataclass(slots=True)
class _Song:
    """What the lines of a file say; times as written."""

    lines: list[_Line] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)


def read_lyrics(text: str, findings: Findings) -> list[Cue]:
    """Return the lines of LRC `text` in order of time, with times inside where words have them.

    A line shows until its end, else until the next; the last one to the end of the song.
    """
    song = _song(text, findings)
    offset_ms = _offset_ms(song.about.pop("offset", "0"), findings)
    length = _ALONE.fullmatch(song.about.pop("length", ""))
    if song.about:
        findings.say(f"what it says about the song is left out: {', '.join(sorted(song.about))}")
    song_end_ms = _milliseconds(length) if length else FOREVER_MS
    lines = sorted((_sooner(line, offset_ms) for line in song.lines), key=_start_ms)
    cues = []
    for line, next_ms in zip(lines, _nexts([line.start_ms for line in lines]), strict=True):
        end_ms = line.end_ms if line.end_ms is not None else next_ms
        if end_ms is None:
            end_ms = song_end_ms if song_end_ms > line.start_ms else FOREVER_MS
        if line.words:
            shown = payload(_runs(line), findings, line.start_ms)
            cues.append(Cue(line.start_ms, end_ms, shown))
    return cues


def _start_ms(line: _Line) -> int:
    return line.start_ms


def _nexts(starts_ms: Sequence[int]) -> list[int | None]:
    """Return for each of `starts_ms`, which are in order, the first that is later."""
    nexts: list[int | None] = []
    for at in range(len(starts_ms) - 1, -1, -1):
        last = at + 1 == len(starts_ms)
        same = not last and starts_ms[at + 1] == starts_ms[at]
        nexts.append(None if last else nexts[-1] if same else starts_ms[at + 1])
    return nexts[::-1]


def _song(text: str, findings: Findings) -> _Song:
    song = _Song()
    for written in text.split("\n"):
        if len(written) > MAX_LINE_CHARS:
            findings.note("left out: it is too long", thing="line")
            continue
        starts_ms, rest = _starts(written)
        if starts_ms:
            song.lines += _times_sung(starts_ms, rest)
            if len(song.lines) > MAX_CUES:
                raise NotSubtitles(f"it has more than {MAX_CUES:,} lines")
        elif about := _ABOUT.fullmatch(written.strip()):
            song.about.setdefault(about[1].strip().lower(), about[2].strip())
        elif written.strip():
            findings.note("left out: nothing says when it is sung", thing="line")
    return song


def _starts(written: str) -> tuple[list[int], str]:
    """Return the times a line begins with, and what stands behind them."""
    starts_ms, position = [], 0
    while match := _BEFORE_LINE.match(written, position):
        starts_ms.append(_milliseconds(match))
        position = match.end()
    return list(dict.fromkeys(starts_ms)), written[position:]


def _times_sung(starts_ms: Sequence[int], text: str) -> list[_Line]:
    """Return a line for every time it is sung; its words' times go with the nearest."""
    words = list(_words(text))
    end_ms = words.pop().at_ms if words and not words[-1].text.strip() else None
    words = words if any(word.text.strip() for word in words) else []
    timed = [word.at_ms for word in words if word.at_ms is not None]
    timed += [] if end_ms is None else [end_ms]
    first_ms = min(starts_ms, key=lambda start_ms: abs(timed[0] - start_ms)) if timed else 0
    if end_ms is not None and end_ms <= first_ms:
        end_ms = None
    line = _Line(first_ms, words, end_ms)
    return [_sooner(line, first_ms - start_ms) for start_ms in starts_ms]


def _sooner(line: _Line, by_ms: int) -> _Line:
    def moved(at_ms: int | None) -> int | None:
        return None if at_ms is None else at_ms - by_ms

    words = [_Word(word.text, moved(word.at_ms)) for word in line.words]
    return _Line(line.start_ms - by_ms, words, moved(line.end_ms))


def _words(text: str) -> Iterator[_Word]:
    position, at_ms = 0, None
    for tag in _BEFORE_WORD.finditer(text):
        if position < tag.start():
            yield _Word(text[position : tag.start()], at_ms)
        position, at_ms = tag.end(), _milliseconds(tag)
    if text[position:] or at_ms is not None:
        yield _Word(text[position:], at_ms)


def _runs(line: _Line) -> Iterator[TextRun]:
    """Yield the words of a line, each in an element: only elements can be styled as past."""
    if all(word.at_ms is None for word in line.words):
        yield from (TextRun(word.text) for word in line.words)
        return
    spaced = True
    for word in line.words:
        text = word.text.lstrip() if spaced else word.text  # A2 has spaces on both sides of a time
        spaced = text[-1:].isspace() or (spaced and not text)
        at_ms = None if word.at_ms is None else max(word.at_ms, 0)
        yield TextRun(text, (Tag("c", "<c>"),), at_ms)


def _offset_ms(written: str, findings: Findings) -> int:
    """Return by how much earlier than written everything is sung."""
    if not _OFFSET.fullmatch(written):
        findings.say("its offset cannot be read: times are as written")
        return 0
    offset_ms = int(written)
    if offset_ms:
        when = "earlier" if offset_ms > 0 else "later"
        findings.say(f"times are {abs(offset_ms)} ms {when} than written, as its offset says")
    return offset_ms


def _milliseconds(time: re.Match[str]) -> int:
    whole_s = int(time["hours"] or 0) * 3600 + int(time["minutes"]) * 60 + int(time["seconds"])
    return whole_s * 1000 + int((time["fraction"] or "0").ljust(3, "0")[:3])
