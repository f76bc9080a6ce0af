"""What every frame of a rendition showed, small and grey, beside the source's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from farm.errors import InvalidAlignment
from farm.scores import Stray
from media.graphs.measure import Judged, all_frames, held_together
from media.graphs.watching import FAR, FAR_STRIDE, NEAR, change_name, detail_names, shift_name
from planning.params import MeasureParams
from qc.alignment import Alignment, judge, read_errors
from qc.sampling.statistics import FrameTraits
from qc.strays import find_strays
from workers.steps.contract import StepContext


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of all frames of a rendition without scoring them."""

    frames: int
    traits: FrameTraits
    alignment: Alignment
    strays: tuple[Stray, ...]


def read_watched(
    context: StepContext[MeasureParams], renditions: Mapping[str, Judged]
) -> dict[str, Watched]:
    """Return what the pass saw of each rendition, by its part.

    Raises InvalidAlignment where one is shifted.
    """
    of_source = {
        each.place: group[0].place
        for group in held_together(list(renditions.values()))
        for each in group
    }
    return {part: _read(context, each, of_source[each.place]) for part, each in renditions.items()}


def _read(context: StepContext[MeasureParams], judged: Judged, of_source: int) -> Watched:
    """Return what was seen of a rendition; the source's own logs are named `of_source`."""
    rung = judged.rung
    frames = len(all_frames(rung, context.params.timeline))
    near = {offset: _errors(context, shift_name(judged.place, offset), frames) for offset in NEAR}
    middle = slice(FAR_STRIDE // 2, None, FAR_STRIDE)
    far = {offset: _errors(context, shift_name(judged.place, offset)) for offset in FAR}
    alignment = judge({**{offset: values[middle] for offset, values in near.items()}, **far})
    if alignment.offset:
        raise _shifted(judged, alignment)
    change = _errors(context, change_name(of_source), frames)
    right, below = (_errors(context, name, frames) for name in detail_names(of_source))
    detail = [sum(pair) for pair in zip(right, below, strict=True)]
    traits = FrameTraits(error=near[0], change=change, detail=detail)
    return Watched(frames, traits, alignment, find_strays(near, rung.fps))


def _errors(
    context: StepContext[MeasureParams], name: str, frames: int | None = None
) -> Sequence[float]:
    """Return the errors of a log; behind `frames` it has copies of the last one."""
    with (context.scratch / name).open(encoding="ascii") as log:
        return read_errors(log)[:frames]


def _shifted(judged: Judged, found: Alignment) -> InvalidAlignment:
    rung = judged.rung
    frame = (found.first_sample or 0) * FAR_STRIDE
    at_s = float(Fraction(frame) / rung.fps)
    return InvalidAlignment(
        f"{rung.name} shows the source's pictures {_shift(found.offset)} from about {at_s:.1f} s"
        f" on ({found.accusing} of {found.windows} stretches with motion agree): its scores would"
        " mean nothing, encode it again",
        rung=rung.name,
        offset_frames=found.offset,
        from_s=at_s,
        windows=found.windows,
        accusing_windows=found.accusing,
    )


def _shift(offset: int) -> str:
    count = "one frame" if abs(offset) == 1 else f"{abs(offset)} frames"
    return f"{count} early" if offset > 0 else f"{count} late"
