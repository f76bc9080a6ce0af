"""The steps that make, score and show a title's pictures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from farm.captions import Instream
from farm.ladder import Chunk, CodecName, Ladder, Rung, Timeline, Treatment
from farm.plan import StepPlan
from farm.serial import to_json
from media.graphs.measure import is_scorable
from planning.params import EncodeParams, MeasureParams, StitchParams, ThumbnailsParams


@dataclass(frozen=True, slots=True)
class Pictures:
    """How the pictures of a title are made."""

    treatment: Treatment
    timeline: Timeline
    ladder: Ladder
    chunks: tuple[Chunk, ...]
    burn_in: str | None  # the step that makes the text
    instreams: tuple[Instream, ...] = ()  # captions that the pictures carry

    @property
    def text_input(self) -> tuple[str, ...]:
        return (self.burn_in,) if self.burn_in else ()


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
    encodes = [_encode(pictures, codec, chunk) for chunk in pictures.chunks for codec in codecs]
    drawn = ThumbnailsParams(pictures.treatment, pictures.timeline)
    # After packaging, beside the scores: sooner they would only take cores from the encode.
    thumbnails = StepPlan(
        "thumbnails", "thumbnails", to_json(drawn), ("ingest",), after=("package",)
    )
    return [*encodes, *(_stitch(pictures, rung) for rung in rungs), thumbnails]


def measure_steps(pictures: Pictures, subsample: int) -> list[StepPlan]:
    """Return one step per rung, scored at the size of the largest; none if that is too small."""
    rungs = pictures.ladder.rungs
    top = largest(rungs)
    if not is_scorable(top.width, top.height):
        return []
    return [
        StepPlan(
            f"measure:{rung.name}",
            "measure",
            to_json(
                MeasureParams(
                    rung=rung,
                    treatment=pictures.treatment,
                    timeline=pictures.timeline,
                    width=top.width,
                    height=top.height,
                    subsample=subsample,
                    burn_in=pictures.burn_in is not None,
                )
            ),
            inputs=("ingest", f"stitch:{rung.name}", *pictures.text_input),
            after=("package",),
            label=f"measure {_spoken(rung)}",
        )
        for rung in rungs
    ]


def _encode(pictures: Pictures, codec: CodecName, chunk: Chunk) -> StepPlan:
    params = EncodeParams(
        treatment=pictures.treatment,
        timeline=pictures.timeline,
        chunk=chunk,
        rungs=tuple(rung for rung in pictures.ladder.rungs if rung.codec == codec),
        burn_in=pictures.burn_in is not None,
    )
    return StepPlan(
        f"encode:{codec}:{chunk.index}",
        "encode",
        to_json(params),
        inputs=("ingest", *pictures.text_input),
        label=f"encode {codec} {chunk.index + 1}/{len(pictures.chunks)}",
    )


def _stitch(pictures: Pictures, rung: Rung) -> StepPlan:
    return StepPlan(
        f"stitch:{rung.name}",
        "stitch",
        to_json(StitchParams(rung, pictures.timeline, pictures.chunks)),
        inputs=tuple(f"encode:{rung.codec}:{c.index}#{rung.name}" for c in pictures.chunks),
        label=f"stitch {_spoken(rung)}",
    )


def _spoken(rung: Rung) -> str:
    """Return a rung's name as people read it: "h264 1080p-6000k"."""
    return rung.name.replace("-", " ", 1)
