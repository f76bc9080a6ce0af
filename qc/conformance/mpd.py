"""DASH manifests: what an MPD says about each representation and its segments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from lxml import etree

from qc.conformance.mpd_segments import (
    NS,
    ByteRange,
    Nested,
    UnreadableManifest,
    segments_of,
)

__all__ = ["Mpd", "Representation", "UnreadableManifest", "read_mpd"]

DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")
CAPTION_SCHEMES = {  # SCTE 214-1; how their values name what HLS calls "CC1" and "SERVICE1"
    "urn:scte:dash:cc:cea-608:2015": "",
    "urn:scte:dash:cc:cea-708:2015": "SERVICE",
}
CICP_PREFIX = "urn:mpeg:mpegB:cicp:"
NONE = "PT0S"  # of what is not said; where something has to be, rules say so


@dataclass(frozen=True, slots=True)
class Representation:
    """A representation with its SegmentTimeline unrolled; times in ticks of `timescale`."""

    name: str
    kind: str  # contentType: "video", "audio", "text"
    language: str
    roles: tuple[str, ...]
    codecs: str
    bandwidth_bps: int
    width: int
    height: int
    timescale: int
    initialization: str
    media: tuple[str, ...]
    starts_ticks: tuple[int, ...]
    durations_ticks: tuple[int, ...]
    instreams: tuple[str, ...] = ()  # captions inside the pictures: "CC1", "SERVICE2"
    # Code points of ITU-T H.273 that players must know, by name: {"TransferCharacteristics": 16}.
    cicp: Mapping[str, str] = field(default_factory=dict)
    ranges: tuple[ByteRange | None, ...] = ()  # of `media`; none where all are whole files
    indexed: bool = False  # one file, whose own index says what is where
    nominal: bool = False  # one length is given for all segments (DASH-IF IOP: within half of it)

    @property
    def duration_s(self) -> Fraction:
        return Fraction(sum(self.durations_ticks), self.timescale)


@dataclass(frozen=True, slots=True)
class Mpd:
    """The first period of an MPD."""

    mpd_type: str
    duration_s: Fraction
    min_buffer_s: Fraction
    representations: tuple[Representation, ...]
    periods: int = 1


def read_mpd(xml: bytes) -> Mpd:
    """Return the MPD in `xml`; raise UnreadableManifest if it is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(xml, parser)
        periods = root.findall(f"{NS}Period")
        if root.tag != f"{NS}MPD" or not periods:
            raise UnreadableManifest("it is no MPD with a period")
        duration_s = _duration(root.get("mediaPresentationDuration", NONE))
        length = periods[0].get("duration")
        period_s = _duration(length) if length else duration_s
        return Mpd(
            mpd_type=root.get("type", "static"),
            duration_s=duration_s,
            min_buffer_s=_duration(root.get("minBufferTime", NONE)),
            representations=tuple(_representations(root, periods[0], period_s)),
            periods=len(periods),
        )
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableManifest(str(error)) from error


def _representations(
    root: etree._Element, period: etree._Element, period_s: Fraction
) -> Iterator[Representation]:
    for adaptation in period.findall(f"{NS}AdaptationSet"):
        for element in adaptation.findall(f"{NS}Representation"):
            yield _representation((root, period, adaptation, element), period_s or None)


def _representation(elements: Nested, period_s: Fraction | None) -> Representation:
    adaptation, element = elements[-2:]
    name = element.get("id", "")

    def stated(attribute: str, default: str = "") -> str:
        return str(element.get(attribute, adaptation.get(attribute, default)))

    segments = segments_of(elements, name, element.get("bandwidth", ""), period_s)
    return Representation(
        name=name,
        kind=adaptation.get("contentType") or stated("mimeType").partition("/")[0],
        language=adaptation.get("lang", ""),
        roles=tuple(role.get("value", "") for role in adaptation.findall(f"{NS}Role")),
        codecs=stated("codecs"),
        bandwidth_bps=int(element.get("bandwidth", "0")),
        width=int(stated("width", "0")),
        height=int(stated("height", "0")),
        timescale=segments.timescale,
        initialization=segments.initialization,
        media=segments.media,
        starts_ticks=segments.starts_ticks,
        durations_ticks=segments.durations_ticks,
        instreams=tuple(_instreams(adaptation)),
        cicp={
            prop.get("schemeIdUri", "").removeprefix(CICP_PREFIX): prop.get("value", "")
            for prop in adaptation.findall(f"{NS}EssentialProperty")
            if prop.get("schemeIdUri", "").startswith(CICP_PREFIX)
        },
        ranges=segments.ranges if any(segments.ranges) else (),
        indexed=segments.indexed,
        nominal=segments.nominal,
    )


def _instreams(adaptation: etree._Element) -> Iterator[str]:
    """Yield the captions that Accessibility descriptors name: "CC1=eng;CC3=spa", "2=lang:deu"."""
    for descriptor in adaptation.findall(f"{NS}Accessibility"):
        prefix = CAPTION_SCHEMES.get(descriptor.get("schemeIdUri", ""))
        if prefix is not None:
            for entry in descriptor.get("value", "").split(";"):
                yield prefix + entry.partition("=")[0]


def _duration(text: str) -> Fraction:
    found = DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        raise UnreadableManifest(f"{text!r} is not a duration")
    hours, minutes, seconds = (Fraction(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
