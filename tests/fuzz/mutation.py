"""What is done to a file: bytes flipped, cut, pieces swapped, lengths that lie. Equal seeds, equal
files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from tests.fuzz.anatomy import Piece

MOST_CHANGES = 3
MAX_BYTES = 1 << 20  # joined and doubled, a file stays small
NASTY = (b"\x00", b"\xff", b"\x7f", b"\x80", b"\x01")


@dataclass(frozen=True, slots=True)
class Whole:
    """A file to mutate: its bytes, where its pieces lie, and others of its format."""

    data: bytes
    pieces: Sequence[Piece]
    others: Sequence[bytes]


Change = Callable[[Whole, Random], bytes]


def mutated(whole: Whole, rng: Random) -> tuple[bytes, str]:
    """Return a file with one to three changes, and their names in the order they were made.

    All but the last leave every byte where it was, so that the pieces are where they were.
    """
    names = []
    for _ in range(rng.randrange(MOST_CHANGES)):
        name = rng.choice(sorted(IN_PLACE))
        whole = Whole(IN_PLACE[name](whole, rng), whole.pieces, whole.others)
        names.append(name)
    name = rng.choice(sorted(CHANGES))
    return CHANGES[name](whole, rng)[:MAX_BYTES], ", ".join([*names, name])


def flip(whole: Whole, rng: Random) -> bytes:
    """Flip single bits, one in a thousand bytes at most, more of them at the head."""
    data = bytearray(whole.data)
    for _ in range(rng.randint(1, max(1, len(data) // 1000))):
        data[_place(data, rng)] ^= 1 << rng.randrange(8)
    return bytes(data)


def overwrite(whole: Whole, rng: Random) -> bytes:
    """Put other values in the place of a few bytes side by side."""
    data, count = bytearray(whole.data), rng.choice((1, 2, 4, 8))
    start = _place(data, rng)
    value = rng.choice(NASTY) * count if rng.random() < 0.6 else rng.randbytes(count)
    data[start : start + count] = value
    return bytes(data[: len(whole.data)])


def zeros(whole: Whole, rng: Random) -> bytes:
    """Lay a run of zeros over the file, as a failed disk leaves it."""
    start = rng.randrange(len(whole.data))
    end = min(len(whole.data), start + _run(whole, rng))
    return whole.data[:start] + bytes(end - start) + whole.data[end:]


def lie(whole: Whole, rng: Random) -> bytes:
    """Write another length into the head of a piece."""
    piece = rng.choice([piece for piece in whole.pieces if piece.length[1]] or [_all(whole)])
    first, last = piece.length
    if not last:
        return flip(whole, rng)
    most = (1 << 8 * (last - first)) - 1
    most = most & piece.mask if piece.mask >= 0 else most
    held = int.from_bytes(whole.data[first:last], piece.order)  # type: ignore[arg-type]
    told = held & most
    lies = (0, 1, told - 1, told + 1, told + 8, told * 2, told // 2, most, most // 2, most - 7)
    value = held & ~most | min(max(rng.choice((*lies, rng.randint(0, most))), 0), most)
    written = value.to_bytes(last - first, piece.order)  # type: ignore[arg-type]
    return whole.data[:first] + written + whole.data[last:]


def rename(whole: Whole, rng: Random) -> bytes:
    """Give a piece the first four bytes of another one, or their second four: its kind."""
    here, there = _two(whole, rng)
    start = rng.choice((0, 4))
    data = bytearray(whole.data)
    kind = whole.data[there.start + start : there.start + start + 4]
    data[here.start + start : here.start + start + len(kind)] = kind
    return bytes(data[: len(whole.data)])


def swap(whole: Whole, rng: Random) -> bytes:
    """Exchange two pieces with the same one around them."""
    families = defaultdict(list)
    for piece in whole.pieces:
        families[piece.parent].append(piece)
    several = [pieces for pieces in families.values() if len(pieces) > 1]
    if not several:
        return flip(whole, rng)
    one, two = sorted(rng.sample(rng.choice(several), 2), key=lambda piece: piece.start)
    data = whole.data
    between = data[one.end : two.start]
    swapped = data[two.start : two.end] + between + data[one.start : one.end]
    return data[: one.start] + swapped + data[two.end :]


def drop(whole: Whole, rng: Random) -> bytes:
    """Leave a piece out; what is around it keeps its length."""
    piece, _ = _two(whole, rng)
    return whole.data[: piece.start] + whole.data[piece.end :] or b"\0"


def double(whole: Whole, rng: Random) -> bytes:
    """Write a piece twice, or very often."""
    piece, _ = _two(whole, rng)
    times = rng.choice((1, 1, 1, 2, 50, 3000))
    return (
        whole.data[: piece.end] + whole.data[piece.start : piece.end] * times
        + whole.data[piece.end :]
    )  # fmt: skip


def move(whole: Whole, rng: Random) -> bytes:
    """Put a piece where another one begins."""
    piece, there = _two(whole, rng)
    held, at = whole.data[piece.start : piece.end], there.start
    left = whole.data[: piece.start] + whole.data[piece.end :]
    at -= (piece.end - piece.start) if at >= piece.end else 0
    return left[:at] + held + left[at:]


def cut(whole: Whole, rng: Random) -> bytes:
    """Keep the beginning."""
    return whole.data[: rng.randint(1, len(whole.data) - 1)]


def behead(whole: Whole, rng: Random) -> bytes:
    """Keep the end."""
    return whole.data[rng.randint(1, len(whole.data) - 1) :]


def excise(whole: Whole, rng: Random) -> bytes:
    """Take bytes out of the middle."""
    start = rng.randrange(len(whole.data))
    return whole.data[:start] + whole.data[start + _run(whole, rng) :] or b"\0"


def insert(whole: Whole, rng: Random) -> bytes:
    """Put bytes in, of zeros, of nothing in particular, or of the file itself."""
    at, count = rng.randrange(len(whole.data)), _run(whole, rng)
    kinds = (bytes(count), rng.randbytes(count), whole.data[:count])
    return whole.data[:at] + rng.choice(kinds) + whole.data[at:]


def join(whole: Whole, rng: Random) -> bytes:
    """Put a file of the same format behind it, or its second half behind the first of this one."""
    other = rng.choice(whole.others)
    if rng.random() < 0.5:
        return whole.data + other
    return whole.data[: len(whole.data) // 2] + other[len(other) // 2 :]


IN_PLACE: dict[str, Change] = {
    each.__name__: each for each in (flip, overwrite, zeros, lie, rename)
}
CHANGES: dict[str, Change] = IN_PLACE | {
    each.__name__: each for each in (swap, drop, double, move, cut, behead, excise, insert, join)
}


def _place(data: bytearray, rng: Random) -> int:
    """Return a place in a file: in half of all cases near its head, where formats say most."""
    return rng.randrange(min(len(data), 512) if rng.random() < 0.5 else len(data))


def _run(whole: Whole, rng: Random) -> int:
    """Return how long a run of bytes is: mostly short, at times half the file."""
    return rng.choice((1, 7, 64, 1000, max(1, len(whole.data) // 2)))


def _all(whole: Whole) -> Piece:
    return Piece(0, len(whole.data), -1)


def _two(whole: Whole, rng: Random) -> tuple[Piece, Piece]:
    pieces = whole.pieces or [_all(whole)]
    return rng.choice(pieces), rng.choice(pieces)
