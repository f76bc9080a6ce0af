"""The scoring graph: one rendition against the source in one pass, and a watch on their alignment.

Frame n of the rendition meets frame n of the timeline by its number, never by a rounded time.
Only every `subsample`-th picture of the rendition is scaled and scored; libvmaf still sees every
picture of the reference, which is all that its motion feature looks at, so that scores are those
of a run over the whole rendition, bit for bit.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, GIBIBYTE, PROGRESS_ARGS, Command, Limits, Tool
from farm.ladder import Rung, Timeline, Treatment
from ladders.gop import frames_at
from media.graphs.look import look_of
from media.graphs.picture import BURN_IN_NAME, SCALER, compiled, copies, head, source_video

RENDITION_NAME = "rendition.mp4"
DECODER_THREADS = "2"  # enough to outrun scoring, and each holds pictures
MODEL = "vmaf_v0.6.1"
MIN_SCORED_SIDE = 18  # pixels; of smaller pictures libvmaf 3 reads beyond the end, and dies
VMAF_LOG = "vmaf.json"
SSIM_LOG = "ssim.log"
# PSNR of sampled pictures against the frame before, the same and the frame after in the source.
ALIGNMENT_LOGS = {-1: "align-before.log", 0: "align-same.log", 1: "align-after.log"}
ALIGNMENT_STRIDE = 5  # every fifth frame and its neighbours: motion everywhere, for 2 % of the CPU
ALIGNMENT_SIZE = (128, 72)  # small enough that coding noise is gone, large enough to see motion


def score(
    rung: Rung,
    treatment: Treatment,
    timeline: Timeline,
    *,
    width: int,
    height: int,
    subsample: int,
    burn_in: bool = False,
    limits: Limits | None = None,
) -> Command:
    """Return the command that scores `RENDITION_NAME` at `width` x `height` into the logs.

    A rung is scored against the source as it would be in the same look: SDR or HDR, 8 or 10 bits.
    VMAF and luma PSNR come from libvmaf, SSIM from FFmpeg's filter of that name, which costs a
    tenth of libvmaf's. Raises ValueError for an even `subsample`: it always hits the same places
    in a pyramid of B-frames, and so flatters.
    """
    if subsample % 2 == 0:
        raise ValueError(f"an even subsampling of {subsample} biases scores; use an odd one")
    frames = frames_at(timeline.frames, timeline.fps, rung.fps)
    source = head(
        source_video(treatment),
        treatment,
        look_of(rung),
        burn_in=BURN_IN_NAME if burn_in else None,
    )
    reference = _reference(source, rung, timeline, frames, width, height)
    opened = ffmpeg.input(
        f"file:{RENDITION_NAME}",
        protocol_whitelist="file",
        threads=DECODER_THREADS,
        # Grain that players draw is nowhere near the source's, pixel by pixel.
        **({"export_side_data": "film_grain"} if rung.film_grain else {}),
    )["v:0"]
    rendition = _numbered(untagged(opened), rung.fps)
    to_score, again, to_watch = copies(reference, 3)
    judged, seen = copies(rendition, 2)
    scored = _scored(judged, to_score, again, rung, frames, (width, height), subsample)
    watched = _watched(seen, to_watch, rung.fps)
    outputs = ffmpeg.merge_outputs(
        ffmpeg.output(scored, "-", format="null", fps_mode="passthrough"),
        ffmpeg.output(watched, "-", format="null", fps_mode="passthrough"),
    )
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *PROGRESS_ARGS,
            # Steps run side by side, so that more threads here would only get in each other's way.
            *("-filter_complex_threads", "1"),
            *compiled(outputs, treatment, "-threads", DECODER_THREADS),
        ),
        label=f"measure {rung.name}",
        limits=limits or Limits(memory_bytes=memory_bytes(treatment, width, height)),
        reports_progress=True,
        duration_s=Fraction(frames) / rung.fps,
    )


def is_scorable(width: int, height: int) -> bool:
    """Return whether pictures of this size are large enough for libvmaf."""
    return min(width, height) >= MIN_SCORED_SIDE


def _reference(
    pictures: Any, rung: Rung, timeline: Timeline, frames: int, width: int, height: int
) -> Any:
    step = timeline.fps / rung.fps
    if step != 1:
        pictures = pictures.filter("framestep", step=step.numerator)
    pictures = untagged(pictures.filter("trim", end_frame=frames))
    pictures = pictures.filter("scale", width, height, flags=SCALER)
    return _numbered(pictures.filter("format", look_of(rung).pixel_format), rung.fps)


def _scored(
    rendition: Any,
    reference: Any,
    reference_again: Any,
    rung: Rung,
    frames: int,
    size: tuple[int, int],
    subsample: int,
) -> Any:
    picked = _every(rendition, subsample, 0, rung.fps)
    picked = picked.filter("scale", *size, flags=SCALER)
    picked = picked.filter("format", look_of(rung).pixel_format)
    picked = ffmpeg.filter(
        [picked, _every(reference_again, subsample, 0, rung.fps)], "ssim", stats_file=SSIM_LOG
    )
    # Back to the full rate by repetition, which copies nothing.
    filled = picked.filter("setpts", f"N*{subsample}/({_rate(rung.fps)}*TB)")
    # It fills up behind the last sample, too, where libvmaf would go on against a picture that
    # stands still: the last frame's motion, and with it its score, would be far too low.
    filled = filled.filter("fps", fps=_rate(rung.fps)).filter("trim", end_frame=frames)
    return ffmpeg.filter(
        [filled, reference],  # the rendition first (FFmpeg documentation, filter libvmaf)
        "libvmaf",
        model=f"version={MODEL}",
        feature="name=psnr:enable_chroma=false",
        n_subsample=subsample,
        # 0 scores in the filter's own thread. With any others libvmaf queues pictures without
        # bound as soon as decoding is faster than scoring (Netflix/vmaf#1587).
        n_threads=0,
        log_fmt="json",
        log_path=VMAF_LOG,
    )


def _watched(rendition: Any, reference: Any, fps: Fraction) -> Any:
    """Return sampled small pictures, compared with three frames of the reference each."""
    middle = ALIGNMENT_STRIDE // 2
    # A title of a frame or two must give this output something, too: FFmpeg refuses an empty one.
    padding = {"stop": ALIGNMENT_STRIDE - 1, "stop_mode": "clone"}
    reference, rendition = (s.filter("tpad", **padding) for s in (reference, rendition))
    watched = _small(_every(rendition, ALIGNMENT_STRIDE, middle, fps))
    branches = copies(_small(reference), len(ALIGNMENT_LOGS))
    for branch, (offset, log) in zip(branches, ALIGNMENT_LOGS.items(), strict=True):
        neighbour = _every(branch, ALIGNMENT_STRIDE, middle + offset, fps)
        watched = ffmpeg.filter([watched, neighbour], "psnr", stats_file=log, shortest=1)
    return watched


def _small(stream: Any) -> Any:
    return stream.filter("scale", *ALIGNMENT_SIZE, flags="area").filter("format", "gray")


def _every(stream: Any, stride: int, offset: int, fps: Fraction) -> Any:
    """Return frames `offset`, `offset + stride` ... of a stream, numbered anew."""
    if stride == 1:
        return stream
    return _numbered(stream.filter("select", f"not(mod(n-{offset},{stride}))"), fps)


def _numbered(stream: Any, fps: Fraction) -> Any:
    """Return the stream with its n-th frame at exactly n / fps."""
    timed = stream.filter("settb", f"1/({_rate(fps)})")
    return timed.filter("setpts", "N")


def untagged(stream: Any) -> Any:
    """Return the stream without colour tags: where they differ, scaling would convert colours."""
    unknown = ("color_primaries", "color_trc", "colorspace", "range")
    return stream.filter("setparams", **dict.fromkeys(unknown, "unknown"))


def _rate(fps: Fraction) -> str:
    return f"{fps.numerator}/{fps.denominator}"


def memory_bytes(treatment: Treatment, width: int, height: int) -> int:
    """Return the address space scoring may take: a fence against runaway queues, not a budget.

    Two cores needed 1.4 GiB at 1080p and 1.9 GiB for 10-bit 4K. Decoders on many cores add
    address space per thread (stacks, allocator arenas) and pictures per thread.
    """
    pixels = max(width * height, treatment.display_width * treatment.display_height)
    return 8 * GIBIBYTE + 1024 * pixels
