"""What decoders complain of while renditions are measured, and which of them it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from farm.command import Finished
from farm.scores import Complaints
from media.graphs.decoding import complaints, decode_alone
from media.graphs.measure import Judged, rendition_name
from workers.steps.contract import StepContext


def listen(
    context: StepContext[Any], renditions: Mapping[str, Judged], stderr: str
) -> tuple[dict[str, Complaints], list[Finished]]:
    """Return the complaints of each rendition, by its part, and what finding out took.

    `stderr` is what the whole pass printed. Its lines do not say whose decoder it was, and may be
    about the source: where there are any, each rendition is decoded once more, alone.
    """
    if not complaints(stderr.splitlines()):
        return dict.fromkeys(renditions, Complaints(0)), []
    ran = {part: _decoded(context, each) for part, each in renditions.items()}
    said = {part: complaints(finished.stderr.splitlines()) for part, finished in ran.items()}
    return (
        {part: Complaints(len(lines), *lines[:1]) for part, lines in said.items()},
        list(ran.values()),
    )


def _decoded(context: StepContext[Any], judged: Judged) -> Finished:
    command = decode_alone(
        rendition_name(judged.place),
        f"listen to the decoder of {judged.rung.name}",
        context.params.timeline.duration_s,
        context.beforehand.limits,
    )
    return context.run(command)
