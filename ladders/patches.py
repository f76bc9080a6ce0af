"""Which frames of which encode make a rendition, once some of them were encoded again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from farm.ladder import Chunk


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames of the timeline that are taken from the encode of this number."""

    encode: int
    start_frame: int
    frames: int

    @property
    def end_frame(self) -> int:
        return self.start_frame + self.frames


def lay_out(encodes: Sequence[Chunk]) -> tuple[Piece, ...]:
    """Return the pieces of a rendition in order; a later encode lies above those before it."""
    pieces: list[Piece] = []
    for number, chunk in enumerate(encodes):
        above = Piece(number, chunk.start_frame, chunk.frames)
        pieces = [left for piece in pieces for left in _beside(piece, above)]
        pieces.append(above)
    return tuple(sorted(pieces, key=lambda piece: piece.start_frame))


def _beside(piece: Piece, above: Piece) -> Iterator[Piece]:
    """Yield what of a piece is not covered."""
    before = min(piece.end_frame, above.start_frame) - piece.start_frame
    if before > 0:
        yield Piece(piece.encode, piece.start_frame, before)
    begin = max(piece.start_frame, above.end_frame)
    if begin < piece.end_frame:
        yield Piece(piece.encode, begin, piece.end_frame - begin)
