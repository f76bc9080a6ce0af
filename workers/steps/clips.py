"""ClipList of a title's worst stretches, for the person who has to decide on it."""

from __future__ import annotations

from collections.abc import Mapping

from farm.clips import Clip, ClipList
from farm.facts import Verdict
from farm.parts import Product
from farm.serial import to_json
from media.graphs.clips import encode_clip, encode_starts, is_delivered, source_clip
from media.graphs.picture import BURN_IN_NAME
from planning.params import VerifyParams
from qc.frames import ScoredFrames
from qc.windows import Window, worst_windows
from workers.steps.burn_in import bring_burn_in
from workers.steps.contract import StepContext


def make_clips(
    context: StepContext[VerifyParams], verdict: Verdict, frames: Mapping[str, ScoredFrames]
) -> Product:
    """Return the part CLIPS: without any where the title passed, or has no scores."""
    params = context.params
    if verdict.verdict == "pass" or params.timeline is None or not frames:
        return Product(to_json(ClipList()))
    windows = worst_windows(verdict, params.ladder, params.timeline, frames)
    _bring(context, windows)
    clips = tuple(_clip(context, str(number), window) for number, window in enumerate(windows))
    names = [name for clip in clips for name in (clip.source, clip.encode)]
    return Product(to_json(ClipList(clips)), {name: context.scratch / name for name in names})


def _bring(context: StepContext[VerifyParams], windows: tuple[Window, ...]) -> None:
    """Bring what clips are made of, as far as it is not there already."""
    burn_in, treatment = context.params.burn_in, context.params.treatment
    assert treatment is not None  # there are scores, so there is a picture
    context.link_source()
    if burn_in is not None and not (context.scratch / BURN_IN_NAME).exists():
        bring_burn_in(context, burn_in, treatment)
    for name in {window.rung.name for window in windows}:
        if not (context.scratch / f"{name}.mp4").exists():
            context.bring(f"stitch:{name}", "video.mp4", f"{name}.mp4")


def _clip(context: StepContext[VerifyParams], name: str, window: Window) -> Clip:
    treatment, timeline = context.params.treatment, context.params.timeline
    assert treatment is not None
    assert timeline is not None
    rung, limits = window.rung, context.beforehand.limits
    clip = Clip(
        name=name,
        rung=rung.name,
        fps=rung.fps,
        first_frame=window.first_frame,
        frames=window.frames,
        worst_frame=window.worst.frame,
        score=window.worst.vmaf,
        source=f"{name}-source.mp4",
        encode=f"{name}-encode.mp4",
        source_skip=0,
        encode_skip=window.first_frame - encode_starts(rung, window.first_frame),
        delivered=is_delivered(rung),
    )
    stretch = (rung, treatment, timeline, clip.first_frame, clip.frames)
    burnt = context.params.burn_in is not None
    context.run(source_clip(*stretch, to=clip.source, burn_in=burnt, limits=limits))
    rendition = f"{rung.name}.mp4"
    context.run(encode_clip(*stretch, rendition_name=rendition, to=clip.encode, limits=limits))
    return clip
