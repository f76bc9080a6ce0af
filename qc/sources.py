"""What the source made necessary: pictures fitted, held, or made of fields, said in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from farm.checks import CheckOutcome
from farm.facts import Analysis, Check
from farm.mediainfo import PictureShape

ANALYSIS_SOURCE = "source analysis"
SHOWN_CHANGES = 3
MIN_HELD_S = 0.1  # less is rounding


def source_checks(analysis: Analysis) -> Iterable[Check]:
    """Yield whether the source was complete, steady, and pictures to its end."""
    missing_s = analysis.missing_s
    yield _check(
        "source-complete",
        "The source decodes to its end",
        f"{missing_s:.1f} s of the source are missing" if missing_s else None,
        "nothing is missing",
    )
    if analysis.timeline is None:
        return
    yield _check(
        "source-steady",
        "Pictures keep their size, shape and colours",
        _changes(analysis.shapes) if len(analysis.shapes) > 1 else None,
        "they do",
    )
    yield _check(
        "source-pictures",
        "There are pictures as long as there is sound",
        _held(analysis),
        "there are",
    )
    if analysis.interlaced:
        yield Check(
            "source-fields",
            "Fields became whole pictures",
            "pass",
            _fields(analysis),
            ANALYSIS_SOURCE,
        )


def _check(rule: str, title: str, wrong: str | None, right: str) -> Check:
    outcome: CheckOutcome = "warn" if wrong else "pass"
    return Check(rule, title, outcome, wrong or right, ANALYSIS_SOURCE)


def _changes(shapes: Sequence[PictureShape]) -> str:
    said = [
        f"{_described(after, before)} from {float(after.start_s):.2f} s on"
        for before, after in pairwise(shapes)
    ]
    more = f" and {len(said) - SHOWN_CHANGES} changes more" if len(said) > SHOWN_CHANGES else ""
    first = shapes[0]
    opening = f"{first.width}x{first.height} of pixels {first.sar}"
    return f"{opening}, then {', '.join(said[:SHOWN_CHANGES])}{more}: fitted into one frame"


def _described(shape: PictureShape, before: PictureShape) -> str:
    """Return what is new in a shape."""
    words = []
    if (shape.width, shape.height) != (before.width, before.height):
        words.append(f"{shape.width}x{shape.height}")
    if shape.sar != before.sar:
        words.append(f"pixels {shape.sar}")
    if shape.colour != before.colour:
        words.append(f"matrix {shape.colour.matrix}, range {shape.colour.range}")
    if shape.pix_fmt != before.pix_fmt:
        words.append(shape.pix_fmt)
    return " ".join(words)


def _held(analysis: Analysis) -> str | None:
    frames, timeline = analysis.picture_frames, analysis.timeline
    if frames is None or timeline is None:
        return None
    held_s = float((timeline.frames - frames) / timeline.fps)
    if held_s < MIN_HELD_S:
        return None
    return f"the last picture is held for {held_s:.1f} s while sound goes on"


def _fields(analysis: Analysis) -> str:
    if analysis.film:
        return "film in fields (3:2 pulldown), taken back to its own rate"
    return "a picture of each field" if analysis.every_field else "a picture of each frame"
