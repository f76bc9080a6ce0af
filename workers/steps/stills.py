"""Pictures of a title's worst moments: source and rendition side by side, in full and small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from farm.ladder import Treatment
from farm.scores import Scores
from media.graphs.frames import SMALL_QUALITIES, extract_moment, shrink_pictures
from planning.params import VerifyParams
from qc.frames import ScoredFrames
from qc.moments import Moment, worst_moments
from qc.report import PICTURE_BYTES, Still
from workers.steps.burn_in import bring_burn_in
from workers.steps.contract import StepContext


def take_pictures(
    context: StepContext[VerifyParams],
    scores: Sequence[Scores],
    frames: Mapping[str, ScoredFrames],
    folder: str,
) -> tuple[Still, ...]:
    """Return the worst moments with their pictures written to `folder` of the scratch directory."""
    moments = worst_moments(frames)
    if not moments:
        return ()
    context.link_source()
    burn_in, treatment = context.params.burn_in, context.params.treatment
    assert treatment is not None  # there are scores, so there is a picture
    if burn_in is not None:
        bring_burn_in(context, burn_in, treatment)
    for rung in {moment.rung for moment in moments}:
        context.bring(f"stitch:{rung}", "video.mp4", f"{rung}.mp4")
    sizes = {score.rung: (score.width, score.height) for score in scores}
    return tuple(
        _take_picture(context, sizes[moment.rung], treatment, number, moment, folder)
        for number, moment in enumerate(moments, 1)
    )


def _take_picture(
    context: StepContext[VerifyParams],
    size: tuple[int, int],
    treatment: Treatment,
    number: int,
    moment: Moment,
    folder: str,
) -> Still:
    still = Still(moment, f"worst-{number:02}-source.jpg", f"worst-{number:02}-encode.jpg")
    context.run(
        extract_moment(
            next(rung for rung in context.params.ladder.rungs if rung.name == moment.rung),
            treatment,
            moment.score.frame,
            rendition_name=f"{moment.rung}.mp4",
            size=size,
            to=(f"{folder}/{still.source_name}", f"{folder}/{still.rendition_name}"),
            burn_in=context.params.burn_in is not None,
            limits=context.beforehand.limits,
        )
    )
    return still


def small_pair(context: StepContext[VerifyParams], still: Still, folder: str) -> dict[str, bytes]:
    """Return a moment's pictures as small as a page has room for, both in one quality.

    Were one of them coarser, it would be taken for the encode's doing, or the source's.
    """
    names = (still.source_name, still.rendition_name)
    to = {f"{folder}/{name}": [f"{q}-{name}" for q in SMALL_QUALITIES] for name in names}
    context.run(shrink_pictures(to, context.beforehand.limits))
    for paths in zip(*to.values(), strict=True):
        small = [(context.scratch / path).read_bytes() for path in paths]
        if max(map(len, small)) <= PICTURE_BYTES:
            break
    return dict(zip(names, small, strict=True))
