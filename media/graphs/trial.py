"""Trial encodes: one GOP of a title, as many candidates as wanted, from one decode.

Three kinds of commands. One decodes, and leaves what encoders and scores need as raw pictures; a
few encode, each the candidates of one codec and size, which bounds memory; `trial_scores` has those
that score. An encoder's first key frame has another quantiser than later ones, since there is none
before it to go by: x264 and x265 get frames to warm up, which are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool
from farm.ladder import Chunk, CodecName, Rung, Timeline, Treatment
from ladders.gop import frames_at
from media.graphs.beside import half_rate
from media.graphs.codecs import CODECS
from media.graphs.devices import Device, encoder_options
from media.graphs.look import PictureLook, look_of
from media.graphs.picture import compiled, copies, heads, source_video

# VMAF of a GOP at CRF 35.5: 2.9 to 4.5 below the same GOP in mid-title without, within 0.4 with it.
X264_WARM_FRAMES = 12
SCORED = 4  # frames of a window, about
NEIGHBOURS = 3  # a scored frame and those beside it, at which VMAF's motion looks


def encoded_name(index: int) -> str:
    """Return the file of the candidate with this place among those tried."""
    return f"candidate-{index}.mp4"


def sizes_name(index: int) -> str:
    """Return the file that lists its packets: time stamp, bytes, and K for a key frame."""
    return f"candidate-{index}.sizes"


@dataclass(frozen=True, slots=True)
class PictureKind:
    """What candidates share of a picture before it is scaled: colours, and how many a second."""

    look: PictureLook
    fps: Fraction

    @property
    def reference_name(self) -> str:
        """Return the file of the pictures that scores compare with."""
        return f"reference-{self._told}.nut"

    def pictures_name(self, width: int, height: int) -> str:
        """Return the file of all pictures at one size."""
        return f"pictures-{self._told}-{width}x{height}.nut"

    @property
    def _told(self) -> str:
        rate = f"{self.fps.numerator}_{self.fps.denominator}"
        return f"{self.look.dynamic_range}-{self.look.bit_depth}-{rate}"


def kind_of(rung: Rung) -> PictureKind:
    """Return what a candidate's pictures are like."""
    return PictureKind(look_of(rung), rung.fps)


def decode_window(
    treatment: Treatment,
    timeline: Timeline,
    window: Chunk,
    candidates: Sequence[Rung],
    device: Device,
    *,
    threads: int | None = None,
    limits: Limits | None = None,
) -> Command:
    """Return the command that writes a window's pictures at every size, and its references."""
    warm = _most_warm(candidates, window)
    start = window.start_frame - warm
    kinds = list(dict.fromkeys(kind_of(rung) for rung in candidates))
    looks = list(dict.fromkeys(kind.look for kind in kinds))
    shown = heads(source_video(treatment), treatment, looks, start_frame=start)
    outputs: list[Any] = []
    for look, pictures in zip(looks, shown, strict=True):
        alike = [kind for kind in kinds if kind.look == look]
        for kind, branch in zip(alike, copies(pictures, len(alike)), strict=True):
            step = (timeline.fps / kind.fps).numerator
            paced = half_rate(branch, kind.fps, step, treatment) if step > 1 else branch
            outputs += _written(paced, kind, candidates, timeline, window, warm, device)
    decoding = (*device.decoder_options, *(("-threads", str(threads)) if threads else ()))
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *PROGRESS_ARGS,
            *(("-filter_complex_threads", str(threads)) if threads else ()),
            *compiled(ffmpeg.merge_outputs(*outputs), treatment, *decoding, start_frame=start),
        ),
        label=f"decode window {window.index}",
        limits=limits or Limits(),
        reports_progress=True,
        duration_s=Fraction(warm + window.frames + window.tail_frames) / timeline.fps,
    )


