"""The published pointers: a generation's manifests as seen from one level above it."""

from __future__ import annotations

import re

from lxml import etree

MPD = "{urn:mpeg:dash:schema:mpd:2011}"
# Tags of a multivariant playlist that name a file (RFC 8216bis, 4.4.6).
URI_TAGS = ("#EXT-X-MEDIA:", "#EXT-X-I-FRAME-STREAM-INF:", "#EXT-X-SESSION-DATA:")
URI_ATTRIBUTE = re.compile(r'(?<=[:,])URI="([^"]*)"')


def point_hls(text: str, prefix: str) -> str:
    """Return the multivariant playlist `text` with every URI below the directory `prefix`."""
    folder = _folder(prefix)
    return "".join(_point_line(line, folder) for line in text.splitlines(keepends=True))


def point_dash(xml: bytes, prefix: str) -> bytes:
    """Return the MPD `xml` with a BaseURL that leads into the directory `prefix`.

    Raises ValueError where the MPD has a BaseURL already: the two would have to be joined.
    """
    mpd = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    if mpd.find(f"{MPD}BaseURL") is not None:
        raise ValueError("the MPD already has a BaseURL")
    base = etree.Element(f"{MPD}BaseURL")
    base.text = _folder(prefix)
    base.tail = mpd.text  # the indentation of its siblings
    mpd.insert(len(mpd.findall(f"{MPD}ProgramInformation")), base)
    return etree.tostring(mpd.getroottree(), xml_declaration=True, encoding="UTF-8")


def _folder(prefix: str) -> str:
    return prefix.rstrip("/") + "/"


def _point_line(line: str, folder: str) -> str:
    if line.startswith(URI_TAGS):
        return URI_ATTRIBUTE.sub(lambda found: f'URI="{folder}{found[1]}"', line)
    return line if line.startswith("#") or not line.strip() else folder + line
