"""A stretch of a source as a file of its own, without loss: what later steps take as the source.

Pictures are H.264 without loss, which keeps what lies in and beside them: colours, mastering
metadata, fields, captions (A/53). Formats x264 does not know are FFV1. Sound is PCM without holes.
Streams keep their numbers: in the place of one that is not in the excerpt stands an empty track.
MOV, since its clocks are exact, and it turns pictures, by the source's own matrix.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool, source_input
from farm.mediainfo import AudioStream, MediaInfo, VideoStream
from media.graphs.clock import (
    clock_options,
    explicit_start,
    seeks_blindly,
    seeks_nowhere,
    title_zero,
)
from media.graphs.relay import TELL_CHANGES
from media.graphs.sound import MIN_HOLE_S

CUT_NAME = "cut.mov"
MAX_BYTES = 128 << 30
TICK_S = Fraction(1, 1000)  # what many clocks round to
CHANGED = "Reconfiguring filter graph because video parameters changed"
BLIND_PREROLL_S = 10  # two key frames of anything broadcast lie closer
KEY_FRAMES = 24  # apart: later steps begin in the middle
# What x264 takes as it is; it stores YUV of 8 and 10 bits.
X264_FORMATS = frozenset(
    {
        *("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv16"),
        *("yuv420p10le", "yuv422p10le", "yuv444p10le", "nv20le", "gray", "gray10le"),
    }
)
STORED_AS = {"nv12": "yuv420p", "nv16": "yuv422p", "nv20le": "yuv422p10le"}
MOV = "mov,mp4,m4a,3gp,3g2,mj2"  # as ffprobe calls it
FIELDS = ("tff", "bff")
FIELD_ROWS = 4  # x264 codes fields of 4:2:0 in so many rows


def cut_excerpt(
    media: MediaInfo, start_s: Fraction, duration_s: Fraction, *, held: bool, limits: Limits
) -> Command:
    """Return the command that writes [start_s, start_s + duration_s) of the title to CUT_NAME.

    Zero there is `start_s`, and pictures are those that begin from then on. With `held` the first
    is the one that shows then, and pictures come at a constant rate: for sources whose pictures
    show for any time.
    """
    seek_s = _seek_s(media, start_s)
    zero_s = explicit_start(media)
    moved_s = start_s - seek_s if zero_s is None else zero_s + start_s
    graphs, outputs = [], []
    wanted = {stream.index: stream for stream in (media.picture, *media.audio) if stream}
    for number in range(max(wanted, default=-1) + 1):
        match wanted.get(number):
            case VideoStream() as picture:
                graphs.append(_pictures(picture, moved_s, duration_s, held=held))
                outputs += ["-map", f"[v{number}]", *_codec(picture, number)]
            case AudioStream() as audio:
                graphs.append(_sound(audio, moved_s, duration_s))
                outputs += ["-map", f"[a{number}]", f"-c:{number}", "pcm_f32le"]
            case None:
                outputs += ["-map", "1:0", f"-c:{number}", "pcm_u8"]
    seek = ("-noaccurate_seek", "-ss", f"{float(seek_s):.6f}") if seek_s else ()
    return Command(
        Tool.FFMPEG,
        (
            *FFMPEG_PREAMBLE,
            *TELL_CHANGES,
            *PROGRESS_ARGS,
            *source_input(*clock_options(zero_s), "-noautorotate", *seek),
            *("-f", "lavfi", "-t", "0.01", "-i", "anullsrc=r=8000:cl=mono"),
            # Apart, since a change in one stream builds the graph anew with all that is in it.
            *(arg for graph in graphs for arg in ("-filter_complex", graph)),
            *outputs,
            *("-fps_mode", "passthrough", "-map_metadata", "-1", "-map_chapters", "-1"),
            *("-fflags", "+bitexact", "-f", "mov", f"file:{CUT_NAME}"),
        ),
        "cut the excerpt",
        limits,
        reports_progress=True,
        duration_s=duration_s,
    )


def cut_media(media: MediaInfo, start_s: Fraction, duration_s: Fraction) -> MediaInfo:
    """Return what ffprobe will say of CUT_NAME, if the source is what it declares."""
    picture = media.picture
    length_s = min(duration_s, media.duration_s - start_s)
    if picture is not None:
        there_s = (picture.duration_s or media.duration_s) - start_s
        wanted = math.ceil((duration_s - TICK_S) * picture.frame_rate)
        frames = max(1, min(wanted, round(there_s * picture.frame_rate)))
        length_s = frames / picture.frame_rate
        picture = replace(
            picture,
            codec="h264" if picture.pix_fmt in X264_FORMATS else "ffv1",
            pix_fmt=STORED_AS.get(picture.pix_fmt, picture.pix_fmt),
            start_s=Fraction(0),
            duration_s=length_s,
            frames=frames,
            variable_rate=False,
        )
    return replace(
        media,
        format=MOV,
        start_s=Fraction(0),
        duration_s=length_s,
        video=(picture,) if picture is not None else (),
        audio=tuple(
            replace(audio, codec="pcm_f32le", start_s=Fraction(0), duration_s=length_s)
            for audio in media.audio
        ),
    )


def pictures_change(said: str) -> bool:
    """Return whether pictures became others on the way, by what the command printed.

    FFmpeg scales them to the size of the first, and to its pixels' shape.
    """
    return any(CHANGED in line for line in said.splitlines())


def first_picture(media: MediaInfo, start_s: Fraction) -> Fraction:
    """Return when the first picture begins at a time of the title or later, by its declared rate.

    The time itself where there is none, or where pictures come at any time.
    """
    picture = media.picture
    if picture is None or picture.variable_rate:
        return start_s
    begins_s = picture.start_s - title_zero(media)
    frames = math.ceil((start_s - begins_s - TICK_S) * picture.frame_rate)
    return max(start_s - TICK_S, begins_s + max(frames, 0) / picture.frame_rate)


def _seek_s(media: MediaInfo, start_s: Fraction) -> Fraction:
    """Return from where to read, on the title's clock: a seek lands on the key frame before."""
    if seeks_nowhere(media):
        return Fraction(0)
    early_s = BLIND_PREROLL_S if seeks_blindly(media) else 0
    return Fraction(math.floor(max(Fraction(0), start_s - early_s) * 1000), 1000)


