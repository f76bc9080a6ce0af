"""What a pair of bytes of CEA-608 means (ANSI/CTA-608-E, 8.4 and annexes), by ttconv's tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from media.text.payload import ITALIC, UNDERLINE, Tag


@dataclass(frozen=True, slots=True)
class Letters:
    """Text to write; `instead` of the letter before it, which is for decoders of the first kind."""

    text: str
    instead: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where text goes on: a row from 1 to 15, a column from 0 on."""

    row: int
    column: int
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """How text goes on, behind a space."""

    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """A miscellaneous control code by its name in the standard: "RCL", "EOC", "TO1"..."""

    name: str


Meaning = Letters | Cursor | Style | Order | None


@cache  # some hundreds are in use, and finding one takes a walk through all tables
def meaning(first: int, second: int) -> Meaning:
    """Return what two bytes without parity mean in the first channel of a field; None: nothing."""
    from ttconv.scc.codes.control_codes import SccControlCode
    from ttconv.scc.codes.extended_characters import SccExtendedCharacter
    from ttconv.scc.codes.mid_row_codes import SccMidRowCode
    from ttconv.scc.codes.preambles_address_codes import SccPreambleAddressCode
    from ttconv.scc.codes.special_characters import SccSpecialCharacter
    from ttconv.scc.word import SccWord

    word = SccWord(first, second)
    code = word.code
    if not word.is_code():
        return Letters(word.to_text()) if first >= 0x20 else None
    if isinstance(code, SccControlCode):
        return Order(code.name)
    if isinstance(code, SccPreambleAddressCode):
        return Cursor(code.get_row(), code.get_indent() or 0, _tags(code))
    if isinstance(code, SccMidRowCode):
        return Style(_tags(code))
    if isinstance(code, SccSpecialCharacter | SccExtendedCharacter):
        return Letters(code.get_unicode_value(), isinstance(code, SccExtendedCharacter))
    return None  # colours of the background, and what is not assigned


def _tags(code: object) -> tuple[Tag, ...]:
    """Return what of a style WebVTT keeps; `code` is one of ttconv's."""
    style, decoration = code.get_font_style(), code.get_text_decoration()  # type: ignore[attr-defined]
    italic = style is not None and style.name == "italic"
    underlined = decoration is not None and decoration.underline is True
    return (ITALIC,) * italic + (UNDERLINE,) * underlined
