"""One decode of the whole source that counts its frames and looks at all there is to see.

Findings go to files of fixed names in the scratch directory, which `analyze_output` reads. Video
goes onto the timeline as `picture.head` puts it there: frames counted here are frames encoded
later. Everything but bars and fields is judged on a small copy.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool
from farm.mediainfo import AudioStream, MediaInfo, VideoStream
from media.graphs.analyze_captions import caption_outputs
from media.graphs.analyze_fields import told_apart
from media.graphs.analyze_pictures import grid_output, sample_outputs
from media.graphs.analyze_sound import fault_outputs
from media.graphs.clock import clock_options, explicit_start, on_title_clock
from media.graphs.fields import woven
from media.graphs.jumps import declared_end, steady_pictures, steady_sound
from media.graphs.loudness import SAMPLE_RATE, with_loudness
from media.graphs.picture import SOURCE_URL, compiled_apart, copies
from media.graphs.relay import after_relays, relay, relayed
from media.graphs.sketch import sketch_output
from media.graphs.sound import filled, steadied

COUNT_NAME = "frames.gray"  # a byte for each frame of the timeline
DECODED_NAME = "decoded.gray"  # a byte for each frame the decoder gave
SCENES_NAME = "scenes.txt"
BLACK_NAMES = ("black-start.txt", "black-end.txt")
FREEZE_NAMES = ("freeze-start.txt", "freeze-end.txt")
SILENCE_NAMES = ("silence-start.txt", "silence-end.txt")
COMPLEXITY_NAME = "complexity.txt"
CROP_NAME = "crop.txt"
FIELDS_NAME = "fields.txt"

SMALL_WIDTH = 320  # pixels; scene cuts, black and freezes show at any size
SAMPLE_S = Fraction(1, 2)  # how often bars, fields and complexity are written down
MAX_SAMPLES = 4000  # some 2 MB, however long the title
# Of black, freeze and silence. Those of two seconds have hardly that: their last picture is not
# counted, and codecs smear sound over their edges.
MIN_SPAN_S = 1.5
COUNTED_SAMPLES = 10 * SAMPLE_RATE  # a line of framecrc for every 10 s of sound


def samples_name(stream_index: int) -> str:
    """Return the name of the file that tells how many samples a track has (framecrc)."""
    return f"samples-{stream_index}.txt"


def analyze_source(media: MediaInfo, limits: Limits) -> Command:
    """Return the command that looks at the picture and every audio track of a source."""
    source, start_s = ffmpeg.input(SOURCE_URL), explicit_start(media)
    looks: list[Any] = []
    if media.picture is not None:
        frames = on_title_clock(source[str(media.picture.index)], start_s)
        frames = steady_pictures(frames, media.picture.index, declared_end(media))
        looks = _look(frames, media.picture, media.duration_s)
    relays = [
        relay(steadied(on_title_clock(source[str(s.index)], start_s, audio=True), s.channels))
        for s in media.audio
    ]
    heard = [
        _listen(steady_sound(relayed(order), s.index), s, silence=order == 0)
        for order, s in enumerate(media.audio)
    ]
    # Bars are found in the picture as it is stored; turning every frame costs more than all else.
    options = (*clock_options(start_s), "-noautorotate")
    graphs = [*([ffmpeg.merge_outputs(*looks)] if looks else ()), *relays]
    graphs += caption_outputs(source, media)
    args = (*compiled_apart(graphs, *options), *after_relays(heard, len(relays), len(looks)))
    return Command(
        Tool.FFMPEG,
        (*FFMPEG_PREAMBLE, *PROGRESS_ARGS, *args),
        "analyze the source",
        limits,
        reports_progress=True,
        duration_s=media.duration_s or None,
    )


def _look(stream: Any, picture: VideoStream, duration_s: Fraction) -> list[Any]:
    every = _sample_frames(picture.frame_rate, duration_s)
    stream = woven(stream, picture.coded_fields)
    # What follows takes pictures of one size only; those that have it pass through untouched. What
    # their colours mean is nothing to it, and the scaler refuses matrices it does not know.
    evened = stream.filter("setparams", colorspace="bt709").filter(
        "scale", picture.width, picture.height, flags="neighbor"
    )
    whole, decoded = copies(evened, 2)
    timed, sampled = copies(_timed(whole, picture.frame_rate), 2)
    small = _small(_barred(timed, every), picture)
    judged, measured, sketched, gridded = copies(small, 4)
    return [
        _counted(_judged(judged), COUNT_NAME),
        ffmpeg.output(_complexity(measured, every), "-", format="null", fps_mode="passthrough"),
        sketch_output(sketched, picture.frame_rate, duration_s),
        grid_output(gridded),
        *sample_outputs(sampled, picture.frame_rate, duration_s),
        _counted(_fields(decoded, every), DECODED_NAME),
    ]


def _counted(stream: Any, name: str) -> Any:
    """Return the output that writes a byte for each frame."""
    stream = stream.filter("scale", 1, 1, flags="neighbor").filter("format", "gray")
    # passthrough: a muxer must neither drop nor double what is counted.
    return ffmpeg.output(stream, name, format="rawvideo", fps_mode="passthrough")


def _timed(stream: Any, rate: Fraction) -> Any:
    return stream.filter("fps", fps=f"{rate.numerator}/{rate.denominator}", start_time=0)


def _barred(stream: Any, every: int) -> Any:
    """Write down what is not black, added up over the samples so far (reset=0)."""
    sampled = f"not(mod(n,{every}))"
    stream = stream.filter("cropdetect", round=2, skip=0, reset=0, enable=sampled)
    return stream.filter("metadata", "print", file=CROP_NAME, enable=sampled)


def _small(stream: Any, picture: VideoStream) -> Any:
    width = max(16, min(SMALL_WIDTH, picture.width // 2 * 2))
    height = max(16, round(picture.height * width / picture.width / 2) * 2)
    return stream.filter("scale", width, height, flags="area").filter("format", "yuv420p")


def _judged(stream: Any) -> Any:
    stream = stream.filter("scdet")
    stream = _noted(stream, "lavfi.scd.time", SCENES_NAME)
    stream = stream.filter("blackdetect", d=MIN_SPAN_S)
    for key, name in zip(("lavfi.black_start", "lavfi.black_end"), BLACK_NAMES, strict=True):
        stream = _noted(stream, key, name)
    stream = stream.filter("freezedetect", d=MIN_SPAN_S)
    for key, name in zip(("freeze_start", "freeze_end"), FREEZE_NAMES, strict=True):
        stream = _noted(stream, f"lavfi.freezedetect.{key}", name)
    return stream


def _complexity(stream: Any, every: int) -> Any:
    """Measure pairs of neighbours: SI of one picture, TI between two. All would cost six times."""
    stream = stream.filter("select", f"lt(mod(n,{every}),2)").filter("siti")
    return stream.filter("metadata", "print", file=COMPLEXITY_NAME, enable="mod(n,2)")


def _fields(stream: Any, every: int) -> Any:
    """Tell fields from frames, on all of the picture: what moves may be small."""
    sampled = f"not(mod(n,{every}))"
    return told_apart(stream).filter("metadata", "print", file=FIELDS_NAME, enable=sampled)


def _listen(stream: Any, audio: AudioStream, *, silence: bool) -> Any:
    heard = filled(stream).filter_multi_output("asplit", 2)
    stream = heard[0]
    if silence:
        stream = stream.filter("silencedetect", d=MIN_SPAN_S)
        for key, name in zip(("silence_start", "silence_end"), SILENCE_NAMES, strict=True):
            stream = _noted(stream, f"lavfi.{key}", name, filter_name="ametadata")
    stream = with_loudness(stream, audio.index)
    stream = stream.filter("asetnsamples", n=COUNTED_SAMPLES, p=0)
    target = {"filename": samples_name(audio.index), "format": "framecrc", "acodec": "pcm_s16le"}
    faults = fault_outputs(heard[1], audio.index, audio.channels)
    return ffmpeg.merge_outputs(ffmpeg.output(stream, **target), *faults)


def _noted(stream: Any, key: str, name: str, filter_name: str = "metadata") -> Any:
    """Write down the frames that carry `key`, which are few."""
    return stream.filter(filter_name, "print", key=key, file=name)


def _sample_frames(rate: Fraction, duration_s: Fraction) -> int:
    """Return the distance of samples in frames."""
    return max(2, math.ceil(rate * max(SAMPLE_S, duration_s / MAX_SAMPLES)))
