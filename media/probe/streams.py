"""ffprobe's description of one stream, as the farm's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from farm.language import declared_language
from farm.mediainfo import (
    AudioStream,
    Colour,
    Disposition,
    DolbyVision,
    FieldOrder,
    TextStream,
    VideoStream,
)
from media.probe.light import content_light, mastering_display
from media.probe.rates import timeline_rate

Json = Mapping[str, Any]

# Pictures of text, and teletext pages, for which FFmpeg needs a library its builds lack.
BITMAP_TEXT = frozenset(
    {"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub", "dvb_teletext"}
)
# By the field shown first (FFmpeg, AVFieldOrder: "bt" is bottom coded, top displayed first).
FIELD_ORDERS: dict[str, FieldOrder] = {
    "progressive": "progressive",
    "tt": "tff",
    "bt": "tff",
    "bb": "bff",
    "tb": "bff",
}
# Names of FFmpeg's pixel formats that end in, or start with, the depth of a component.
DEPTH_PATTERNS = (
    re.compile(r"(?:p|gray|ya)(9|10|12|14|16)(?:msb)?(?:le|be)?$"),  # yuv420p10le, gray16be
    re.compile(r"^p[024](10|12|16)"),  # p010le
    re.compile(r"^y2(10|12|16)"),  # y210le
    re.compile(r"^xyz(12)"),
    re.compile(r"^x2(?:rgb|bgr)(10)"),
)
QUARTER_TOLERANCE = 1.0  # degrees, as FFmpeg has it
DEPTHS = {
    **{"rgb48": 16, "bgr48": 16, "rgba64": 16, "bgra64": 16, "ayuv64": 16},
    **{"nv20": 10, "xv30": 10, "v30x": 10, "xv36": 12, "xv48": 16},
}


def video_stream(stream: Json) -> VideoStream:
    """Return a video stream; sizes are 0 and `pix_fmt` "unknown" where no frame was decodable."""
    side_data = stream.get("side_data_list", [])
    width, height = _cropped(stream, side_data)
    rotation = _rotation(side_data)
    sar = ratio(stream.get("sample_aspect_ratio")) or Fraction(1)
    shown = (max(1, round(width * sar)) if width else 0, height)
    base, average = ratio(stream.get("r_frame_rate")), ratio(stream.get("avg_frame_rate"))
    frame_rate, variable = timeline_rate(base, average)
    return VideoStream(
        index=stream["index"],
        codec=stream.get("codec_name", "unknown"),
        width=width,
        height=height,
        display_width=shown[1] if rotation in (90, 270) else shown[0],
        display_height=shown[0] if rotation in (90, 270) else shown[1],
        rotation=rotation,
        sar=sar,
        pix_fmt=stream.get("pix_fmt", "unknown"),
        bit_depth=bit_depth(stream.get("pix_fmt", "")),
        field_order=FIELD_ORDERS.get(stream.get("field_order", ""), "unknown"),
        frame_rate=frame_rate,
        variable_rate=variable,
        colour=declared_colour(stream),
        start_s=seconds(stream.get("start_time")) or Fraction(0),
        duration_s=_duration(stream),
        frames=_frames(stream),
        language=_language(stream),
        disposition=_disposition(stream),
        crooked=_is_crooked(side_data),
        dolby_vision=_dolby_vision(side_data),
        mastering=mastering_display(side_data),
        light=content_light(side_data),
    )


def is_audible(stream: Json) -> bool:
    """Return whether this is an audio stream some decoder found channels and a rate in."""
    audio = stream.get("codec_type") == "audio"
    return audio and int(stream.get("channels", 0)) > 0 and int(stream.get("sample_rate", 0)) > 0


def audio_stream(stream: Json) -> AudioStream:
    """Return an audio stream."""
    channels = int(stream["channels"])
    return AudioStream(
        index=stream["index"],
        codec=stream.get("codec_name", "unknown"),
        channels=channels,
        layout=stream.get("channel_layout") or f"{channels} channels",
        sample_rate=int(stream["sample_rate"]),
        start_s=seconds(stream.get("start_time")) or Fraction(0),
        duration_s=_duration(stream),
        language=_language(stream),
        title=_title(stream),
        disposition=_disposition(stream),
    )


def text_stream(stream: Json) -> TextStream:
    """Return a subtitle stream."""
    codec = stream.get("codec_name", "unknown")
    return TextStream(
        index=stream["index"],
        codec=codec,
        bitmap=codec in BITMAP_TEXT,
        language=_language(stream),
        title=_title(stream),
        disposition=_disposition(stream),
    )


def seconds(text: str | None) -> Fraction | None:
    """Return a time as ffprobe prints it ("3.040000") or Matroska tags it ("00:00:03.04")."""
    if text is None or not re.fullmatch(r"-?(\d+:\d+:)?\d+(\.\d+)?", text):
        return None
    hours, minutes, rest = ("0", "0", text) if ":" not in text else text.split(":")
    return Fraction(hours) * 3600 + Fraction(minutes) * 60 + Fraction(rest)


def ratio(text: str | None) -> Fraction:
    """Return "30000/1001" or "4:3" as a Fraction, 0 where undefined ("0/0", "0:1", "N/A")."""
    match = re.fullmatch(r"(\d+)[/:](\d+)", text or "")
    if match is None or int(match[2]) == 0:
        return Fraction(0)
    return Fraction(int(match[1]), int(match[2]))


def _cropped(stream: Json, side_data: list[Json]) -> tuple[int, int]:
    """Return the size FFmpeg decodes to: without what the container crops (`clap`, PixelCrop)."""
    width, height = int(stream.get("width", 0)), int(stream.get("height", 0))
    for entry in side_data:
        if entry.get("side_data_type") == "Frame Cropping":
            width -= entry.get("crop_left", 0) + entry.get("crop_right", 0)
            height -= entry.get("crop_top", 0) + entry.get("crop_bottom", 0)
    return max(0, width), max(0, height)


def _rotation(side_data: list[Json]) -> int:
    """Return the turn to the right that shows the picture upright; ffprobe counts to the left."""
    turn = _turn(side_data)
    return 0 if _is_crooked(side_data) else round(turn / 90) * 90 % 360


def _is_crooked(side_data: list[Json]) -> bool:
    """Return whether a turn is none of quarters: a slip of the phone, which no player follows."""
    turn = _turn(side_data)
    return abs(turn - round(turn / 90) * 90) > QUARTER_TOLERANCE


def _turn(side_data: list[Json]) -> float:
    for entry in side_data:
        if entry.get("side_data_type") == "Display Matrix" and "rotation" in entry:
            return -float(entry["rotation"])
    return 0.0


def _dolby_vision(side_data: list[Json]) -> DolbyVision | None:
    for entry in side_data:
        if entry.get("side_data_type") == "DOVI configuration record":
            profile, compatible = (
                int(entry.get(key, 0)) for key in ("dv_profile", "dv_bl_signal_compatibility_id")
            )
            return DolbyVision(profile, compatible)
    return None


def bit_depth(pix_fmt: str) -> int:
    """Return the bits of a component, by FFmpeg's name of the pixel format."""
    for pattern in DEPTH_PATTERNS:
        if match := pattern.search(pix_fmt):
            return int(match[1])
    for prefix, depth in DEPTHS.items():
        if pix_fmt.startswith(prefix):
            return depth
    return 8


