"""Pictures of changing sizes and shapes, each fitted into the one frame a title has, with bars.

FFmpeg's programs give every frame the pixel shape the container declares, so that a change of it
shows nowhere in the graph: which shape holds when is told by time. Sizes are told by the frames
themselves; the `scale` filter follows them (so does `pad` with eval=frame), most others do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from farm.ladder import ShownShape, Treatment

# Sizes of one shape differ by rounding (854x480, 640x360), and nobody wants bars of a pixel.
SAME_ASPECT = Fraction(1, 100)


def fitted_size(shape: ShownShape, size: tuple[int, int]) -> tuple[int, int]:
    """Return the even size at which pictures of a shape fill a frame of `size` best."""
    width, height = size
    aspect, frame_aspect = Fraction(shape.width, shape.height), Fraction(width, height)
    if abs(aspect / frame_aspect - 1) <= SAME_ASPECT:
        return size
    if aspect > frame_aspect:
        return width, max(2, round(width / aspect / 2) * 2)
    return max(2, round(height * aspect / 2) * 2), height


def fitted(
    stream: Any,
    treatment: Treatment,
    size: tuple[int, int],
    *,
    from_s: Fraction,
    interlaced: bool = False,
    **options: str,
) -> Any:
    """Return the pictures of a treatment with `shapes`, all in frames of `size` with black bars.

    Their PTS 0 is at `from_s` of the title. `options` are for the scaler.
    """
    sizes = [fitted_size(shape, size) for shape in treatment.shapes]
    starts_s = [shape.start_s - from_s for shape in treatment.shapes]
    half_frame_s = 1 / treatment.fps / 2  # on a timeline a picture is up to this early or late
    stream = stream.filter(
        "scale",
        _in_time([width for width, _ in sizes], starts_s, half_frame_s),
        _in_time([height for _, height in sizes], starts_s, half_frame_s),
        eval="frame",
        interl=int(interlaced),
        **options,
    )
    width, height = size
    return stream.filter("pad", width, height, "(ow-iw)/2", "(oh-ih)/2", eval="frame")


def _in_time(values: Sequence[int], starts_s: Sequence[Fraction], early_s: Fraction) -> str:
    """Return an expression of time that has the values from these moments on."""
    steps = [
        f"{after - before:+d}*gte(t,{float(start_s - early_s):.6f})"
        for before, after, start_s in zip(values, values[1:], starts_s[1:], strict=False)
        if after != before
    ]
    return f"{values[0]}{''.join(steps)}"
