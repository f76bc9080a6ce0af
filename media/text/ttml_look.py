"""TTML styles and regions: which text is bold, italic or underlined, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml.etree import _Element

from media.text.payload import BOLD, ITALIC, UNDERLINE, Tag
from media.text.ttml_region import Properties, anchor_share, root_container

RUBY_TAGS = {"container": Tag("ruby", "<ruby>"), "text": Tag("rt", "<rt>")}
ONLY_WITHOUT_RUBY = "delimiter"  # brackets for those who cannot show it above

_MAX_REFERENCES = 16  # styles may refer to styles, in circles too
_INHERITED = ("fontStyle", "fontWeight", "textDecoration", "textAlign", "visibility", "color")
_OF_ONE = ("display", "opacity", "ruby", "displayAlign", "origin", "extent", "position")
_READ = (*_INHERITED, *_OF_ONE)
_TRANSPARENT = re.compile(r"transparent|#[0-9a-fA-F]{6}00|rgba\([^()]{1,40},\s*0\s*\)")


def local_name(name: str) -> str:
    """Return a name without its namespace, in which the generations of TTML differ.

    A prefix that is not declared stands for none.
    """
    return name.rpartition("}")[2].rpartition(":")[2]


def attributes(element: _Element) -> dict[str, str]:
    """Return the attributes of `element` by local name."""
    return {local_name(str(name)): str(value) for name, value in element.attrib.items()}


class Looks:
    """The styles and regions a document's head defines."""

    def __init__(self, root: _Element) -> None:
        self._root = root_container(attributes(root))
        self._styles: dict[str, dict[str, str]] = {}
        self._regions: dict[str, _Element] = {}
        for element in root.iter():
            kind = local_name(str(element.tag))
            name = attributes(element).get("id", "")
            if kind == "style" and name:
                self._styles.setdefault(name, attributes(element))
            elif kind == "region" and name:
                self._regions.setdefault(name, element)

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
            share = anchor_share(region, self._root)
            line = "line:0" if share < 0.34 else "line:45%" if share < 0.67 else ""
        align = specified.get("textAlign", region.get("textAlign", "center"))
        known = align in {"start", "end", "left", "right"}
        return f"{line} {f'align:{align}' if known else ''}".strip()

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
            resolved |= {key: properties[key] for key in _READ if key in properties}
        return resolved


def inherited(properties: Properties) -> dict[str, str]:
    """Return the ones of `properties` that children take over."""
    return {key: properties[key] for key in _INHERITED if key in properties}


def is_gone(properties: Properties) -> bool:
    """Return whether an element with these properties shows nothing, nor anything within it."""
    return properties.get("display") == "none" or _is_zero(properties.get("opacity", "1"))


def is_invisible(properties: Properties) -> bool:
    """Return whether text with these properties shows as nothing."""
    colour = properties.get("color", "").strip()
    return properties.get("visibility") == "hidden" or bool(_TRANSPARENT.fullmatch(colour))


def ruby_tags(properties: Properties) -> tuple[Tag, ...]:
    """Return the WebVTT tags an element opens by its part in a ruby (TTML2, 10.2.35)."""
    tag = RUBY_TAGS.get(properties.get("ruby", ""))
    return (tag,) if tag else ()


def _is_zero(number: str) -> bool:
    try:
        return float(number) == 0
    except ValueError:
        return False


def tags(properties: Properties) -> tuple[Tag, ...]:
    """Return the WebVTT tags for text with these properties."""
    on = (
        (properties.get("fontWeight") == "bold", BOLD),
        (properties.get("fontStyle") in {"italic", "oblique"}, ITALIC),
        ("underline" in properties.get("textDecoration", "").split(), UNDERLINE),
    )
    return tuple(tag for is_on, tag in on if is_on)
