"""What a source's pictures are like from when on: its key frames, and the headers before them."""

from __future__ import annotations

from fractions import Fraction

from farm.command import Command, Limits
from farm.mediainfo import MediaInfo, PictureShape, VideoStream
from media.probe.key_frames import KEY_FRAMES_NAME, list_key_frames, read_shapes
from media.probe.parameter_sets import (
    SETS_NAME,
    cut_key_frame,
    hides_shapes,
    list_parameter_sets,
    probe_key_frame,
    read_changes,
    read_shape,
    reshaped,
)
from media.probe.unprobed import is_unprobed
from planning.params import AnalyzeParams
from workers.steps.contract import StepContext


def shape_commands(media: MediaInfo, limits: Limits) -> tuple[Command, ...]:
    """Return the look at the key frames, and at the headers that a container hides."""
    picture = media.picture
    if picture is None or is_unprobed(media):  # those have one canvas
        return ()
    hidden = hides_shapes(media, picture)
    headers = (list_parameter_sets(picture, limits),) if hidden else ()
    return (list_key_frames(media, picture, limits), *headers)


def changing_shapes(
    context: StepContext[AnalyzeParams], media: MediaInfo, limits: Limits
) -> tuple[PictureShape, ...]:
    """Run `shape_commands`; return what pictures are like from when on, nothing for steady ones."""
    picture = media.picture
    if picture is None or is_unprobed(media):
        return ()
    for command in shape_commands(media, limits):
        context.run(command)
    with (context.scratch / KEY_FRAMES_NAME).open(encoding="ascii") as lines:
        shapes = read_shapes(lines, media)
    if hides_shapes(media, picture):
        with (context.scratch / SETS_NAME).open(encoding="ascii") as lines:
            starts_s = read_changes(lines, media)
        if len(starts_s) > 1:
            shapes = reshaped(shapes, _declared(context, picture, starts_s, limits))
    return shapes if len(shapes) > 1 else ()


def _declared(
    context: StepContext[AnalyzeParams],
    picture: VideoStream,
    starts_s: tuple[Fraction, ...],
    limits: Limits,
) -> list[tuple[Fraction, Fraction | None]]:
    """Return the shape of pixels that the stream declares at each of these times."""
    declared: list[tuple[Fraction, Fraction | None]] = []
    for place, at_s in enumerate(starts_s):
        context.run(cut_key_frame(picture, place, at_s, limits))
        declared.append((at_s, read_shape(context.run(probe_key_frame(picture, place)).stdout)))
    return declared