def declared_colour(entry: Json) -> Colour:
    """Return the colours a stream or a frame declares."""

    def declared(key: str) -> str | None:
        value = entry.get(key)
        return None if value in (None, "unknown", "reserved", "unspecified") else str(value)

    return Colour(
        primaries=declared("color_primaries"),
        transfer=declared("color_transfer"),
        matrix=declared("color_space"),
        range=declared("color_range"),
    )


def _duration(stream: Json) -> Fraction | None:
    tags = stream.get("tags", {})
    tagged = next(
        (value for key, value in tags.items() if key.upper().startswith("DURATION")), None
    )
    # Where Matroska has no tag, FFmpeg guesses by the whole file.
    return seconds(tagged) or seconds(stream.get("duration"))


def _frames(stream: Json) -> int | None:
    tags = stream.get("tags", {})
    count = str(stream.get("nb_frames") or tags.get("NUMBER_OF_FRAMES") or "")
    return int(count) if count.isdecimal() else None


def _language(stream: Json) -> str | None:
    return declared_language(stream.get("tags", {}).get("language"))


def _title(stream: Json) -> str | None:
    title = str(stream.get("tags", {}).get("title", "")).strip()
    return title or None


def _disposition(stream: Json) -> Disposition:
    flags = stream.get("disposition", {})
    return Disposition(
        default=bool(flags.get("default")),
        forced=bool(flags.get("forced")),
        hearing_impaired=bool(flags.get("hearing_impaired")),
        visual_impaired=bool(flags.get("visual_impaired")),
        comment=bool(flags.get("comment")),
        attached_pic=bool(flags.get("attached_pic") or flags.get("timed_thumbnails")),
        original=bool(flags.get("original")),
        dub=bool(flags.get("dub")),
        descriptions=bool(flags.get("descriptions")),
        metadata=bool(flags.get("metadata")),
    )
