"""The pairs of bytes of both CEA-608 fields, told apart by channel (ANSI/CTA-608-E, 7 and 8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from media.captions.carried import CEA_608_KINDS, PARITY, Carried

CHANNELS = ("CC1", "CC2", "CC3", "CC4")
TEXT_SERVICES = ("T1", "T2", "T3", "T4")

_XDS_END = 0x0F
_SECOND_CHANNEL = 0x08  # this bit of a code's first byte
_ORDERS = range(0x20, 0x30)  # second bytes of miscellaneous control codes
_FIELD_2_ORDERS, _ORDERS_FIRST = 0x15, 0x14
_TEXT_MODE = frozenset({0x2A, 0x2B})  # TR, RTD
_CAPTION_MODE = frozenset({0x20, 0x25, 0x26, 0x27, 0x29, 0x2F})  # RCL, RU2-RU4, RDC, EOC
# Codes come twice, against noise. The second one follows within a picture or two.
_TWICE_MS = 100
# Of pairs with even parity: noise damages few, a maker that knows nothing of parity half of them.
_MOST_DAMAGED = 0.2


@dataclass(frozen=True, slots=True)
class Pair:
    """Two bytes without parity, as they would be sent in the first channel of field 1."""

    time_ms: int
    first: int
    second: int


def read_pairs(carried: Sequence[Carried]) -> Iterator[tuple[str, Pair]]:
    """Yield pairs and the channel each belongs to ("CC1", "T1"...); codes come once.

    Programme data (XDS) is left out, and so is what lost a bit on its way.
    """
    fields = tuple(_Field(number, _has_parity(carried, number)) for number in CEA_608_KINDS)
    for picture in carried:
        for kind, first, second in picture.of_kinds(*CEA_608_KINDS):
            yield from fields[kind].take(picture.time_ms, first, second)


@dataclass(slots=True)
class _Field:
    """What one field has sent so far."""

    number: int
    has_parity: bool
    channel: int = 0
    in_text: list[bool] = field(default_factory=lambda: [False, False])
    in_xds: bool = False
    last_code: Pair | None = None

    def take(self, time_ms: int, first: int, second: int) -> Iterator[tuple[str, Pair]]:
        """Yield the pair and whose it is, if it says anything to a decoder of captions."""
        damaged = self.has_parity and not _odd(first), self.has_parity and not _odd(second)
        first, second = first & ~PARITY, second & ~PARITY
        if any(damaged) and (damaged[0] or first < 0x20):
            return  # what a code was meant to be cannot be known
        if damaged[1]:
            second = 0  # a letter costs itself
        if 0 < first <= _XDS_END:
            self.in_xds = self.number == 1 and first < _XDS_END
        elif 0 < first < 0x20:
            yield from self._code(Pair(time_ms, first, second))
        elif first and not self.in_xds:
            self.last_code = None
            yield self._name(), Pair(time_ms, first, second)

    def _code(self, code: Pair) -> Iterator[tuple[str, Pair]]:
        self.in_xds = False
        if self._again(code):
            self.last_code = None  # a third one counts
            return
        self.last_code = code
        self.channel = int(bool(code.first & _SECOND_CHANNEL))
        first = code.first & ~_SECOND_CHANNEL
        if code.second in _ORDERS and first in (_ORDERS_FIRST, _FIELD_2_ORDERS):
            first = _ORDERS_FIRST
            if code.second in _TEXT_MODE | _CAPTION_MODE:
                self.in_text[self.channel] = code.second in _TEXT_MODE
        yield self._name(), Pair(code.time_ms, first, code.second)

    def _again(self, code: Pair) -> bool:
        before = self.last_code
        return (
            before is not None
            and (before.first, before.second) == (code.first, code.second)
            and code.time_ms - before.time_ms <= _TWICE_MS
        )

    def _name(self) -> str:
        names = TEXT_SERVICES if self.in_text[self.channel] else CHANNELS
        return names[2 * self.number + self.channel]


def _has_parity(carried: Sequence[Carried], number: int) -> bool:
    sent = (pair for picture in carried for pair in picture.of_kinds(number))
    pairs = [(first, second) for _, first, second in sent if (first | second) & ~PARITY]
    damaged = sum(not (_odd(first) and _odd(second)) for first, second in pairs)
    return damaged <= _MOST_DAMAGED * len(pairs)


def _odd(byte: int) -> bool:
    return byte.bit_count() % 2 == 1
