"""Where the segments of a DASH representation are: templates, lists and single files.

Attributes may stand on the period, the adaptation set or the representation; the innermost counts
(ISO/IEC 23009-1, 5.3.9).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from posixpath import join, normpath
from urllib.parse import urljoin

from lxml import etree

NS = "{urn:mpeg:dash:schema:mpd:2011}"
TOKEN = re.compile(r"\$(RepresentationID|Number|Bandwidth|Time|)(?:%0(\d+)d)?\$")
RANGE = re.compile(r"(\d+)-(\d+)")
MOST_SEGMENTS = 100_000  # of a representation: more is no title, or a slip
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)

ByteRange = tuple[int, int]  # size and offset, as playlists have them
Nested = Sequence[etree._Element]  # from the outermost to the innermost


class UnreadableManifest(ValueError):
    """The bytes are not an MPD that is understood here; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Segments:
    """The files of a representation, or ranges of them, with times in ticks of `timescale`.

    Of a single file with an index, only that file is known: its index says the rest.
    """

    timescale: int
    initialization: str
    initialization_range: ByteRange | None
    media: tuple[str, ...]
    ranges: tuple[ByteRange | None, ...]
    starts_ticks: tuple[int, ...]
    durations_ticks: tuple[int, ...]
    indexed: bool = False
    nominal: bool = False  # one length is given for all


def segments_of(elements: Nested, name: str, bandwidth: str, period_s: Fraction | None) -> Segments:
    """Return the segments of the representation that is the last of `elements`.

    `period_s`: how long its period lasts, where that is said. Raises UnreadableManifest.
    """
    base = _base(elements)
    if (template := _merged(elements, "SegmentTemplate")) is not None:
        return _Template(template, name, bandwidth, base).segments(elements, period_s)
    if (listed := _innermost(elements, "SegmentList")) is not None:
        return _listed(listed, base)
    if not base or base.endswith("/"):
        raise UnreadableManifest(f"representation {name} does not say where its segments are")
    single = _innermost(elements, "SegmentBase")
    timescale = int(single.get("timescale", "1")) if single is not None else 1
    return Segments(timescale, base, None, (base,), (None,), (), (), indexed=True)


def _base(elements: Nested) -> str:
    """Return the path that URLs are relative to, or the file itself (5.6.4)."""
    found = ""
    for element in elements:
        child = element.find(f"{NS}BaseURL")
        if child is not None and (text := (child.text or "").strip()):
            found = text if ABSOLUTE.match(text) else join(found.rpartition("/")[0], text)
    return found


def _innermost(elements: Nested, kind: str) -> etree._Element | None:
    found = [child for each in elements if (child := each.find(f"{NS}{kind}")) is not None]
    return found[-1] if found else None


def _merged(elements: Nested, kind: str) -> dict[str, str] | None:
    found = [child for each in elements if (child := each.find(f"{NS}{kind}")) is not None]
    if not found:
        return None
    return {str(key): str(value) for each in found for key, value in each.attrib.items()}


