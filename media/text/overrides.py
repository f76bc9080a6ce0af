"""ASS override tags: bold, italic, underline and alignment are read, everything else is look.

Sources: Aegisub's "ASS Override Tags", and libass for what players make of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from media.text.payload import BOLD, ITALIC, UNDERLINE, Tag, TextRun

OVERRIDE = r"\{(?P<overrides>\\[^{}]*+)\}"  # as SubRip files borrow them: never a plain "{...}"
_BLOCK = re.compile(r"\{([^{}]*+)\}")
_COMMAND = re.compile(
    r"\\(?:(?P<align>an?)(?P<where>\d{1,2})"
    r"|(?P<name>[biup])(?P<value>\d{0,4})(?![A-Za-z(])"  # not \bord, \iclip, \pos ...
    r"|(?P<layer>alpha|[134]a)&?H?(?P<alpha>[0-9A-Fa-f]{0,8})&?"
    r"|r(?P<style>[^\\}]{0,64}))"
)
_BREAK = re.compile(r"\\([Nnh])")
_BREAKS = {"N": "\n", "n": " ", "h": "\u00a0"}  # \n breaks only in wrap style 2
_LAYERS = ("1", "3", "4")  # of a letter: its face, its outline, its shadow
_TRANSPARENT = "FF"
_SSA_ALIGNMENTS = {1: 1, 2: 2, 3: 3, 5: 7, 6: 8, 7: 9, 9: 4, 10: 5, 11: 6}


@dataclass(frozen=True, slots=True)
class Look:
    """What of a style survives in WebVTT; `alignment` counts like a numeric keypad."""

    bold: bool = False
    italic: bool = False
    underline: bool = False
    alignment: int = 2
    transparent: bool = False  # in all its layers


@dataclass(slots=True)
class Overrides:
    """The state override tags leave behind, starting from `base`."""

    base: Look = field(default_factory=Look)
    styles: Mapping[str, Look] = field(default_factory=dict)
    alignment: int | None = None  # the first one a cue names holds for all of it
    drawing: bool = False
    has_hidden: bool = False  # whether any text met a state in which it does not show
    _on: dict[str, bool] = field(default_factory=dict)
    _transparent: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._reset(self.base)

    def tags(self) -> tuple[Tag, ...]:
        """Return the tags that are on."""
        known = (("b", BOLD), ("i", ITALIC), ("u", UNDERLINE))
        return tuple(tag for name, tag in known if self._on[name])

    def hide(self, text: str) -> bool:
        """Return whether text does not show now, being a drawing or wholly transparent."""
        transparent = all(self._transparent.values())
        self.has_hidden |= transparent and bool(text.strip())
        return self.drawing or transparent

    def apply(self, block: str) -> None:
        """Obey the commands of one block, given without its braces."""
        for command in _COMMAND.finditer(block):
            if command["align"]:
                self._align(command["align"], int(command["where"]))
            elif command["layer"]:
                self._set_alpha(command["layer"], command["alpha"])
            elif command["name"] == "p":
                self.drawing = bool(int(command["value"] or 0))
            elif command["name"]:
                self._switch(command["name"], command["value"])
            else:
                self._reset(self.styles.get(command["style"].strip(), self.base))

    def _align(self, form: str, where: int) -> None:
        alignment = where if form == "an" else _SSA_ALIGNMENTS.get(where, 2)
        if self.alignment is None and 1 <= alignment <= 9:
            self.alignment = alignment

    def _switch(self, name: str, value: str) -> None:
        if value:
            self._on[name] = int(value) == 1 or int(value) >= 600  # \b takes a font weight too
        else:
            self._on[name] = _switches(self.base)[name]

    def _set_alpha(self, layer: str, alpha: str) -> None:
        layers = _LAYERS if layer == "alpha" else (layer[0],)
        hidden = alpha.upper().zfill(2)[-2:] == _TRANSPARENT if alpha else self.base.transparent
        self._transparent |= dict.fromkeys(layers, hidden)

    def _reset(self, look: Look) -> None:
        self._on = _switches(look)
        self._transparent = dict.fromkeys(_LAYERS, look.transparent)


def _switches(look: Look) -> dict[str, bool]:
    return {"b": look.bold, "i": look.italic, "u": look.underline}


def ass_runs(text: str, overrides: Overrides) -> Iterator[TextRun]:
    """Yield the runs of an ASS event's `text`; drawings, comments, hidden text vanish."""
    position = 0
    for block in _BLOCK.finditer(text):
        yield from _run(text[position : block.start()], overrides)
        overrides.apply(block[1])
        position = block.end()
    yield from _run(text[position:], overrides)


def _run(text: str, overrides: Overrides) -> Iterator[TextRun]:
    if text and not overrides.hide(text):
        yield TextRun(_BREAK.sub(lambda code: _BREAKS[code[1]], text), overrides.tags())
