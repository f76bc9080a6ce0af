"""TTML, DFXP and IMSC1 text documents to cues. Libraries stop at frames and ticks, so it is ours.

W3C TTML2 (sections 8, 10 and 12) and IMSC 1.2 Text Profile: timed body, div, p and span, parallel
and sequential containers, nested styles, regions. The document is read without DTD, entities or
network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from lxml import etree

from farm.language import UNDETERMINED
from media.text.cue import FOREVER_MS, MAX_CUES, Cue, NotSubtitles
from media.text.findings import HIDDEN_TEXT, UNREADABLE_TIMES, Findings
from media.text.languages import in_one_language
from media.text.payload import Tag, TextRun, payload
from media.text.ttml_document import parse_ttml
from media.text.ttml_look import (
    ONLY_WITHOUT_RUBY,
    Looks,
    attributes,
    inherited,
    is_gone,
    is_invisible,
    local_name,
    ruby_tags,
    tags,
)
from media.text.ttml_time import Clock, document_clock

MAX_DEPTH = 64
MAX_CHANGES = 128  # moments at which the text of one paragraph changes
_FOREVER_S = Fraction(FOREVER_MS, 1000)
_NEVER = (_FOREVER_S, _FOREVER_S)
_SPACES = re.compile(r"[ \t\r\n]+")
_CONTAINERS = frozenset({"body", "div", "p", "span"})


@dataclass(frozen=True, slots=True)
class _Scope:
    """What an element hands to its children."""

    begin_s: Fraction
    end_s: Fraction
    properties: dict[str, str]
    region: str
    language: str  # as written; "" where nothing says it
    ruby: tuple[Tag, ...]
    gone: bool
    preserve: bool
    depth: int


@dataclass(frozen=True, slots=True)
class _Fragment:
    """A piece of a paragraph's text and when it shows."""

    text: str
    scope: _Scope
    start_ms: int
    end_ms: int


def read_ttml(text: str, findings: Findings, language: str = UNDETERMINED) -> list[Cue]:
    """Return the cues of a TTML document; raise NotSubtitles for one that is none, or hostile.

    Of a document in several languages, what is not in the one asked for is left out.
    """
    root = parse_ttml(text, findings)
    if local_name(str(root.tag)) != "tt":
        raise NotSubtitles(f"its root element is {local_name(str(root.tag))!r}, not 'tt'")
    own = attributes(root)
    reader = _Reader(Looks(root), document_clock(own), findings)
    whole = _Scope(
        begin_s=Fraction(0),
        end_s=_FOREVER_S,
        properties={},
        region="",
        language=own.get("lang", ""),
        ruby=(),
        gone=False,
        preserve=False,
        depth=0,
    )
    for child in root:
        if local_name(str(child.tag)) == "body":
            reader.read(child, reader.scope(child, whole))
    return in_one_language(reader.cues, language, findings)


