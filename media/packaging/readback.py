"""What the packager really wrote, read back from its segments: the source of every figure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from lxml import etree

from farm.errors import ToolFailed
from media.isobmff.boxes import DamagedFile
from media.isobmff.fragments import Segment, read_segment
from media.isobmff.header import UNSPECIFIED, read_header
from media.packaging.pointer import MPD
from media.packaging.rates import SegmentSpan
from media.packaging.title import DASH_NAME, INIT_NAME, Title

Kind = Literal["video", "audio", "text"]
Cicp = tuple[int, int, int]  # primaries, transfer and matrix of ITU-T H.273
NO_CICP: Cicp = (UNSPECIFIED, UNSPECIFIED, UNSPECIFIED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a media playlist: a segment, or an I-frame inside one."""

    uri: str  # relative to the track's directory
    size_bytes: int
    duration_s: Fraction
    offset: int | None = None  # of an I-frame's bytes in its segment

    @property
    def span(self) -> SegmentSpan:
        return self.size_bytes, self.duration_s


@dataclass(frozen=True, slots=True)
class WrittenTrack:
    """One track as it lies on disk; `durations_ticks` are of its segments, in its timescale."""

    name: str
    kind: Kind
    codecs: str
    timescale: int
    durations_ticks: tuple[int, ...]
    segments: tuple[Segment, ...]
    entries: tuple[Entry, ...]  # CMAF segments
    iframes: tuple[Entry, ...]  # of video
    captions: tuple[Entry, ...]  # WebVTT segments, of text
    colour: Cicp = NO_CICP  # of video

    @property
    def hls_entries(self) -> tuple[Entry, ...]:
        """Return what an HLS media playlist of the track lists."""
        return self.captions if self.kind == "text" else self.entries

    @property
    def samples(self) -> int:
        return sum(segment.samples for segment in self.segments)


def read_back(folder: Path, title: Title) -> tuple[WrittenTrack, ...]:
    """Return the tracks of `title` as the packager wrote them below `folder`.

    Raises ToolFailed where a track is missing or unreadable.
    """
    codecs = _codecs_by_track((folder / DASH_NAME).read_bytes())
    names: list[tuple[str, Kind]] = [
        *((rung.name, "video") for rung in title.rungs),
        *((audio.name, "audio") for audio in title.audios),
        *((text.name, "text") for text in title.texts),
    ]
    if missing := [name for name, _ in names if name not in codecs]:
        raise ToolFailed(f"package: the packager left out {', '.join(missing)}")
    try:
        return tuple(_track(folder / name, kind, codecs[name], title) for name, kind in names)
    except (DamagedFile, OSError) as error:
        raise ToolFailed(f"package: the packager's output cannot be read back: {error}") from error


def _codecs_by_track(mpd: bytes) -> dict[str, str]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    codecs = {}
    for representation in etree.fromstring(mpd, parser).iter(f"{MPD}Representation"):
        template = representation.find(f"{MPD}SegmentTemplate")
        initialization = "" if template is None else template.get("initialization", "")
        codecs[Path(initialization).parent.name] = representation.get("codecs", "")
    return codecs


def _track(folder: Path, kind: Kind, codecs: str, title: Title) -> WrittenTrack:
    header = read_header(folder / INIT_NAME)
    paths = sorted(folder.glob("*.m4s"))
    segments = tuple(read_segment(path, header) for path in paths)
    # The packager's index counts presentation time: what the edit list hides is not in it.
    ticks = tuple(sum(r.duration_ticks for r in segment.references) for segment in segments)
    scale = header.timescale
    entries = tuple(
        Entry(path.name, segment.size_bytes, Fraction(duration, scale))
        for path, segment, duration in zip(paths, segments, ticks, strict=True)
    )
    return WrittenTrack(
        name=folder.name,
        kind=kind,
        codecs=codecs,
        timescale=scale,
        durations_ticks=ticks,
        segments=segments,
        entries=entries,
        iframes=_iframes(paths, segments, scale) if kind == "video" else (),
        captions=_captions(folder, entries, title) if kind == "text" else (),
        colour=(header.primaries, header.transfer, header.matrix),
    )


def _iframes(paths: list[Path], segments: tuple[Segment, ...], timescale: int) -> tuple[Entry, ...]:
    """Return the key frame at the head of each fragment: from the `moof` to the frame's end."""
    return tuple(
        Entry(
            uri=path.name,
            size_bytes=fragment.data_offset + fragment.sizes_bytes[0] - fragment.offset,
            duration_s=Fraction(reference.duration_ticks, timescale),
            offset=fragment.offset,
        )
        for path, segment in zip(paths, segments, strict=True)
        for fragment, reference in zip(segment.fragments, segment.references, strict=True)
    )


def _captions(folder: Path, twins: tuple[Entry, ...], title: Title) -> tuple[Entry, ...]:
    """Return the WebVTT segments: cut like their MP4 twins, the last one ending with the title."""
    paths = sorted(folder.glob("*.vtt"))
    if len(paths) != len(twins):
        raise DamagedFile(f"{folder.name} has {len(paths)} WebVTT and {len(twins)} MP4 segments")
    entries: list[Entry] = []
    start_s = Fraction(0)
    for path, twin in zip(paths, twins, strict=True):
        last = len(entries) == len(twins) - 1
        duration_s = title.duration_s - start_s if last else twin.duration_s
        entries.append(Entry(path.name, path.stat().st_size, duration_s))
        start_s += duration_s
    # The packager counts text in whole milliseconds, so that the last segment may gain one.
    if not 0 < entries[-1].duration_s <= twins[-1].duration_s + Fraction(1, 1000):
        raise DamagedFile(f"{folder.name} has text that does not end with the title")
    return tuple(entries)
