"""The shape of pixels that a video stream itself declares, where its container hides changes of it.

Containers with a shape of their own (MP4, Matroska) have one for the whole stream, and FFmpeg's
programs give every frame that one. Where parts of different shapes were joined, only the sequence
parameter sets before their key frames differ. They are taken out without decoding anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from farm.command import FFMPEG_PREAMBLE, Command, Limits, Tool, source_input
from farm.mediainfo import MediaInfo, PictureShape, VideoStream
from media.graphs.clock import title_zero
from media.probe.streams import ratio

SETS_NAME = "parameter-sets.txt"
MAX_DIFFERENT = 64  # changes that are looked at; a title has two or three
# FFmpeg seeks 3/23 s early in formats whose index is not by PTS, so as not to pass the key frame it
# aims at; any frame of the part will do.
WITHIN_S = Fraction(1, 5)
# Containers in which frames have the shape their own headers say.
SHAPELESS_FORMATS = frozenset({"mpegts", "mpeg", "h264", "hevc", "mpegvideo"})


@dataclass(frozen=True, slots=True)
class _Syntax:
    """How a codec's sequence headers are picked out of its packets."""

    unit: int  # nal_unit_type, or start code
    to_stream: str | None  # the bitstream filter that makes a stream of its own of packets
    form: str  # of that stream


SYNTAXES = {
    "h264": _Syntax(7, "h264_mp4toannexb", "h264"),  # ITU-T H.264, table 7-1
    "hevc": _Syntax(33, "hevc_mp4toannexb", "hevc"),  # ITU-T H.265, table 7-1
    "mpeg2video": _Syntax(0xB3, None, "mpeg2video"),  # ISO/IEC 13818-2, table 6-1
}


def hides_shapes(media: MediaInfo, picture: VideoStream) -> bool:
    """Return whether the container may hide a change of the pixels' shape."""
    formats = set(media.format.split(","))
    return picture.codec in SYNTAXES and not formats & SHAPELESS_FORMATS


def list_parameter_sets(picture: VideoStream, limits: Limits) -> Command:
    """Return the command that writes time and checksum of every sequence header in the stream."""
    unit = SYNTAXES[picture.codec].unit
    args = (
        *("-map", f"0:{picture.index}", "-c", "copy"),
        *("-bsf:v", f"filter_units=pass_types={unit}", "-f", "framecrc", f"file:{SETS_NAME}"),
    )
    return _copy("list the parameter sets", limits, (), args)


def read_changes(lines: Iterable[str], media: MediaInfo) -> tuple[Fraction, ...]:
    """Return the times, in seconds of the title, from which another sequence header holds.

    The first is that of the first header; a stream with one header all along has but that one.
    """
    late_s = title_zero(media) - media.start_s  # FFmpeg counts from the container's start
    time_base, last = Fraction(1), ""
    starts_s: list[Fraction] = []
    for line in lines:
        if line.startswith("#tb 0:"):
            time_base = ratio(line.partition(":")[2].strip())
        if line.startswith("#") or not line.strip():
            continue
        fields = [field.strip() for field in line.split(",")]
        if fields[5] != last:
            last = fields[5]
            starts_s.append(max(Fraction(0), int(fields[2]) * time_base - late_s))
    return tuple(starts_s[:MAX_DIFFERENT])


def key_frame_name(place: int, picture: VideoStream) -> str:
    return f"shape-{place}.{SYNTAXES[picture.codec].form}"


def cut_key_frame(picture: VideoStream, place: int, at_s: Fraction, limits: Limits) -> Command:
    """Return the command that writes a part's key frame as a stream without container."""
    syntax = SYNTAXES[picture.codec]
    seek = ("-ss", f"{float(at_s + WITHIN_S):.6f}", "-noaccurate_seek") if at_s else ()
    args = (
        *("-map", f"0:{picture.index}", "-c", "copy", "-frames:v", "1"),
        *(("-bsf:v", syntax.to_stream) if syntax.to_stream else ()),
        *("-f", syntax.form, f"file:{key_frame_name(place, picture)}"),
    )
    return _copy(f"cut the key frame of part {place}", limits, seek, args)


def probe_key_frame(picture: VideoStream, place: int) -> Command:
    """Return the command that prints the shape such a stream declares, as JSON."""
    name = key_frame_name(place, picture)
    show = ("-show_entries", "stream=sample_aspect_ratio", "-of", "json")
    quiet = ("-loglevel", "level+fatal", "-protocol_whitelist", "file")
    return Command(
        Tool.FFPROBE, (*quiet, *show, "-i", f"file:{name}"), "probe a key frame", Limits(wall_s=60)
    )


def read_shape(text: str) -> Fraction | None:
    """Return the shape of pixels that `probe_key_frame` printed, None where it is not declared."""
    streams = json.loads(text).get("streams", [])
    return ratio(streams[0].get("sample_aspect_ratio")) or None if streams else None


def reshaped(
    shapes: Sequence[PictureShape], declared: Sequence[tuple[Fraction, Fraction | None]]
) -> tuple[PictureShape, ...]:
    """Return shapes that also tell what the stream declares from which time on.

    What the container says holds for the first part; others differ from it as their headers do.
    """
    first = next((sar for _, sar in declared if sar is not None), None)
    if not shapes or first is None:
        return tuple(shapes)
    starts_s = sorted({*(shape.start_s for shape in shapes), *(at_s for at_s, _ in declared)})
    told: list[PictureShape] = []
    for at_s in starts_s:
        base = [shape for shape in shapes if shape.start_s <= at_s] or shapes[:1]
        sar = [sar for since_s, sar in declared if since_s <= at_s and sar is not None] or [first]
        shape = replace(base[-1], start_s=at_s, sar=base[-1].sar * sar[-1] / first)
        if not told or replace(told[-1], start_s=at_s) != shape:
            told.append(shape)
    return tuple(told)


def _copy(label: str, limits: Limits, seek: tuple[str, ...], args: tuple[str, ...]) -> Command:
    return Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *source_input(*seek), *args), label, limits)