def _pictures(picture: VideoStream, moved_s: Fraction, duration_s: Fraction, *, held: bool) -> str:
    rate = f"{picture.frame_rate.numerator}/{picture.frame_rate.denominator}"
    steady = f"fps={rate}:start_time=0," if held else ""
    kept = f"trim=start=0:end={_seconds(duration_s)}"
    return f"[0:{picture.index}]{_moved('setpts', moved_s)},{steady}{kept}[v{picture.index}]"


def _sound(audio: AudioStream, moved_s: Fraction, duration_s: Fraction) -> str:
    # MOV counts samples: what is not there has to be silence. No `first_pts`, since a change on
    # the way builds this anew; an edit list says where sound begins.
    filled = f"aresample=async=1:min_hard_comp={MIN_HOLE_S}"
    layout = f":channel_layouts={audio.layout}" if " " not in audio.layout else ""
    form = f"aformat=sample_fmts=flt:sample_rates={audio.sample_rate}{layout}"
    kept = f"atrim=start=0:end={_seconds(duration_s)}"
    return f"[0:{audio.index}]{_moved('asetpts', moved_s)},{kept},{filled},{form}[a{audio.index}]"


def _moved(name: str, by_s: Fraction) -> str:
    """Return the filter that puts zero at the excerpt's start; commas would end it."""
    return f"{name}=round(PTS-({by_s.numerator}/{by_s.denominator})/TB)"


def _codec(picture: VideoStream, number: int) -> tuple[str, ...]:
    clock = (f"-enc_time_base:{number}", "demux")
    if picture.pix_fmt not in X264_FORMATS:
        return (f"-c:{number}", "ffv1", f"-level:{number}", "3", f"-g:{number}", "1", *clock)
    fields = picture.field_order in FIELDS and picture.height % FIELD_ROWS == 0
    return (
        *(f"-c:{number}", "libx264", f"-preset:{number}", "ultrafast", f"-qp:{number}", "0"),
        *(f"-bf:{number}", "0", f"-g:{number}", str(KEY_FRAMES), f"-a53cc:{number}", "1"),
        *((f"-flags:{number}", "+ilme+ildct") if fields else ()),
        # Each picture says it by itself, the head of the stream only by this.
        *((f"-x264-params:{number}", f"{picture.field_order}=1") if fields else ()),
        *clock,
    )


def _seconds(time_s: Fraction) -> str:
    return f"{float(time_s):.6f}"
