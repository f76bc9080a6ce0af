"""The one frame of a title whose pictures change in size or shape on the way. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from farm.errors import UnsupportedMedia
from farm.ladder import ShownShape
from farm.mediainfo import PictureShape, VideoStream


def changing(
    shapes: Sequence[PictureShape], stream: VideoStream, duration_s: Fraction
) -> dict[str, Any]:
    """Return what a treatment says of pictures that change; nothing where they do not.

    The frame has the shape that lasts longest, and the largest size of that shape. Raises
    UnsupportedMedia for pictures that are turned and change in size, too.
    """
    shown = tuple(_shown(shape, stream.rotation) for shape in shapes)
    sizes = {(shape.width, shape.height) for shape in shapes}
    fields: dict[str, Any] = {}
    if len({(shape.colour.matrix, shape.colour.range, shape.pix_fmt) for shape in shapes}) > 1:
        fields["recoloured"] = True
    if len({(shape.width, shape.height) for shape in shown}) > 1 or len(sizes) > 1:
        if stream.rotation and len(sizes) > 1:
            raise UnsupportedMedia(
                "its pictures are turned and change in size on the way, which is not taken:"
                " give them one size and no turn first"
            )
        frame = _frame(shown, duration_s)
        fields |= {"shapes": shown, "resized": len(sizes) > 1}
        fields |= {"display_width": frame.width, "display_height": frame.height}
    return fields


def _shown(shape: PictureShape, rotation: int) -> ShownShape:
    size = (shape.display_width, shape.height)
    width, height = size[::-1] if rotation in (90, 270) else size
    return ShownShape(shape.start_s, width, height)


def _frame(shown: Sequence[ShownShape], duration_s: Fraction) -> ShownShape:
    ends_s = [*(shape.start_s for shape in shown[1:]), duration_s]
    lasting_s: dict[float, Fraction] = defaultdict(Fraction)
    for shape, end_s in zip(shown, ends_s, strict=True):
        lasting_s[_aspect(shape)] += max(Fraction(0), end_s - shape.start_s)
    longest = max(lasting_s, key=lambda aspect: lasting_s[aspect])
    alike = [shape for shape in shown if _aspect(shape) == longest]
    return max(alike, key=lambda shape: shape.width * shape.height)


def _aspect(shape: ShownShape) -> float:
    return round(shape.width / shape.height, 2)
