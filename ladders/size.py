"""The geometry of a rung: the largest even picture of the source's shape that fits a box."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

MIN_SIDE = 2  # 4:2:0 has one chroma sample for two by two pixels


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in square pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def short(self) -> int:
        return min(self.width, self.height)

    @property
    def long(self) -> int:
        return max(self.width, self.height)

    @property
    def even(self) -> Size:
        """Return this size with odd sides one pixel shorter, never below MIN_SIDE."""
        return Size(max(MIN_SIDE, self.width // 2 * 2), max(MIN_SIDE, self.height // 2 * 2))

    def turned_like(self, picture: Size) -> Size:
        """Return this box, standing up where `picture` does."""
        if picture.height > picture.width:
            return Size(self.short, self.long)
        return Size(self.long, self.short)


def scale_into(picture: Size, box: Size) -> Fraction:
    """Return the factor that makes `picture` just fit in `box`; above 1 it would be upscaled."""
    return min(Fraction(box.width, picture.width), Fraction(box.height, picture.height))


def fit_into(picture: Size, box: Size) -> Size:
    """Return the even size in `box`, at most `picture`'s own, within a pixel of its shape."""
    scale = min(scale_into(picture, box), Fraction(1))
    return Size(
        _even(picture.width * scale, min(picture.width, box.width)),
        _even(picture.height * scale, min(picture.height, box.height)),
    )


def _even(exact: Fraction, limit: int) -> int:
    nearest = 2 * round(exact / 2)
    return max(MIN_SIDE, nearest - 2 if nearest > limit else nearest)
