"""Text to draw into the picture, brought next to the graph that draws it."""

from __future__ import annotations

from typing import Any, Protocol

from farm.errors import InvalidSpec
from farm.facts import TextTrack
from farm.ladder import Treatment
from media.graphs.picture import BURN_IN_HDR_NAME, BURN_IN_NAME, picture_size
from media.text.burn_in import HDR_WHITES, burn_in_ass
from workers.steps.contract import StepContext


class DrawsText(Protocol):
    """The parameters of a step that may draw text."""

    @property
    def burn_in(self) -> bool | str | None: ...


def draws_text(params: DrawsText) -> bool:
    """Return whether a step with these parameters draws text with the fonts of its host."""
    return bool(params.burn_in)


def only_text_input(context: StepContext[Any]) -> str:
    """Return the reference of the one text track a step takes."""
    (reference,) = (ref for ref in context.inputs if ref.startswith("text:"))
    return reference


def bring_burn_in(context: StepContext[Any], reference: str, treatment: Treatment) -> None:
    """Write a text input of a step as `BURN_IN_NAME`, its letters sized for the picture.

    Of HDR there is a second file, for rungs that stay so.

    Encode, measure and verify all call it, so that a rendition is compared with what it should
    show. Raises InvalidSpec where the track has no cues: there is nothing to do as asked.
    """
    track = context.facts(reference, TextTrack)
    if track.dropped is not None:
        raise InvalidSpec(
            f"nothing to burn in: the {track.language} text {track.name} was dropped,"
            f" since {track.dropped}"
        )
    clean = context.bring(reference, "text.vtt", "burn-in.vtt").read_text("utf-8")
    drawn = burn_in_ass(clean, *picture_size(treatment))
    (context.scratch / BURN_IN_NAME).write_text(drawn, "utf-8")
    if white := HDR_WHITES.get(treatment.colour.dynamic_range):
        drawn = burn_in_ass(clean, *picture_size(treatment), white)
        (context.scratch / BURN_IN_HDR_NAME).write_text(drawn, "utf-8")
