"""What ffprobe is asked once it is known what a source is made of, and what follows from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace

from farm.command import SOURCE_GUARD, SOURCE_NAME, Command, Limits, Tool, source_input
from farm.mediainfo import MediaInfo, VideoStream
from media.probe.light import content_light, mastering_display
from media.probe.rates import rate_of_pictures
from media.probe.streams import bit_depth, declared_colour, seconds

PICTURES_NAME = "pictures.txt"
UNKNOWN = "unknown"  # pixel format, where no picture was decoded
# Of a listing: all of the file is read, wherever it lies.
LISTING_LIMITS = Limits(wall_s=3600, memory_bytes=8 << 30, file_bytes=256 << 20)
LOOK_LIMITS = Limits(wall_s=300, cpu_s=120, memory_bytes=8 << 30, file_bytes=0)
# A broadcast may give its streams new identifiers (ISO/IEC 13818-1, 2.4.4.9, version_number); to
# FFmpeg they are further streams then, unless it is told to go on with those it has.
ONE_MAP = ("-merge_pmt_versions", "1")
FIRST_PACKETS = 8
FIRST_PICTURES = 3
INTERLACED = ("tff", "bff")
# How FFmpeg's filter `showinfo` describes a frame.
DESCRIBED = re.compile(r" fmt:(\w+) .* s:\d+x\d+ ")
COLOURS = re.compile(r" color_(range|space|primaries|trc):(\S+)")
FIELD_CODECS = frozenset({"hevc"})  # whose fields are decoded one by one


def may_change_maps(media: MediaInfo) -> bool:
    """Return whether streams may be one stream whose place in the programme map changed midway."""
    return "mpegts" in media.format.split(",") and len(media.video) + len(media.audio) > 1


def may_be_encrypted(media: MediaInfo) -> bool:
    """Return whether the container knows Common Encryption."""
    return "mov" in media.format.split(",")


def show_first_packets() -> Command:
    """Return the command that prints the first packets as JSON: they alone tell of encryption."""
    few = ("-read_intervals", f"%+#{FIRST_PACKETS}", "-show_packets", "-of", "json")
    return _ask(None, "look at the first packets", LOOK_LIMITS, *few)


def are_encrypted(text: str) -> bool:
    """Return whether there are encrypted packets among those `show_first_packets` printed."""
    return any(
        entry.get("side_data_type") == "Encryption info"
        for packet in json.loads(text).get("packets", [])
        for entry in packet.get("side_data_list", [])
    )


def is_undescribed(picture: VideoStream) -> bool:
    """Return whether ffprobe, which comes with fewer decoders than FFmpeg, could not decode it."""
    return picture.pix_fmt == UNKNOWN and bool(picture.width and picture.height)


def describe_first_picture(picture: VideoStream) -> Command:
    """Return the command that has FFmpeg decode a picture, and say on stderr what it is like."""
    args = (
        *("-hide_banner", "-nostdin", "-loglevel", "level+info", *source_input()),
        *("-map", f"0:{picture.index}", "-frames:v", "1", "-vf", "showinfo", "-f", "null", "-"),
    )
    return Command(Tool.FFMPEG, args, "look at the first picture", LOOK_LIMITS)


def as_described(media: MediaInfo, text: str) -> MediaInfo:
    """Return `media`, its picture being like what FFmpeg decoded; as it was, if that was nothing.

    `text` is what `describe_first_picture` printed.
    """
    picture, found = media.picture, DESCRIBED.search(text)
    if picture is None or found is None:
        return media
    declared = {f"color_{key}": value for key, value in COLOURS.findall(text)}
    declared["color_transfer"] = declared.get("color_trc", UNKNOWN)
    described = replace(
        picture,
        pix_fmt=found[1],
        bit_depth=bit_depth(found[1]),
        colour=declared_colour(declared),
    )
    return _with_picture(media, described)


def wants_times(picture: VideoStream) -> bool:
    """Return whether only the times of all pictures tell their rate."""
    # Fields may be packets of their own, and would pass for pictures.
    return picture.variable_rate and picture.field_order not in INTERLACED


def list_pictures(picture: VideoStream) -> Command:
    """Return the command that writes when each picture is shown to `PICTURES_NAME`."""
    show = ("-show_entries", "packet=pts_time", "-of", "csv=print_section=0", "-o", PICTURES_NAME)
    return _ask(picture, "list the pictures' times", LISTING_LIMITS, *show)


def with_times(media: MediaInfo, lines: Iterable[str]) -> MediaInfo:
    """Return `media`, the rate of its picture being told by what `list_pictures` wrote."""
    picture = media.picture
    if picture is None:
        return media
    times_s = [at_s for line in lines if (at_s := seconds(line.strip().rstrip(","))) is not None]
    rate = rate_of_pictures(times_s, picture.frame_rate)
    return _with_picture(media, replace(picture, frame_rate=rate))


def may_be_fields(picture: VideoStream) -> bool:
    """Return whether what is decoded may be fields, which only pictures themselves say."""
    return picture.codec in FIELD_CODECS


def show_first_pictures(picture: VideoStream) -> Command:
    """Return the command that prints whether the first pictures are fields, as JSON."""
    few = ("-read_intervals", f"%+#{FIRST_PICTURES}")
    show = ("-show_entries", "frame=interlaced_frame,top_field_first", "-of", "json")
    return _ask(picture, "look at the first pictures", LOOK_LIMITS, *few, *show)


def with_fields(media: MediaInfo, text: str) -> MediaInfo:
    """Return `media`, its picture being as large as two fields if it comes in such.

    `text` is what `show_first_pictures` printed. The first of a pair is taken for the one that is
    shown first (ITU-T H.265, D.3.3, pic_struct).
    """
    picture = media.picture
    frames = json.loads(text).get("frames", [])
    if picture is None or not frames or not all(frame.get("interlaced_frame") for frame in frames):
        return media
    top = bool(frames[0].get("top_field_first"))
    turned = picture.rotation in (90, 270)
    woven = replace(
        picture,
        height=2 * picture.height,
        display_width=picture.display_width * (2 if turned else 1),
        display_height=picture.display_height * (1 if turned else 2),
        frame_rate=picture.frame_rate / 2,
        field_order="tff" if top else "bff",
        coded_fields="top" if top else "bottom",
    )
    return _with_picture(media, woven)


def wants_light(picture: VideoStream) -> bool:
    """Return whether only pictures can tell how they were mastered: their container does not."""
    return picture.colour.dynamic_range == "hdr10" and picture.mastering is None


def show_light(picture: VideoStream) -> Command:
    """Return the command that prints the side data of the first picture as JSON."""
    show = ("-read_intervals", "%+#1", "-show_entries", "frame_side_data", "-of", "json")
    return _ask(picture, "look at the first picture's light", LOOK_LIMITS, *show)


def with_light(media: MediaInfo, text: str) -> MediaInfo:
    """Return `media`, its picture being mastered as what `show_light` printed has it."""
    picture = media.picture
    frames = json.loads(text).get("frames", [])
    if picture is None or not frames:
        return media
    side_data = frames[0].get("side_data_list", [])
    lit = replace(
        picture,
        mastering=mastering_display(side_data),
        light=picture.light or content_light(side_data),
    )
    return _with_picture(media, lit)


def _with_picture(media: MediaInfo, picture: VideoStream) -> MediaInfo:
    video = (picture if stream.index == picture.index else stream for stream in media.video)
    return replace(media, video=tuple(video))


def _ask(picture: VideoStream | None, label: str, limits: Limits, *options: str) -> Command:
    args = (
        *("-hide_banner", "-loglevel", "level+fatal"),  # analysis tells of damage
        *SOURCE_GUARD,
        *(("-select_streams", str(picture.index)) if picture else ()),
        *options,
        *("-i", f"file:{SOURCE_NAME}"),
    )
    return Command(Tool.FFPROBE, args, label, limits)
