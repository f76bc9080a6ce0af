"""Caption data out of the decode that analyzes a source.

FFmpeg has no output that writes what pictures carry beside themselves, other than encoders: x264
repeats it in every picture, in the order in which they are shown, whatever the source is coded in.
Of 16x16 pixels that costs next to nothing. Tracks of captions are copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from farm.mediainfo import MediaInfo, TextStream, VideoStream
from media.captions.carried import Carried, a53_data
from media.graphs.clock import explicit_start, on_title_clock

# Of these FFmpeg's decoders bring out captions (AV_FRAME_DATA_A53_CC).
CARRYING_CODECS = frozenset({"h264", "hevc", "vvc", "mpeg2video", "mpeg1video", "av1"})
CAPTION_CODEC = "eia_608"

_CLOCK_HZ = 90_000
_SIDE = 16  # pixels; x264 makes nothing smaller


def caption_streams(media: MediaInfo) -> tuple[VideoStream | TextStream, ...]:
    """Return the streams that may carry captions: the picture, and tracks of nothing else."""
    picture = media.picture
    carrying = picture is not None and picture.codec in CARRYING_CODECS
    tracks = tuple(stream for stream in media.text if stream.codec == CAPTION_CODEC)
    return (picture, *tracks) if carrying and picture is not None else tracks


def caption_outputs(source: Any, media: MediaInfo) -> list[Any]:
    """Return an output for each of `caption_streams`, whose files `read_captions` reads."""
    return [
        _track_output(source, stream)
        if isinstance(stream, TextStream)
        else _picture_output(source, stream, explicit_start(media))
        for stream in caption_streams(media)
    ]


def _picture_output(source: Any, picture: VideoStream, start_s: Fraction | None) -> Any:
    frames = on_title_clock(source[str(picture.index)], start_s)
    # What the colours mean is nothing to it, and the scaler refuses matrices it does not know.
    frames = frames.filter("setparams", colorspace="bt709")
    frames = frames.filter("scale", _SIDE, _SIDE, flags="neighbor").filter("format", "yuv420p")
    return ffmpeg.output(
        frames,
        _targets(picture.index, "h264"),
        format="tee",
        vcodec="libx264",
        preset="ultrafast",
        tune="zerolatency",  # a picture in, a picture out
        a53cc=1,
        fps_mode="passthrough",
        enc_time_base=f"1/{_CLOCK_HZ}",
        **{"threads:v": 1},
    )


def _track_output(source: Any, stream: TextStream) -> Any:
    return ffmpeg.output(
        source[str(stream.index)], _targets(stream.index, "data"), format="tee", codec="copy"
    )


def read_captions(
    folder: Path, media: MediaInfo, stream: VideoStream | TextStream
) -> Iterator[Carried]:
    """Yield what a stream carries, picture by picture, from the files of its output."""
    is_track = isinstance(stream, TextStream)
    # Pictures come on the title's clock, copied packets on the container's (see `clock`).
    zero_ms = round((explicit_start(media) or 0) * 1000) if is_track else 0
    seconds_a_tick = 1.0 / _CLOCK_HZ
    data_name, index_name = _names(stream.index)
    with (folder / data_name).open("rb") as data, (folder / index_name).open() as index:
        for line in index:
            if line.startswith("#tb"):
                ticks, hertz = line.rpartition(" ")[2].split("/")
                seconds_a_tick = int(ticks) / int(hertz)
            elif not line.startswith("#"):
                shown, size = (int(line.split(",")[column]) for column in (2, 4))
                packet = data.read(size)
                carried = packet if is_track else a53_data(packet)
                yield Carried(round(shown * seconds_a_tick * 1000) - zero_ms, carried)


def _names(stream_index: int) -> tuple[str, str]:
    return f"captions-{stream_index}.bin", f"captions-{stream_index}.packets"


def _targets(stream_index: int, kind: str) -> str:
    """Return the two files of an output: packets one after the other, and how long each is."""
    data, index = _names(stream_index)
    return f"[f={kind}]{data}|[f=framecrc]{index}"
