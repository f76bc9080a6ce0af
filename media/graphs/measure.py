"""The scoring graph: renditions of a title against one decode of its source, in one pass.

Frame n of a rendition meets frame n of the timeline by its number, never by a rounded time. Every
frame is watched, small and grey (`watching`); of those few that are sampled, all of the picture is
scored (`scoring`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, GIBIBYTE, PROGRESS_ARGS, Command, Limits, Tool
from farm.ladder import Rung, Timeline, Treatment
from ladders.gop import frames_at
from media.graphs.look import PictureLook, look_of
from media.graphs.picture import BURN_IN_NAME, compiled, copies, heads, source_video
from media.graphs.scoring import HowScored, ScoredPictures, numbered, scored, scored_whole, untagged
from media.graphs.watching import watched

DECODER_THREADS = "2"  # enough to outrun scoring, and each holds pictures
MIN_SCORED_SIDE = 18  # pixels; of smaller pictures libvmaf 3 reads beyond the end, and dies


@dataclass(frozen=True, slots=True)
class Judged:
    """A rendition and the frames of it to score: `place` names its files in the scratch directory.

    `samples` is evenly spread at an odd step, and leaves out the first and the last frame, which
    have but one neighbour; or it is all frames.
    """

    place: int
    rung: Rung
    samples: range


def held_together(judged: Sequence[Judged]) -> list[list[Judged]]:
    """Return renditions by the pictures of the source they are held against: of one look and rate.

    Each group is in the order of its places.
    """
    groups: dict[tuple[PictureLook, Fraction], list[Judged]] = {}
    for each in sorted(judged, key=lambda each: each.place):
        groups.setdefault((look_of(each.rung), each.rung.fps), []).append(each)
    return list(groups.values())


def rendition_name(place: int) -> str:
    """Return the name of a rendition in the scratch directory."""
    return f"rendition-{place}.mp4"


def all_frames(rung: Rung, timeline: Timeline) -> range:
    """Return every frame of a rendition."""
    return range(frames_at(timeline.frames, timeline.fps, rung.fps))


def score(
    judged: Sequence[Judged],
    treatment: Treatment,
    timeline: Timeline,
    how: HowScored,
    *,
    burn_in: bool = False,
    watch: bool = True,
    limits: Limits | None = None,
) -> Command:
    """Return the command that scores renditions into their logs.

    A rung is scored against the source as it would be in the same look: SDR or HDR, 8 or 10 bits.
    With `watch` every frame is held against the source's, too. Raises ValueError for samples at an
    even step: they always hit the same places in a pyramid of B-frames, and so flatter.
    """
    for each in judged:
        if each.samples.step % 2 == 0:
            raise ValueError(f"every {each.samples.step}th frame biases scores; use an odd step")
    looks = list(dict.fromkeys(look_of(each.rung) for each in judged))
    burnt = BURN_IN_NAME if burn_in else None
    shown = heads(source_video(treatment), treatment, looks, burn_in=burnt)
    outputs: list[Any] = []
    for look, pictures in zip(looks, shown, strict=True):
        alike = [each for each in judged if look_of(each.rung) == look]
        outputs += _of_look(alike, look, pictures, timeline, how, watch=watch)
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *PROGRESS_ARGS,
            # Steps run side by side, so that more threads here would only get in each other's way.
            *("-filter_complex_threads", "1"),
            *compiled(ffmpeg.merge_outputs(*outputs), treatment, "-threads", DECODER_THREADS),
        ),
        label=f"measure {', '.join(each.rung.name for each in judged)}",
        limits=replace(
            limits or Limits(), memory_bytes=memory_bytes(treatment, *how.size, len(judged))
        ),
        reports_progress=True,
        duration_s=timeline.duration_s,
    )


def opened(rung: Rung, name: str, **options: str) -> Any:
    """Return the pictures of a rendition in the scratch directory."""
    # Grain that players draw is nowhere near the source's, pixel by pixel.
    grain = {"export_side_data": "film_grain"} if rung.film_grain else {}
    threads = {"threads": DECODER_THREADS}
    opening = {"protocol_whitelist": "file", **threads, **grain, **options}
    return ffmpeg.input(f"file:{name}", **opening)["v:0"]


def as_reference(pictures: Any, fps: Fraction, timeline: Timeline, frames: int) -> Any:
    """Return `frames` pictures of the timeline, those that a rendition at `fps` shows."""
    step = timeline.fps / fps
    if step != 1:
        pictures = pictures.filter("framestep", step=step.numerator)
    return numbered(untagged(pictures.filter("trim", end_frame=frames)), fps)


def nowhere(stream: Any) -> Any:
    """Return the output of a stream that only its filters' logs are wanted of."""
    return ffmpeg.output(stream, "-", format="null", fps_mode="passthrough")


def is_scorable(width: int, height: int) -> bool:
    """Return whether pictures of this size are large enough for libvmaf."""
    return min(width, height) >= MIN_SCORED_SIDE


def memory_bytes(treatment: Treatment, width: int, height: int, renditions: int = 1) -> int:
    """Return the address space scoring may take: a fence against runaway queues, not a budget.

    Two cores needed 1.4 GiB at 1080p and 1.9 GiB for 10-bit 4K with one rendition. Decoders on
    many cores add address space per thread (stacks, allocator arenas) and pictures per thread.
    """
    pixels = max(width * height, treatment.display_width * treatment.display_height)
    return 8 * GIBIBYTE + 1024 * pixels * renditions


def _of_look(
    judged: Sequence[Judged],
    look: PictureLook,
    pictures: Any,
    timeline: Timeline,
    how: HowScored,
    *,
    watch: bool,
) -> list[Any]:
    """Return the outputs of renditions whose pictures are alike but for size and rate."""
    outputs: list[Any] = []
    rates = list(dict.fromkeys(each.rung.fps for each in judged))
    for fps, branch in zip(rates, copies(pictures, len(rates)), strict=True):
        alike = [each for each in judged if each.rung.fps == fps]
        frames = frames_at(timeline.frames, timeline.fps, fps)
        reference = as_reference(branch, fps, timeline, frames)
        branches = copies(reference, 2 * len(alike) + watch)
        seen: dict[int, Any] = {}
        for each in alike:
            rendition = numbered(untagged(opened(each.rung, rendition_name(each.place))), fps)
            if watch:
                rendition, seen[each.place] = copies(rendition, 2)
            pair = branches.pop(), branches.pop()
            of = ScoredPictures(each.place, fps, look)
            if each.samples.step > 1:
                outputs.append(scored(rendition, pair, each.samples, of, how))
            else:
                outputs.append(scored_whole(rendition, pair, of, how))
        if watch:
            outputs += watched(seen, branches.pop(), fps)
    return [nowhere(output) for output in outputs]
