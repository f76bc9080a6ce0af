"""TTML styles and regions: which text is bold, italic or underlined, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml.etree import _Element

from media.text.payload import BOLD, ITALIC, UNDERLINE, Tag

Properties = Mapping[str, str]

_MAX_REFERENCES = 16  # styles may refer to styles, in circles too
_INHERITED = ("fontStyle", "fontWeight", "textDecoration", "textAlign")
_OF_REGION = (*_INHERITED, "displayAlign", "origin", "extent")
_LENGTHS = re.compile(r"(-?[0-9.]{1,12})(%|px)\s+(-?[0-9.]{1,12})(%|px)")


def local_name(name: str) -> str:
    """Return a name without its namespace, in which the generations of TTML differ."""
    return name.rpartition("}")[2]


def attributes(element: _Element) -> dict[str, str]:
    """Return the attributes of `element` by local name."""
    return {local_name(str(name)): str(value) for name, value in element.attrib.items()}


class Looks:
    """The styles and regions a document's head defines."""

    def __init__(self, root: _Element) -> None:
        self._canvas = attributes(root).get("extent", "")
        self._styles: dict[str, dict[str, str]] = {}
        self._regions: dict[str, _Element] = {}
        for element in root.iter():
            kind = local_name(str(element.tag))
            name = attributes(element).get("id", "")
            if kind == "style" and name:
                self._styles[name] = attributes(element)
            elif kind == "region" and name:
                self._regions[name] = element

    def properties(self, element: _Element) -> dict[str, str]:
        """Return what `element` itself specifies, by reference and inline."""
        return self._resolved(attributes(element))

    def region(self, name: str) -> Properties:
        """Return the properties of region `name`; nothing for one that is not defined."""
        element = self._regions.get(name)
        if element is None:
            return {}
        resolved = self._resolved(attributes(element))
        for child in element:
            if local_name(str(child.tag)) == "style":
                resolved |= self._resolved(attributes(child))
        return resolved

    def settings(self, region: Properties, specified: Properties) -> str:
        """Return the cue settings for text of `specified` look in `region`."""
        line = ""
        if region:
            share = self._anchor_share(region)
            line = "line:0" if share < 0.34 else "line:45%" if share < 0.67 else ""
        align = specified.get("textAlign", region.get("textAlign", "center"))
        known = align in {"start", "end", "left", "right"}
        return f"{line} {f'align:{align}' if known else ''}".strip()

    def _anchor_share(self, region: Properties) -> float:
        """Return how far down the picture a region's text stands, 0 to 1."""
        top = self._share(region.get("origin", "auto"), 0.0)
        height = self._share(region.get("extent", "auto"), 1.0)
        within = {"before": 0.0, "center": 0.5}.get(region.get("displayAlign", "before"), 1.0)
        return top + height * within

    def _share(self, lengths: str, default: float) -> float:
        """Return the vertical one of two lengths as a share of the picture's height."""
        match = _LENGTHS.fullmatch(lengths.strip())
        try:
            if match and match[4] == "%":
                return float(match[3]) / 100
            canvas = _LENGTHS.fullmatch(self._canvas.strip())
            if match and canvas and canvas[4] == "px":
                return float(match[3]) / float(canvas[3])
        except (ValueError, ZeroDivisionError):
            return default
        return default

    def _resolved(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return `own` properties over those of the styles they refer to, the last one on top."""
        order: list[str] = []
        waiting = own.get("style", "").split()[:_MAX_REFERENCES]
        while waiting and len(order) < _MAX_REFERENCES:
            name = waiting.pop()
            if name in self._styles and name not in order:
                order.append(name)
                waiting += self._styles[name].get("style", "").split()[:_MAX_REFERENCES]
        resolved: dict[str, str] = {}
        for properties in (*(self._styles[name] for name in reversed(order)), own):
            resolved |= {key: properties[key] for key in _OF_REGION if key in properties}
        return resolved


def inherited(properties: Properties) -> dict[str, str]:
    """Return the ones of `properties` that children take over."""
    return {key: properties[key] for key in _INHERITED if key in properties}


def tags(properties: Properties) -> tuple[Tag, ...]:
    """Return the WebVTT tags for text with these properties."""
    on = (
        (properties.get("fontWeight") == "bold", BOLD),
        (properties.get("fontStyle") in {"italic", "oblique"}, ITALIC),
        ("underline" in properties.get("textDecoration", "").split(), UNDERLINE),
    )
    return tuple(tag for is_on, tag in on if is_on)
