"""Scores of trial encodes: each against the few pictures of the reference that its scores need.

A scored frame's two neighbours are all that VMAF's motion looks at: with them, and two dummies in
front, libvmaf gives every third frame just the score that it has in a run over the whole window.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool
from farm.ladder import Chunk, Rung, Timeline
from farm.trials import QualityMetric
from ladders.gop import frames_at
from media.graphs.picture import SCALER, copies
from media.graphs.scoring import untagged
from media.graphs.trial import (
    NEIGHBOURS,
    encoded_name,
    kind_of,
    scored_frames,
    warm_frames,
)

DUMMIES = 2  # before the first neighbour, so that scored frames are those numbered 3, 6, 9 ...
# What libvmaf calls them; of v1 the one for pictures seen from three times their height.
MODELS: dict[QualityMetric, str] = {
    "vmaf_v0.6.1": "vmaf_v0.6.1",
    "vmaf_v1": "vmaf_v1.0.16_3d0h",
}
MOST_AT_ONCE = 12  # scored by one program: each holds pictures of its own, 180 MiB at 1080p


def scores_name(index: int) -> str:
    """Return libvmaf's log of the candidate with this place among those tried."""
    return f"candidate-{index}.json"


def score_candidates(
    candidates: Sequence[Rung],
    timeline: Timeline,
    window: Chunk,
    size: tuple[int, int],
    metrics: Sequence[QualityMetric],
    limits: Limits | None = None,
) -> tuple[Command, ...]:
    """Return the commands that score all candidates at one display size.

    libvmaf's log has each metric under its name in `QualityMetric`.
    """
    numbered = list(enumerate(candidates))
    return tuple(
        _score_batch(
            numbered[first : first + MOST_AT_ONCE], timeline, window, size, metrics, limits
        )
        for first in range(0, len(numbered), MOST_AT_ONCE)
    )


def _score_batch(
    batch: Sequence[tuple[int, Rung]],
    timeline: Timeline,
    window: Chunk,
    size: tuple[int, int],
    metrics: Sequence[QualityMetric],
    limits: Limits | None,
) -> Command:
    outputs = []
    for kind in dict.fromkeys(kind_of(rung) for _, rung in batch):
        alike = [(index, rung) for index, rung in batch if kind_of(rung) == kind]
        opened = ffmpeg.input(f"file:{kind.reference_name}", protocol_whitelist="file")["v:0"]
        padded = untagged(opened).filter("tpad", start=DUMMIES, start_mode="clone")
        sized = padded.filter("scale", *size, flags=SCALER)
        steady = _numbered(sized.filter("format", kind.look.pixel_format), kind.fps)
        for (index, rung), reference in zip(alike, copies(steady, len(alike)), strict=True):
            outputs.append(_scored(index, rung, reference, timeline, window, size, metrics))
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *PROGRESS_ARGS,
            *ffmpeg.get_args(ffmpeg.merge_outputs(*outputs)),
        ),
        label=f"score {len(batch)} encodes of window {window.index}",
        limits=limits or Limits(),
        reports_progress=True,
    )


def _scored(
    index: int,
    rung: Rung,
    reference: Any,
    timeline: Timeline,
    window: Chunk,
    size: tuple[int, int],
    metrics: Sequence[QualityMetric],
) -> Any:
    kind = kind_of(rung)
    warm = warm_frames(rung.codec, window, timeline, rung.fps)
    scored = scored_frames(frames_at(window.frames, timeline.fps, rung.fps))
    opened = ffmpeg.input(
        f"file:{encoded_name(index)}",
        protocol_whitelist="file",
        threads=1,
        # Grain that players draw is nowhere near the source's, pixel by pixel.
        **({"export_side_data": "film_grain"} if rung.film_grain else {}),
    )["v:0"]
    kept = untagged(opened).filter("trim", start_frame=warm, end_frame=warm + scored[-1] + 1)
    chosen = kept.filter("select", f"gte(n,{scored.step})*not(mod(n,{scored.step}))")
    chosen = chosen.filter("scale", *size, flags=SCALER).filter("format", kind.look.pixel_format)
    # Each three times, one more before the first: as many as the reference has.
    chosen = chosen.filter("tpad", start=1, start_mode="clone")
    chosen = chosen.filter("settb", f"1/({_rate(rung.fps)})").filter("setpts", f"N*{NEIGHBOURS}")
    compared = ffmpeg.filter(
        [chosen.filter("fps", fps=_rate(rung.fps)), reference],
        "libvmaf",
        model="|".join(f"version={MODELS[metric]}:name={metric}" for metric in metrics),
        n_subsample=NEIGHBOURS,
        n_threads=0,  # others queue pictures without bound (Netflix/vmaf#1587)
        log_fmt="json",
        log_path=scores_name(index),
    )
    return ffmpeg.output(compared, "-", format="null", fps_mode="passthrough")


def _numbered(stream: Any, fps: Fraction) -> Any:
    return stream.filter("settb", f"1/({_rate(fps)})").filter("setpts", "N")


def _rate(fps: Fraction) -> str:
    return f"{fps.numerator}/{fps.denominator}"