def encode_candidates(
    timeline: Timeline,
    window: Chunk,
    candidates: Sequence[Rung],
    device: Device,
    *,
    threads: int | None = None,
    limits: Limits | None = None,
) -> Iterator[Command]:
    """Yield the commands that encode the candidates, those of one codec and size at a time."""
    decoded_warm = _most_warm(candidates, window)
    numbered = list(enumerate(candidates))
    groups: dict[tuple[CodecName, PictureKind, int, int], list[tuple[int, Rung]]] = {}
    for index, rung in numbered:
        key = (rung.codec, kind_of(rung), rung.width, rung.height)
        groups.setdefault(key, []).append((index, rung))
    for (codec, kind, width, height), alike in groups.items():
        opened = ffmpeg.input(
            f"file:{kind.pictures_name(width, height)}", protocol_whitelist="file"
        )["v:0"]
        warm = warm_frames(codec, window, timeline, kind.fps)
        unused = frames_at(decoded_warm, timeline.fps, kind.fps) - warm
        if unused:
            opened = opened.filter("trim", start_frame=unused).filter("setpts", "PTS-STARTPTS")
        outputs = [
            _encoded(each, index, rung, timeline, window, device, threads)
            for (index, rung), each in zip(alike, copies(opened, len(alike)), strict=True)
        ]
        yield Command(
            tool=Tool.FFMPEG,
            args=(
                *FFMPEG_PREAMBLE,
                *PROGRESS_ARGS,
                *ffmpeg.get_args(ffmpeg.merge_outputs(*outputs)),
            ),
            label=f"try {codec} {width}x{height} on window {window.index}",
            limits=limits or Limits(),
            reports_progress=True,
            duration_s=Fraction(_warm(codec, window) + window.frames + window.tail_frames)
            / timeline.fps,
        )


def warm_frames(codec: CodecName, window: Chunk, timeline: Timeline, fps: Fraction) -> int:
    """Return how many frames before the window an encoder of this codec is given."""
    return frames_at(_warm(codec, window), timeline.fps, fps)


def scored_frames(frames: int) -> range:
    """Return which frames of a window of `frames` are scored; none of a very short one.

    At an odd distance: an even one always hits the same places in a pyramid of B-frames.
    """
    stride = max(NEIGHBOURS, frames // (SCORED + 1) // 2 * 2 + 1)
    return range(stride, frames - 1, stride)


def _warm(codec: CodecName, window: Chunk) -> int:
    """Return how many of the timeline's frames before the window an encoder is given."""
    if codec == "h264":
        return min(X264_WARM_FRAMES, window.start_frame)
    if codec == "hevc":
        # x265 does not see what a key frame that is forced is good for (cutree): VMAF of a GOP is 3
        # to 5 below, however many frames come before. A GOP later one comes by itself.
        return min(window.frames, window.start_frame)
    return 0


def _most_warm(candidates: Sequence[Rung], window: Chunk) -> int:
    return max(_warm(rung.codec, window) for rung in candidates)


def _written(
    pictures: Any,
    kind: PictureKind,
    candidates: Sequence[Rung],
    timeline: Timeline,
    window: Chunk,
    warm_frames: int,
    device: Device,
) -> Iterator[Any]:
    mine = [rung for rung in candidates if kind_of(rung) == kind]
    sizes = list(dict.fromkeys((rung.width, rung.height) for rung in mine))
    reference, *scaled = copies(pictures, 1 + len(sizes))
    warm = frames_at(warm_frames, timeline.fps, kind.fps)
    frames = warm + frames_at(window.frames + window.tail_frames, timeline.fps, kind.fps)
    scored = scored_frames(frames_at(window.frames, timeline.fps, kind.fps))
    first, last, stride = scored[0] - 1, scored[-1] + 1, scored.step
    chosen = f"gte(n,{first})*lte(n,{last})*lt(mod(n+1,{stride}),{NEIGHBOURS})"
    reference = reference.filter("trim", start_frame=warm).filter("select", chosen)
    yield _raw(reference, kind.reference_name, len(scored) * NEIGHBOURS)
    for size, picture in zip(sizes, scaled, strict=True):
        fitted = picture.filter(device.scaler, *size, **device.scaler_options)
        yield _raw(fitted.filter("setsar", 1), kind.pictures_name(*size), frames)


def _raw(pictures: Any, name: str, frames: int) -> Any:
    options = {"frames:v": frames, "c:v": "rawvideo"}
    return ffmpeg.output(pictures, f"file:{name}", format="nut", fps_mode="passthrough", **options)


def _encoded(
    pictures: Any,
    index: int,
    rung: Rung,
    timeline: Timeline,
    window: Chunk,
    device: Device,
    threads: int | None,
) -> Any:
    warm = warm_frames(rung.codec, window, timeline, rung.fps)
    kept = warm + frames_at(window.frames, timeline.fps, rung.fps)
    frames = warm + frames_at(window.frames + window.tail_frames, timeline.fps, rung.fps)
    begun = {"force_key_frames:v": f"expr:eq(n,{warm})", "forced-idr": 1} if warm else {}
    return ffmpeg.output(
        pictures,
        f"file:{encoded_name(index)}",
        **encoder_options(CODECS[rung.codec], device, rung, range(kept, frames), threads=threads),
        **({"threads:v": threads} if threads else {}),
        **begun,
        **{
            "frames:v": frames,
            "fps_mode": "passthrough",
            "stats_mux_pre:v": sizes_name(index),
            "stats_mux_pre_fmt:v": "{pts} {size} {key}",
        },
    )