@dataclass(frozen=True, slots=True)
class _Template:
    """A SegmentTemplate with what its innermost element does not override."""

    attributes: dict[str, str]
    name: str
    bandwidth: str
    base: str

    def segments(self, elements: Nested, period_s: Fraction | None) -> Segments:
        timescale = self._int("timescale", 1)
        first = self._int("startNumber", 1)
        starts, durations = self._timeline(elements, timescale, period_s)
        media = [self._filled("media", number, start) for number, start in enumerate(starts, first)]
        return Segments(
            timescale,
            self._filled("initialization", first, 0),
            None,
            tuple(media),
            (None,) * len(media),
            tuple(starts),
            tuple(durations),
            nominal=self._int("duration", 0) > 0,
        )

    def _timeline(
        self, elements: Nested, timescale: int, period_s: Fraction | None
    ) -> tuple[list[int], list[int]]:
        for template in reversed([each.find(f"{NS}SegmentTemplate") for each in elements]):
            timeline = None if template is None else template.find(f"{NS}SegmentTimeline")
            if timeline is not None:
                return _unrolled(timeline, timescale, period_s)
        length = self._int("duration", 0)
        if not length or period_s is None:
            raise UnreadableManifest(
                f"representation {self.name} has no SegmentTimeline, and no duration that tells how"
                " many segments there are"
            )
        count = ceil(period_s * timescale / length)
        _check_count(count, self.name)
        starts = [number * length for number in range(count)]
        total = int(period_s * timescale)
        return starts, [min(length, total - start) for start in starts]

    def _filled(self, attribute: str, number: int, time: int) -> str:
        values: dict[str, Callable[[int], str]] = {
            "RepresentationID": lambda _: self.name,
            "Bandwidth": lambda width: f"{int(self.bandwidth or 0):0{width}d}",
            "Number": lambda width: f"{number:0{width}d}",
            "Time": lambda width: f"{time:0{width}d}",
            "": lambda _: "$",
        }
        text = TOKEN.sub(
            lambda found: values[found[1]](int(found[2] or 1)), self.attributes.get(attribute, "")
        )
        return _beside(self.base, text)

    def _int(self, attribute: str, default: int) -> int:
        return int(self.attributes.get(attribute, default))


def _listed(element: etree._Element, base: str) -> Segments:
    """Return a SegmentList's segments (5.3.9.3)."""
    timescale = int(element.get("timescale", "1"))
    init = element.find(f"{NS}Initialization")
    urls = element.findall(f"{NS}SegmentURL")
    length = int(element.get("duration", "0"))
    timeline = element.find(f"{NS}SegmentTimeline")
    if timeline is not None:
        starts, durations = _unrolled(timeline, timescale, None)
    else:
        starts = [number * length for number in range(len(urls))]
        durations = [length] * len(urls)
    source = "" if init is None else init.get("sourceURL", "")
    return Segments(
        timescale,
        _beside(base, source) if source else base,
        None if init is None else _range(init.get("range")),
        tuple(_beside(base, url.get("media", "")) if url.get("media") else base for url in urls),
        tuple(_range(url.get("mediaRange")) for url in urls),
        tuple(starts),
        tuple(durations),
        nominal=timeline is None,
    )


def _unrolled(
    timeline: etree._Element, timescale: int, period_s: Fraction | None
) -> tuple[list[int], list[int]]:
    """Return starts and durations; a last `r` of -1 goes on to the end of the period."""
    starts: list[int] = []
    durations: list[int] = []
    clock = 0
    entries = timeline.findall(f"{NS}S")
    for number, entry in enumerate(entries):
        clock = int(entry.get("t", clock))
        ticks = int(entry.get("d", "0"))
        again = int(entry.get("r", "0"))
        if again < 0:
            after = entries[number + 1].get("t") if number + 1 < len(entries) else None
            end = int(after) if after else period_s * timescale if period_s else None
            if end is None or ticks <= 0:
                raise UnreadableManifest("a SegmentTimeline goes on to an end that nothing tells")
            again = ceil((end - clock) / Fraction(ticks)) - 1
        _check_count(len(starts) + again + 1, "a SegmentTimeline")
        for _ in range(again + 1):
            starts.append(clock)
            durations.append(ticks)
            clock += ticks
    return starts, durations


def _check_count(count: int, name: str) -> None:
    if count > MOST_SEGMENTS:
        raise UnreadableManifest(f"{name} has {count} segments, more than {MOST_SEGMENTS}")


def _beside(base: str, text: str) -> str:
    if ABSOLUTE.match(text) or not text:
        return text
    if ABSOLUTE.match(base):
        return urljoin(base, text)
    return normpath(join(base.rpartition("/")[0], text))


def _range(text: str | None) -> ByteRange | None:
    if text is None:
        return None
    found = RANGE.fullmatch(text)
    if not found or int(found[2]) < int(found[1]):
        raise UnreadableManifest(f"{text!r} is no byte range")
    return int(found[2]) - int(found[1]) + 1, int(found[1])
