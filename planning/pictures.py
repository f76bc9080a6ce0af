"""The steps that make, score and show a title's pictures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from farm.ladder import Chunk, Codec, Ladder, Rung, Timeline, Treatment
from farm.plan import StepPlan
from farm.serial import to_json


@dataclass(frozen=True, slots=True)
class Pictures:
    """How the pictures of a title are made."""

    treatment: Treatment
    timeline: Timeline
    ladder: Ladder
    chunks: tuple[Chunk, ...]
    burn_in: str | None  # the step that makes the text

    @property
    def text_input(self) -> tuple[str, ...]:
        return (self.burn_in,) if self.burn_in else ()

    @property
    def common(self) -> dict[str, Any]:
        """Return the parameters of every step that looks at the source's pictures."""
        return {"treatment": to_json(self.treatment), "timeline": to_json(self.timeline)}


def largest(rungs: Sequence[Rung]) -> Rung:
    """Return the rung with the most pixels."""
    return max(rungs, key=lambda rung: rung.width * rung.height)


def picture_steps(pictures: Pictures) -> list[StepPlan]:
    """Return the steps from source to finished renditions, and the thumbnails.

    Chunk by chunk, all codecs of one before the next: steps of a job start in the order in which
    they were planned, so that the title is finished from its beginning on.
    """
    rungs = pictures.ladder.rungs
    codecs = tuple(dict.fromkeys(rung.codec for rung in rungs))
    common = pictures.common
    encodes = [
        _encode(pictures, common, codec, chunk) for chunk in pictures.chunks for codec in codecs
    ]
    # After packaging, beside the scores: sooner they would only take cores from the encode.
    thumbnails = StepPlan("thumbnails", "thumbnails", common, ("ingest",), after=("package",))
    return [*encodes, *(_stitch(pictures, rung) for rung in rungs), thumbnails]


def measure_steps(pictures: Pictures, subsample: int) -> list[StepPlan]:
    """Return one step per rung, all scored at the size of the largest."""
    rungs = pictures.ladder.rungs
    top = largest(rungs)
    return [
        StepPlan(
            f"measure:{rung.name}",
            "measure",
            {
                "rung": to_json(rung),
                **pictures.common,
                "width": top.width,
                "height": top.height,
                "subsample": subsample,
                "burn_in": pictures.burn_in is not None,
            },
            inputs=("ingest", f"stitch:{rung.name}", *pictures.text_input),
            after=("package",),
            label=f"measure {_spoken(rung)}",
        )
        for rung in rungs
    ]


def _encode(pictures: Pictures, common: dict[str, Any], codec: Codec, chunk: Chunk) -> StepPlan:
    rungs = [to_json(rung) for rung in pictures.ladder.rungs if rung.codec == codec]
    return StepPlan(
        f"encode:{codec}:{chunk.index}",
        "encode",
        {
            **common,
            "chunk": to_json(chunk),
            "rungs": rungs,
            "burn_in": pictures.burn_in is not None,
        },
        inputs=("ingest", *pictures.text_input),
        label=f"encode {codec} {chunk.index + 1}/{len(pictures.chunks)}",
    )


def _stitch(pictures: Pictures, rung: Rung) -> StepPlan:
    return StepPlan(
        f"stitch:{rung.name}",
        "stitch",
        {
            "rung": to_json(rung),
            "timeline": to_json(pictures.timeline),
            "chunks": [to_json(chunk) for chunk in pictures.chunks],
        },
        inputs=tuple(f"encode:{rung.codec}:{c.index}#{rung.name}" for c in pictures.chunks),
        label=f"stitch {_spoken(rung)}",
    )


def _spoken(rung: Rung) -> str:
    """Return a rung's name as people read it: "h264 1080p-6000k"."""
    return rung.name.replace("-", " ", 1)
