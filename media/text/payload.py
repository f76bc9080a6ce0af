"""Runs of tagged text to a WebVTT cue payload (W3C WebVTT, section 4.2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from media.text.cue import MAX_CHARS, MAX_TAG_DEPTH
from media.text.findings import Findings
from media.text.word_times import word_tag

MAX_RUNS = 2 * MAX_CHARS

_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
# C0 and C1 controls but tab, byte order marks, and halves of surrogate pairs: no player shows them.
UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ud800-\udfff]")


# Players and Shaka Packager make one space of several (WebVTT's rendering is "pre-line").
_SPACES = re.compile("[ \t]{2,}|\t")


@dataclass(frozen=True, slots=True)
class Tag:
    """A WebVTT tag: "v" and "<v Proog>"."""

    name: str
    opening: str


BOLD, ITALIC, UNDERLINE = Tag("b", "<b>"), Tag("i", "<i>"), Tag("u", "<u>")


@dataclass(frozen=True, slots=True)
class TextRun:
    """A stretch of plain, unescaped text inside `tags`, outermost first, said from `at_ms` on."""

    text: str
    tags: tuple[Tag, ...] = ()
    at_ms: int | None = None  # None: together with what stands before it


class OpenTags:
    """The tags open at a point of the text; closing one that is not the last leaves the others."""

    def __init__(self) -> None:
        self._open: list[Tag] = []

    def __call__(self) -> tuple[Tag, ...]:
        return tuple(self._open)

    def open(self, tag: Tag) -> None:
        """Open `tag`, unless the text is nested beyond any reason."""
        if len(self._open) < MAX_TAG_DEPTH:
            self._open.append(tag)

    def close(self, name: str) -> None:
        """Close the innermost tag called `name`, if one is open."""
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index].name == name:
                del self._open[index]
                return


def payload(runs: Iterable[TextRun], findings: Findings, at_ms: int) -> str:
    """Return the payload that shows `runs`: escaped, balanced, trimmed, without blank lines.

    Text beyond MAX_CHARS is cut and reported as of the cue at `at_ms`.
    """
    taken = list(islice(runs, MAX_RUNS + 1))
    lines = list(_lines(_on_words(taken[:MAX_RUNS])))
    if len(taken) > MAX_RUNS or sum(len(run.text) for line in lines for run in line) > MAX_CHARS:
        findings.note(f"cut to {MAX_CHARS} characters", at_ms)
        lines = list(_cut(lines))
    return _written(_joined(lines))


def escaped(text: str) -> str:
    """Return `text` with the characters WebVTT reads as markup escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _on_words(runs: Iterable[TextRun]) -> Iterator[TextRun]:
    """Yield `runs`, with times of those that show nothing at the next that does."""
    at_ms = None
    for run in runs:
        at_ms = at_ms if run.at_ms is None else run.at_ms
        if run.text.strip():
            yield replace(run, at_ms=at_ms)
            at_ms = None
        elif run.text:
            yield replace(run, at_ms=None)


def _lines(runs: Iterable[TextRun]) -> Iterator[list[TextRun]]:
    """Yield the lines that show something, without whitespace around them."""
    line: list[TextRun] = []
    for run in runs:
        pieces = [TextRun(piece, run.tags) for piece in _LINE_BREAK.split(run.text)]
        if run.at_ms is not None:
            first = next(at for at, piece in enumerate(pieces) if piece.text.strip())
            pieces[first] = replace(pieces[first], at_ms=run.at_ms)
        line.append(pieces[0])
        for piece in pieces[1:]:
            yield from _trimmed(line)
            line = [piece]
    yield from _trimmed(line)


def _trimmed(line: list[TextRun]) -> Iterator[list[TextRun]]:
    """Yield `line` without unshowable characters and outer whitespace, if anything is left."""
    legible = (replace(run, text=UNSHOWABLE.sub("", run.text)) for run in line)
    shown = [replace(run, text=_SPACES.sub(" ", run.text)) for run in _merged(legible)]
    filled = [index for index, run in enumerate(shown) if run.text.strip()]
    if not filled:
        return
    shown = [run for run in shown[filled[0] : filled[-1] + 1] if run.text]
    shown[0] = replace(shown[0], text=shown[0].text.lstrip())
    shown[-1] = replace(shown[-1], text=shown[-1].text.rstrip())
    yield shown


def _merged(runs: Iterable[TextRun]) -> Iterator[TextRun]:
    """Yield `runs`, those that only empty tags were between as one."""
    last: TextRun | None = None
    for run in runs:
        if last is not None and run.at_ms is None and run.tags == last.tags:
            last = replace(last, text=last.text + run.text)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _cut(lines: list[list[TextRun]]) -> Iterator[list[TextRun]]:
    """Yield as much of `lines` as MAX_CHARS holds, ending with an ellipsis."""
    left = MAX_CHARS
    for line in lines:
        kept: list[TextRun] = []
        for run in line:
            if len(run.text) >= left:
                yield [*kept, replace(run, text=run.text[: left - 1] + "…")]
                return
            kept.append(run)
            left -= len(run.text)
        yield kept


def _joined(lines: Iterable[list[TextRun]]) -> Iterator[TextRun]:
    """Yield the runs of `lines` with breaks between, inside the tags both sides share."""
    before: list[TextRun] = []
    for line in lines:
        if before:
            pairs = zip(before[-1].tags, line[0].tags, strict=False)
            shared = takewhile(lambda pair: pair[0] is pair[1], pairs)
            yield TextRun("\n", tuple(tag for tag, _ in shared))
        yield from line
        before = line


def _written(runs: Iterable[TextRun]) -> str:
    """Return `runs` with every tag opened and closed as late and as early as may be."""
    written: list[str] = []
    opened: tuple[Tag, ...] = ()
    for run in runs:
        kept = 0
        while kept < min(len(opened), len(run.tags)) and opened[kept] is run.tags[kept]:
            kept += 1
        written += [f"</{tag.name}>" for tag in reversed(opened[kept:])]
        if run.at_ms is not None:
            written.append(word_tag(run.at_ms))
        written += [tag.opening for tag in run.tags[kept:]]
        written.append(escaped(run.text))
        opened = run.tags
    return "".join([*written, *(f"</{tag.name}>" for tag in reversed(opened))])
