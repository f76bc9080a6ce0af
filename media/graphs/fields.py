"""From fields to whole pictures: woven together, matched back to film, or made into pictures."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from farm.ladder import Treatment

FILM_IN_FIELDS = Fraction(4, 5)  # of the pictures of 3:2 pulldown are film's own
CYCLE = 5  # pictures, of which film's four are made


def woven(stream: Any, first_field: str | None) -> Any:
    """Return frames of pictures that are fields, "top" or "bottom" first; None: they are frames.

    HEVC has no other way to code fields (ITU-T H.265, field_seq_flag).
    """
    if first_field is None:
        return stream
    return stream.filter("weave", first_field=first_field)


def whole_pictures(stream: Any, treatment: Treatment) -> Any:
    """Return progressive pictures, at the rate of the timeline where that is not the source's."""
    if treatment.film:
        return _film(stream, treatment)
    if treatment.deinterlace:
        # All of them, since analysis looked at pictures, and flags are often wrong.
        mode = "send_field" if treatment.every_field else "send_frame"
        return stream.filter("bwdif", mode=mode, parity=treatment.parity, deint="all")
    return stream


def _film(stream: Any, treatment: Treatment) -> Any:
    """Undo 3:2 pulldown: fields go back to the pictures they are of, and the fifth one goes."""
    source_rate = treatment.fps / FILM_IN_FIELDS
    stream = stream.filter("fps", fps=f"{source_rate.numerator}/{source_rate.denominator}")
    # The last cycle has to be whole, or its end is not given out.
    stream = stream.filter("tpad", stop=CYCLE, stop_mode="clone")
    stream = stream.filter("fieldmatch", order=treatment.parity, combmatch="full")
    # What matches nothing, as where an edit broke the pattern, must not show combs.
    stream = stream.filter("bwdif", mode="send_frame", parity=treatment.parity, deint="interlaced")
    return stream.filter("decimate", cycle=CYCLE)