class _Reader:
    """Walks a body and gathers the cues of its paragraphs."""

    def __init__(self, looks: Looks, clock: Clock, findings: Findings) -> None:
        self.cues: list[tuple[str, Cue]] = []  # with the language of each
        self._looks = looks
        self._clock = clock
        self._findings = findings

    def read(self, element: etree._Element, scope: _Scope) -> None:
        """Read body and div elements down to their paragraphs."""
        if local_name(str(element.tag)) == "p":
            shown = (piece for piece in self._fragments(element, scope) if self._shows(piece))
            language = scope.language
            self.cues += ((language, cue) for cue in self._cues(list(shown)))
            if len(self.cues) > MAX_CUES:
                raise NotSubtitles(f"it has more than {MAX_CUES:,} cues")
            return
        for child, inner in self._children(element, scope):
            self.read(child, inner)

    def scope(self, element: etree._Element, outer: _Scope) -> _Scope:
        """Return the scope of `element`, whose times count from the start of `outer`."""
        if outer.depth >= MAX_DEPTH:
            raise NotSubtitles(f"its elements are nested more than {MAX_DEPTH} deep")
        own = attributes(element)
        specified = self._looks.properties(element)
        begin_s, end_s = self._interval(own, outer)
        region = own.get("region", outer.region)
        space = own.get("space", "preserve" if outer.preserve else "default")
        return _Scope(
            begin_s,
            end_s,
            outer.properties | inherited(specified),
            region,
            own.get("lang", outer.language),
            outer.ruby + ruby_tags(specified),
            gone=outer.gone
            or is_gone(specified)
            or is_gone(self._looks.region(region))
            or specified.get("ruby") == ONLY_WITHOUT_RUBY,
            preserve=space == "preserve",
            depth=outer.depth + 1,
        )

    def _interval(self, own: Mapping[str, str], outer: _Scope) -> tuple[Fraction, Fraction]:
        """Return when an element with attributes `own` is active (TTML2, section 12.4)."""
        written = {name: own[name] for name in ("begin", "end", "dur") if name in own}
        times = {name: self._clock.seconds(value) for name, value in written.items()}
        if None in times.values():
            self._findings.note(UNREADABLE_TIMES, thing="element")
            return _NEVER
        known = {name: time_s for name, time_s in times.items() if time_s is not None}
        begin_s = outer.begin_s + known.get("begin", Fraction(0))
        ends = [outer.end_s]
        if "end" in known:
            ends.append(outer.begin_s + known["end"])
        if "dur" in known:
            ends.append(begin_s + known["dur"])
        return begin_s, min(ends)

    def _children(
        self, element: etree._Element, scope: _Scope
    ) -> Iterator[tuple[etree._Element, _Scope]]:
        """Yield the timed children of `element`: side by side, or in a sequence one by one."""
        in_sequence = attributes(element).get("timeContainer") == "seq"
        outer = scope
        for child in element:
            if local_name(str(child.tag)) not in _CONTAINERS:
                continue
            inner = self.scope(child, outer)
            yield child, inner
            if in_sequence:
                outer = replace(scope, begin_s=inner.end_s)

    def _fragments(self, element: etree._Element, scope: _Scope) -> Iterator[_Fragment]:
        """Yield the text of a p or span in order, each piece with the time it shows."""
        inner_scopes = dict(self._children(element, scope))
        start_ms, end_ms = round(scope.begin_s * 1000), round(scope.end_s * 1000)

        def fragment(text: str) -> _Fragment:
            return _Fragment(text, scope, start_ms, end_ms)

        yield fragment(_text(element.text, scope))
        for child in element:
            if child in inner_scopes:
                yield from self._fragments(child, inner_scopes[child])
            elif local_name(str(child.tag)) == "br":
                yield fragment("\n")
            yield fragment(_text(child.tail, scope))

    def _shows(self, piece: _Fragment) -> bool:
        """Return whether a piece is text that can be seen."""
        look = {**inherited(self._looks.region(piece.scope.region)), **piece.scope.properties}
        hidden = piece.scope.gone or is_invisible(look)
        if hidden and piece.text.strip():
            self._findings.say(HIDDEN_TEXT)
        return bool(piece.text) and not hidden

    def _cues(self, fragments: list[_Fragment]) -> Iterator[Cue]:
        """Yield a cue for every stretch in which the same pieces of a paragraph show."""
        visible = [piece for piece in fragments if piece.text.strip()]
        visible = [piece for piece in visible if piece.start_ms < FOREVER_MS]
        timed = [piece for piece in visible if piece.start_ms < piece.end_ms]
        edges = sorted({p.start_ms for p in timed} | {p.end_ms for p in timed})
        if len(edges) > MAX_CHANGES:
            raise NotSubtitles(f"a paragraph of it changes more than {MAX_CHANGES} times")
        if visible and not timed:  # the mending reports it
            yield self._cue(visible[0].start_ms, visible[0].end_ms, visible)
        for start_ms, end_ms in pairwise(edges):
            active = [p for p in fragments if p.start_ms <= start_ms and end_ms <= p.end_ms]
            if any(piece.text.strip() for piece in active):
                yield self._cue(start_ms, end_ms, active)

    def _cue(self, start_ms: int, end_ms: int, active: list[_Fragment]) -> Cue:
        first = next(piece for piece in active if piece.text.strip()).scope
        region = self._looks.region(first.region)
        runs = (
            TextRun(
                piece.text,
                piece.scope.ruby + tags({**inherited(region), **piece.scope.properties}),
            )
            for piece in active
        )
        shown = payload(runs, self._findings, start_ms)
        return Cue(start_ms, end_ms, shown, self._looks.settings(region, first.properties))


def _text(written: str | None, scope: _Scope) -> str:
    """Return an element's text, its white space collapsed unless the document keeps it."""
    return (written or "") if scope.preserve else _SPACES.sub(" ", written or "")
