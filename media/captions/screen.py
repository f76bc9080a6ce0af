"""What a television shows of one CEA-608 channel, as cues (ANSI/CTA-608-E; 47 CFR 15.119).

Pop-on captions show whole from one command to the next. Roll-up and paint-on captions are written
letter by letter under the viewer's eyes: a line, or what is written in one go, becomes a cue from
its first letter to that of the next. Each text so is said once, though a television still shows
the lines before it. FFmpeg's decoder and ttconv's reader repeat these in every cue, and FFmpeg's
lets painted text begin where the caption before ended; ttconv cuts it into words, and knows no
place for roll-up but the bottom. Hence this screen, over ttconv's tables of codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from media.captions.codes import Cursor, Letters, Order, Style, meaning
from media.captions.line21 import Pair
from media.text.cue import Cue
from media.text.findings import Findings
from media.text.payload import Tag, TextRun, payload
from media.text.placement import settings_for

LAST_COLUMN = 31
BOTTOM_ROW = 15
SILENCE_MS = 16_000  # televisions clear the screen after so long without a word for the channel
PAUSE_MS = 1_000  # who paints on after that begins something new

_ROLL_UP = frozenset({"RU2", "RU3", "RU4"})
_TABS = {"TO1": 1, "TO2": 2, "TO3": 3}
_TOP_ROWS, _MIDDLE_ROWS = range(1, 6), range(6, 11)
# Of 32 columns: a block whose middle lies beyond stands left or right.
_CENTRE = range(11, 22)

Rows = dict[int, dict[int, tuple[str, tuple[Tag, ...]]]]  # letters by row and column


def read_cues(pairs: Iterable[Pair], end_ms: int, findings: Findings) -> Iterator[Cue]:
    """Yield the cues of one channel's pairs, of a title that ends at `end_ms`, in order."""
    screen = _Screen(findings)
    for pair in pairs:
        yield from screen.take(pair)
    yield from screen.clear(min(screen.heard_ms + SILENCE_MS, max(end_ms, screen.shown_ms)))


@dataclass(slots=True)
class _Screen:
    """A decoder's two memories, and where it writes."""

    findings: Findings
    mode: str = ""  # "pop", "roll" or "paint"; what comes before any is nobody's
    shown: Rows = field(default_factory=dict)
    hidden: Rows = field(default_factory=dict)
    shown_ms: int = 0
    written_ms: int = 0  # the last letter
    heard_ms: int = 0  # the last pair
    fresh: bool = True  # the next letter begins a new cue
    row: int = BOTTOM_ROW
    column: int = 0
    tags: tuple[Tag, ...] = ()

    def take(self, pair: Pair) -> Iterator[Cue]:
        """Obey a pair, and yield the cues that are over with it."""
        if pair.time_ms - self.heard_ms > SILENCE_MS:
            yield from self.clear(self.heard_ms + SILENCE_MS)
        self.heard_ms = pair.time_ms
        match meaning(pair.first, pair.second):
            case Letters(text, instead):
                if instead:
                    self._step_back()
                for letter in text:
                    yield from self._write(letter, pair.time_ms)
            case Cursor(row, column, tags):
                self.fresh |= self.mode == "roll" and row != self.row
                self.row, self.column, self.tags = row, column, tags
            case Style(tags):
                yield from self._write(" ", pair.time_ms)
                self.tags = tags
            case Order(name):
                yield from self._obey(name, pair.time_ms)

    def clear(self, at_ms: int) -> Iterator[Cue]:
        """Yield what was shown until now; nothing is afterwards."""
        yield from _cues(self.shown, self.shown_ms, at_ms, self.mode, self.findings)
        self.shown, self.fresh = {}, True

    def _obey(self, name: str, at_ms: int) -> Iterator[Cue]:
        if name in _ROLL_UP:
            if self.mode != "roll":
                yield from self.clear(at_ms)
                self.hidden, self.row, self.column, self.tags = {}, BOTTOM_ROW, 0, ()
            self.mode = "roll"
        elif name == "RCL":
            self.mode = "pop"
        elif name == "RDC":
            self.fresh |= self.mode != "paint"
            self.mode = "paint"
        elif name == "EOC":
            before = self.shown
            yield from self.clear(at_ms)
            self.shown, self.shown_ms, self.hidden = self.hidden, at_ms, before
            self.mode = "pop"
        elif name == "EDM":
            yield from self.clear(at_ms)
        elif name == "ENM":
            self.hidden = {}
        elif name == "CR" and self.mode == "roll":
            self.fresh, self.column, self.tags = True, 0, ()
        elif name == "BS":
            self._step_back()
        elif name == "DER":
            line = self._memory.get(self.row, {})
            for column in [column for column in line if column >= self.column]:
                del line[column]
        elif name in _TABS:
            self.column = min(self.column + _TABS[name], LAST_COLUMN)

    @property
    def _memory(self) -> Rows:
        return self.hidden if self.mode == "pop" else self.shown

    def _write(self, letter: str, at_ms: int) -> Iterator[Cue]:
        if not self.mode:
            return
        if self.mode != "pop":
            if self._begins(letter, at_ms):
                yield from self.clear(at_ms)
                self.fresh, self.shown_ms = False, at_ms
            self.written_ms = at_ms
        self._memory.setdefault(self.row, {})[self.column] = (letter, self.tags)
        self.column = min(self.column + 1, LAST_COLUMN)

    def _begins(self, letter: str, at_ms: int) -> bool:
        """Return whether a letter is the first of a new cue; spaces never are."""
        over = self.column in self.shown.get(self.row, {}) and self.column < LAST_COLUMN
        late = self.mode == "paint" and at_ms - self.written_ms > PAUSE_MS
        return letter != " " and (self.fresh or late or (self.mode == "paint" and over))

    def _step_back(self) -> None:
        self.column = max(self.column - 1, 0)
        self._memory.get(self.row, {}).pop(self.column, None)


def _cues(shown: Rows, start_ms: int, end_ms: int, mode: str, findings: Findings) -> Iterator[Cue]:
    """Yield a cue for each third of the picture in which something stood."""
    for rows, alignment in ((_TOP_ROWS, 8), (_MIDDLE_ROWS, 5), (range(11, BOTTOM_ROW + 1), 2)):
        lines = {row: cells for row, cells in sorted(shown.items()) if row in rows and cells}
        text = payload(_runs(lines), findings, start_ms)
        if text:
            # Lines that roll begin at the left whoever speaks.
            side = 0 if mode == "roll" else _side(lines)
            yield Cue(start_ms, end_ms, text, settings_for(alignment + side))


def _runs(lines: Rows) -> Iterator[TextRun]:
    """Yield what is written; a gap between letters, however wide, is one space."""
    for cells in lines.values():
        before = " "
        for column in range(min(cells), max(cells) + 1):
            letter, tags = cells.get(column, (" ", ()))
            if letter != " " or before != " ":
                yield TextRun(letter, tags)
            before = letter
        yield TextRun("\n")


def _side(lines: Rows) -> int:
    """Return where a block of text stands: -1 on the left, 0 in the middle, 1 on the right."""
    columns = [
        column
        for cells in lines.values()
        for column, (letter, _) in cells.items()
        if letter.strip()
    ]
    middle = (min(columns) + max(columns) + 1) // 2
    return 0 if middle in _CENTRE else -1 if middle < _CENTRE.start else 1
