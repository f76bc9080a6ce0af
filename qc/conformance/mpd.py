"""DASH manifests: what an MPD says about each representation and its segments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from lxml import etree

NS = "{urn:mpeg:dash:schema:mpd:2011}"
DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")
CAPTION_SCHEMES = {  # SCTE 214-1; how their values name what HLS calls "CC1" and "SERVICE1"
    "urn:scte:dash:cc:cea-608:2015": "",
    "urn:scte:dash:cc:cea-708:2015": "SERVICE",
}
CICP_PREFIX = "urn:mpeg:mpegB:cicp:"
NUMBER = re.compile(r"\$Number(?:%0(\d+)d)?\$")


class UnreadableManifest(ValueError):
    """The bytes are not an MPD of the kind the farm writes; says what is wrong."""


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

    @property
    def duration_s(self) -> Fraction:
        return Fraction(sum(self.durations_ticks), self.timescale)


@dataclass(frozen=True, slots=True)
class Mpd:
    """A static, single-period MPD."""

    mpd_type: str
    duration_s: Fraction
    min_buffer_s: Fraction
    representations: tuple[Representation, ...]


def read_mpd(xml: bytes) -> Mpd:
    """Return the MPD in `xml`; raise UnreadableManifest if it is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(xml, parser)
        representations = tuple(
            _representation(adaptation, representation)
            for adaptation in root.iter(f"{NS}AdaptationSet")
            for representation in adaptation.iter(f"{NS}Representation")
        )
        return Mpd(
            mpd_type=root.get("type", "static"),
            duration_s=_duration(root.get("mediaPresentationDuration", "")),
            min_buffer_s=_duration(root.get("minBufferTime", "")),
            representations=representations,
        )
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableManifest(str(error)) from error


def _representation(adaptation: etree._Element, element: etree._Element) -> Representation:
    template = element.find(f"{NS}SegmentTemplate")
    timeline = None if template is None else template.find(f"{NS}SegmentTimeline")
    if template is None or timeline is None:
        raise UnreadableManifest(f"representation {element.get('id')} has no SegmentTimeline")
    starts, durations = _unroll(timeline)
    first = int(template.get("startNumber", "1"))
    return Representation(
        name=element.get("id", ""),
        kind=adaptation.get("contentType", ""),
        language=adaptation.get("lang", ""),
        roles=tuple(role.get("value", "") for role in adaptation.findall(f"{NS}Role")),
        codecs=element.get("codecs", ""),
        bandwidth_bps=int(element.get("bandwidth", "0")),
        width=int(element.get("width", "0")),
        height=int(element.get("height", "0")),
        timescale=int(template.get("timescale", "1")),
        initialization=template.get("initialization", ""),
        media=tuple(
            _numbered(template.get("media", ""), first + index) for index in range(len(starts))
        ),
        starts_ticks=tuple(starts),
        durations_ticks=tuple(durations),
        instreams=tuple(_instreams(adaptation)),
        cicp={
            prop.get("schemeIdUri", "").removeprefix(CICP_PREFIX): prop.get("value", "")
            for prop in adaptation.findall(f"{NS}EssentialProperty")
            if prop.get("schemeIdUri", "").startswith(CICP_PREFIX)
        },
    )


def _instreams(adaptation: etree._Element) -> Iterator[str]:
    """Yield the captions that Accessibility descriptors name: "CC1=eng;CC3=spa", "2=lang:deu"."""
    for descriptor in adaptation.findall(f"{NS}Accessibility"):
        prefix = CAPTION_SCHEMES.get(descriptor.get("schemeIdUri", ""))
        if prefix is not None:
            for entry in descriptor.get("value", "").split(";"):
                yield prefix + entry.partition("=")[0]


def _unroll(timeline: etree._Element) -> tuple[list[int], list[int]]:
    starts: list[int] = []
    durations: list[int] = []
    clock = 0
    for entry in timeline.findall(f"{NS}S"):
        clock = int(entry.get("t", clock))
        ticks = int(entry.get("d", "0"))
        for _ in range(int(entry.get("r", "0")) + 1):
            starts.append(clock)
            durations.append(ticks)
            clock += ticks
    return starts, durations


def _numbered(template: str, number: int) -> str:
    return NUMBER.sub(lambda found: f"{number:0{found[1] or 1}d}", template)


def _duration(text: str) -> Fraction:
    found = DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        raise UnreadableManifest(f"{text!r} is not a duration")
    hours, minutes, seconds = (Fraction(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
