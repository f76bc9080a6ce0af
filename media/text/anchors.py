"""Cue settings that say which edge of the box they place, told without: "position:20%,line-left".

Shaka Packager drops the part behind the comma, and the number would mean something else then. A
box that stands at a position is given by the position of another edge as well (W3C WebVTT, 7.1 and
8.2): by the one that is meant where nothing is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

# Which edge a position places where it does not say so.
_IMPLIED = {"left": 0.0, "center": 0.5, "right": 1.0}
_LEFT_TO_RIGHT = {"start": "left", "end": "right"}
_RIGHT_TO_LEFT = {"start": "right", "end": "left"}
_TAG = re.compile(r"<[^<>]*>")
_EDGES = {"line-left": 0.0, "center": 0.5, "line-right": 1.0}


def without_anchors(
    settings: Mapping[str, str], text: str
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return settings, by name, that place a cue as these do, and those of which a part is lost.

    The settings are valid ones, `text` is the cue's. Lost is how a line is anchored: how high the
    box is, nobody knows before it is drawn.
    """
    kept = dict(settings)
    lost = []
    line, _, anchor = settings.get("line", "").partition(",")
    if anchor:
        kept["line"] = line
        if anchor != "start":  # what is meant where nothing is said
            lost.append(settings["line"])
    if "," in settings.get("position", ""):
        kept |= _moved(settings, _RIGHT_TO_LEFT if _runs_left(text) else _LEFT_TO_RIGHT)
    return kept, tuple(lost)


def _moved(settings: Mapping[str, str], sides: Mapping[str, str]) -> dict[str, str]:
    """Return position and size of the same box by the edge that its alignment implies."""
    position, _, edge = settings["position"].removeprefix("position:").partition(",")
    at, share = _percent(position), _EDGES[edge]
    # The box must not leave the picture.
    room = {0.0: 100 - at, 1.0: at}.get(share, 2 * min(at, 100 - at))
    size = min(_percent(settings.get("size", "size:100%").removeprefix("size:")), room)
    alignment = settings.get("align", "align:center").removeprefix("align:")
    moved = at - size * share + size * _IMPLIED[sides.get(alignment, alignment)]
    return {"position": f"position:{moved:g}%", "size": f"size:{size:g}%"}


def _percent(written: str) -> float:
    return float(written.removesuffix("%"))


def _runs_left(text: str) -> bool:
    """Return whether text runs from right to left: as its first letter does (UAX #9, P2)."""
    directions = map(unicodedata.bidirectional, _TAG.sub("", text))
    return next((each for each in directions if each in ("L", "R", "AL")), "L") != "L"
