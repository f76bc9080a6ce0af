"""Names beside the points of a drawing, where none lies on another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

# Of text as large as it gets, on narrow screens: a drawing is the same at all widths.
LETTER_PX, LINE_PX = 9, 17

Box = tuple[int, int, int, int]  # left, top, right, bottom
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Label:
    """A text at its baseline."""

    text: str
    x_px: int
    y_px: int
    anchor: Anchor

    @property
    def box(self) -> Box:
        """Return what it covers."""
        wide = LETTER_PX * len(self.text)
        left = {"start": 0, "middle": wide // 2, "end": wide}[self.anchor]
        bottom = self.y_px + LINE_PX // 4
        return self.x_px - left, bottom - LINE_PX, self.x_px - left + wide, bottom


def above(text: str, x_px: int, y_px: int) -> Sequence[Label]:
    """Return where a name may stand beside a point of a curve that rises to the right."""
    return (
        Label(text, x_px - 7, y_px - 6, "end"),
        Label(text, x_px, y_px - 12, "middle"),
        Label(text, x_px - 9, y_px + 6, "end"),
        Label(text, x_px - 7, y_px - 20, "end"),
        Label(text, x_px, y_px - 30, "middle"),
        Label(text, x_px + 9, y_px + 16, "start"),
    )


def below(text: str, x_px: int, y_px: int) -> Sequence[Label]:
    """Return where a name may stand beside the lowest point of such a curve."""
    return (
        Label(text, x_px, y_px + 18, "middle"),
        Label(text, x_px + 8, y_px + 14, "start"),
        Label(text, x_px + 9, y_px + 4, "start"),
        Label(text, x_px - 8, y_px + 14, "end"),
    )


class Labels:
    """Takes one name after the other, each where there is room; the first ones choose first."""

    def __init__(self, within: Box, taken: Iterable[Box]) -> None:
        self._within = within
        self._taken = list(taken)

    def place(self, places: Sequence[Label]) -> Label | None:
        """Return the first of `places` that is free, None where none is."""
        for label in places:
            if self._is_free(label.box):
                self._taken.append(label.box)
                return label
        return None

    def _is_free(self, box: Box) -> bool:
        left, top, right, bottom = self._within
        inside = left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom
        return inside and not any(_meet(box, other) for other in self._taken)


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
