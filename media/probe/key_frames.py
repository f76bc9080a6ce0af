"""Where a source's pictures change on the way: in size, in the shape of their pixels, in colours.

Broadcasts, joined files and phones do that, at a key frame. Decoding these alone costs a
hundredth of decoding all. What has nothing but key frames is looked at every few seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from farm.command import SOURCE_GUARD, SOURCE_NAME, Command, Limits, Tool
from farm.mediainfo import MediaInfo, PictureShape, VideoStream
from media.graphs.clock import title_zero
from media.probe.streams import declared_colour, ratio, seconds

KEY_FRAMES_NAME = "key-frames.txt"
FIELDS = (
    "best_effort_timestamp_time,width,height,pix_fmt,sample_aspect_ratio,"
    "color_range,color_space,color_primaries,color_transfer"
)
# Codecs without pictures between key frames: to decode all of theirs would double the analysis.
INTRA_CODECS = frozenset(
    {"prores", "dnxhd", "mjpeg", "ffv1", "rawvideo", "v210", "huffyuv", "ffvhuff", "utvideo"}
) | {"jpeg2000", "cfhd", "magicyuv", "qtrle", "png", "hap"}
LOOK_EVERY_S = 10
MAX_LOOKS = 720


def list_key_frames(media: MediaInfo, picture: VideoStream, limits: Limits) -> Command:
    """Return the command that writes what every key frame is like to `KEY_FRAMES_NAME`."""
    sampled = picture.codec in INTRA_CODECS and media.duration_s > LOOK_EVERY_S
    return Command(
        Tool.FFPROBE,
        (
            *("-hide_banner", "-loglevel", "level+fatal"),  # analysis tells of damage
            *SOURCE_GUARD,
            *("-select_streams", str(picture.index)),
            *("-skip_frame", "nokey", "-skip_loop_filter", "all"),
            *(("-read_intervals", _intervals(media)) if sampled else ()),
            *("-show_entries", f"frame={FIELDS}", "-of", "compact=print_section=0"),
            *("-o", KEY_FRAMES_NAME),
            *("-i", f"file:{SOURCE_NAME}"),
        ),
        "look at the key frames",
        limits,
    )


def read_shapes(lines: Iterable[str], media: MediaInfo) -> tuple[PictureShape, ...]:
    """Return what the pictures are like and where that changes, from what ffprobe wrote.

    The first entry holds from the title's start on. Empty where nothing was decodable.
    """
    found: list[PictureShape] = []
    for shape in sorted(_shapes(lines, media), key=lambda shape: shape.start_s):
        if not found or _alike(found[-1]) != _alike(shape):
            found.append(shape)
    return tuple(found)


def _intervals(media: MediaInfo) -> str:
    """Return the places to look at, one frame each, as ffprobe reads them."""
    step_s = max(Fraction(LOOK_EVERY_S), media.duration_s / MAX_LOOKS)
    looks = int(media.duration_s / step_s)
    return ",".join(f"{float(media.start_s + step_s * look):.3f}%+#1" for look in range(looks + 1))


def _shapes(lines: Iterable[str], media: MediaInfo) -> Iterator[PictureShape]:
    picture, zero_s = media.picture, title_zero(media)
    fields = 2 if picture is not None and picture.coded_fields else 1  # of a picture
    for line in lines:
        entry = dict(field.partition("=")[::2] for field in line.strip().split("|"))
        at_s = seconds(entry.get("best_effort_timestamp_time"))
        width, height = (_number(entry, key) for key in ("width", "height"))
        if at_s is None or not width or not height:
            continue
        yield PictureShape(
            start_s=max(Fraction(0), at_s - zero_s),
            width=width,
            height=height * fields,
            sar=ratio(entry.get("sample_aspect_ratio")) or Fraction(1),
            pix_fmt=entry.get("pix_fmt", "unknown"),
            colour=declared_colour(entry),
        )


def _number(entry: Mapping[str, str], key: str) -> int:
    text = entry.get(key, "")
    return int(text) if text.isdecimal() else 0


def _alike(shape: PictureShape) -> tuple[object, ...]:
    return shape.width, shape.height, shape.sar, shape.pix_fmt, shape.colour
