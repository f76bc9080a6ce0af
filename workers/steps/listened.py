"""What decoders complain of while renditions are measured, and which of them it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from farm.scores import Complaints
from media.graphs.decoding import complaints, decode_alone
from media.graphs.measure import Judged, rendition_name
from workers.steps.contract import StepContext


def listen(
    context: StepContext[Any], renditions: Mapping[str, Judged], stderr: str
) -> dict[str, Complaints]:
    """Return the complaints of each rendition, by its part, given what the whole pass printed.

    Its lines do not say whose decoder it was, and may be about the source: where there are any,
    each rendition is decoded once more, alone.
    """
    if not complaints(stderr.splitlines()):
        return dict.fromkeys(renditions, Complaints(0))
    return {part: _of(context, each) for part, each in renditions.items()}


def _of(context: StepContext[Any], judged: Judged) -> Complaints:
    command = decode_alone(
        rendition_name(judged.place),
        f"listen to the decoder of {judged.rung.name}",
        context.params.timeline.duration_s,
        context.beforehand.limits,
    )
    said = complaints(context.run(command).stderr.splitlines())
    return Complaints(len(said), said[0] if said else "")
