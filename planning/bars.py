"""Black bars cut off, where a ladder asks for it and they are steady. Pure."""

from __future__ import annotations

from dataclasses import replace

from farm.facts import Analysis
from farm.ladder import Treatment
from farm.mediainfo import VideoStream
from farm.remarks import Remark

TURNED = "bars stay: pictures that are turned, coded as fields or change their shape keep theirs"


def without_bars(treatment: Treatment, stream: VideoStream, analysis: Analysis) -> Treatment:
    """Return a treatment that shows what lies between the bars, which analysis found steady.

    The picture becomes smaller, never larger; its edges stay on the grid of 4:2:0.
    """
    if analysis.crop is None or _keeps_bars(treatment, stream):
        return treatment
    width, height, x, y = analysis.crop
    left, top = x + x % 2, y + y % 2
    width, height = (width - (left - x)) // 2 * 2, (height - (top - y)) // 2 * 2
    return replace(
        treatment,
        crop=(width, height, left, top),
        display_width=max(1, round(treatment.display_width * width / stream.width)),
        display_height=max(1, round(treatment.display_height * height / stream.height)),
    )


def kept_bars(treatment: Treatment, stream: VideoStream, analysis: Analysis) -> list[Remark]:
    """Return what to say where bars were to be cut off and could not be."""
    if analysis.crop is None or not _keeps_bars(treatment, stream):
        return []
    return [Remark(f"stream {stream.index} ({stream.codec})", "assumed", TURNED, (stream.index,))]


def _keeps_bars(treatment: Treatment, stream: VideoStream) -> bool:
    turned = stream.rotation != 0 or stream.crooked
    return turned or stream.coded_fields is not None or bool(treatment.shapes)
