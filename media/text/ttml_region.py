"""Where a TTML region stands: how far down the picture its text is (TTML2, sections 8.3 and 10.2).

Only the vertical is looked at: WebVTT keeps text in the middle of a line by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

Properties = Mapping[str, str]

_LENGTH = re.compile(r"([-+]?[0-9.]{1,12})(%|px|c|em|rh|rw)")
_CELLS = re.compile(r"([0-9]{1,5})\s+([0-9]{1,5})")
_ROWS = 15  # ttp:cellResolution, where none is given; an em is a cell high then
_WITHIN = {"before": 0.0, "center": 0.5, "after": 1.0}  # tts:displayAlign


@dataclass(frozen=True, slots=True)
class Root:
    """The root container: its size in pixels, if it is known, and its rows of cells."""

    width_px: float | None
    height_px: float | None
    rows: int

    def share(self, length: str) -> float | None:
        """Return a vertical length as a share of the height; None where that cannot be told."""
        match = _LENGTH.fullmatch(length)
        units: dict[str, float | None] = {
            "%": 100.0,
            "rh": 100.0,
            "c": self.rows,
            "em": self.rows,
            "px": self.height_px,
        }
        if self.width_px and self.height_px:
            units["rw"] = 100 * self.height_px / self.width_px
        else:
            units["rw"] = 100 * 9 / 16
        whole = units[match[2]] if match else None
        try:
            return float(match[1]) / whole if match and whole else None
        except ValueError:  # "1..5"
            return None


def root_container(attributes: Mapping[str, str]) -> Root:
    """Return what the attributes of `tt` say of the root container."""
    width, height = ([*attributes.get("extent", "").split(), "", ""])[:2]
    cells = _CELLS.fullmatch(attributes.get("cellResolution", "").strip())
    rows = int(cells[2]) if cells else _ROWS
    return Root(_pixels(width), _pixels(height), rows or _ROWS)


def anchor_share(region: Properties, root: Root) -> float:
    """Return how far down the picture a region's text stands, 0 to 1."""
    _, height = _pair(region.get("extent", ""))
    share = root.share(height)
    height_share = 1.0 if share is None else share
    if "position" in region:  # it goes before tts:origin
        top = _positioned(region["position"].split(), height_share, root)
    else:
        _, origin = _pair(region.get("origin", ""))
        top = root.share(origin) or 0.0
    return top + height_share * _WITHIN.get(region.get("displayAlign", "before"), 1.0)


def _positioned(words: list[str], height: float, root: Root) -> float:
    """Return where a region of a height begins; as CSS's background-position, percentages are of
    what the region leaves free."""
    free = 1 - height
    edge = next((word for word in words if word in ("top", "bottom")), None)
    if edge is not None:
        behind = words[words.index(edge) + 1 :]
        offset = behind[0] if behind else "0%"
    elif len(words) == 2:
        offset = words[1]
    else:
        offset = "center"
    share = root.share(offset)
    if share is None:  # a keyword: it is of the horizontal where an edge is named
        return free / 2 if edge is None else free * (edge == "bottom")
    distance = share * free if offset.endswith("%") else share
    return free - distance if edge == "bottom" else distance


def _pair(lengths: str) -> tuple[str, str]:
    first, second = ([*lengths.split(), "", ""])[:2]
    return first, second


def _pixels(length: str) -> float | None:
    match = _LENGTH.fullmatch(length)
    try:
        return float(match[1]) if match and match[2] == "px" else None
    except ValueError:
        return None
