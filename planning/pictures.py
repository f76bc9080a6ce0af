"""The steps that make, score and show a title's pictures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from farm.captions import Instream
from farm.ladder import Chunk, Ladder, Rung, Shot, Timeline, Treatment
from farm.plan import StepPlan
from farm.serial import to_json
from farm.spec import QcPolicy
from farm.trials import Foretold
from ladders.per_shot.zones import in_chunk
from media.graphs.devices import CPU
from media.graphs.encode import in_codecs
from media.graphs.measure import is_scorable
from media.graphs.picture import picture_size
from planning.params import (
    DeviceShare,
    EncodeParams,
    MeasureParams,
    StitchParams,
    ThumbnailsParams,
)

# Renditions that one step measures: with five, scored at 1080p, its program took 660 MiB.
MOST_MEASURED = 8
MOST_MEASURED_PIXELS = 17_000_000  # of the scoring size, times renditions: 8 at 1080p, 2 in 4K


@dataclass(frozen=True, slots=True)
class Pictures:
    """How the pictures of a title are made."""

    treatment: Treatment
    timeline: Timeline
    ladder: Ladder
    chunks: tuple[Chunk, ...]
    burn_in: str | None  # the step that makes the text
    instreams: tuple[Instream, ...] = ()  # captions that the pictures carry
    share: DeviceShare | None = None  # of every chunk, what a device does
    most_miss: float | None = None  # VMAF that a rung may be off its prediction; None: any

    @property
    def compared(self) -> bool:
        """Return whether there are several codecs to choose among, by how good they look."""
        return len({rung.codec for rung in self.ladder.rungs}) > 1

    @property
    def text_input(self) -> tuple[str, ...]:
        return (self.burn_in,) if self.burn_in else ()


def largest(rungs: Sequence[Rung]) -> Rung:
    """Return the rung with the most pixels."""
    return max(rungs, key=lambda rung: rung.width * rung.height)


def picture_steps(pictures: Pictures) -> list[StepPlan]:
    """Return the steps from source to finished renditions, and the thumbnails.

    Chunk by chunk: steps of a job start in the order in which they were planned, so that the title
    is finished from its beginning on.
    """
    rungs = pictures.ladder.rungs
    encodes = [_encode(pictures, chunk) for chunk in pictures.chunks]
    drawn = ThumbnailsParams(pictures.treatment, pictures.timeline)
    # After packaging, beside the scores: sooner they would only take cores from the encode.
    thumbnails = StepPlan(
        "thumbnails", "thumbnails", to_json(drawn), ("ingest",), after=("package",)
    )
    return [*encodes, *(_stitch(pictures, rung) for rung in rungs), thumbnails]


def measure_steps(pictures: Pictures, policy: QcPolicy) -> list[StepPlan]:
    """Return the steps that score every rung at the pictures' size; none if that is too small.

    A step decodes the source once for all of its rungs, which are of one codec. They come after
    packaging, which needs the cores more, unless manifests have to tell players which codec looks
    better.
    """
    width, height = picture_size(pictures.treatment)
    if not is_scorable(width, height):
        return []
    most = max(1, min(MOST_MEASURED, MOST_MEASURED_PIXELS // (width * height)))
    by_codec: dict[str, list[Rung]] = {}
    for rung in pictures.ladder.rungs:
        by_codec.setdefault(rung.codec, []).append(rung)
    tops = [rungs[-1] for rungs in by_codec.values()]
    groups = [
        tuple(rungs[first : first + most])
        for rungs in by_codec.values()
        for first in range(0, len(rungs), most)
    ]
    return [
        StepPlan(
            f"measure:{number}",
            "measure",
            to_json(
                MeasureParams(
                    rungs=rungs,
                    treatment=pictures.treatment,
                    timeline=pictures.timeline,
                    width=width,
                    height=height,
                    subsample=policy.stride,
                    burn_in=pictures.burn_in is not None,
                    model=policy.model,
                    cross_checks=tuple(sorted(set(policy.cross_checks))),
                    limits=_limits(policy, rungs, tops),
                )
            ),
            inputs=("ingest", *(f"stitch:{rung.name}" for rung in rungs), *pictures.text_input),
            after=() if pictures.compared else ("package",),
            label=f"measure {in_codecs(rungs)} {_places(number, groups)}".strip(),
        )
        for number, rungs in enumerate(groups)
    ]


def _limits(
    policy: QcPolicy, rungs: Sequence[Rung], tops: Sequence[Rung]
) -> dict[str, dict[str, tuple[float, ...]]]:
    """Return what the policy asks of figures, by the rung's name, of those it asks something of."""
    asked = {rung.name: policy.limits(rung, is_top=rung in tops) for rung in rungs}
    return {name: limits for name, limits in asked.items() if limits}


def scores_of(measures: Iterable[StepPlan]) -> tuple[str, ...]:
    """Return the references of what steps that measure make: a part for each rung."""
    return tuple(f"{step.key}#{rung['name']}" for step in measures for rung in step.params["rungs"])


def _places(number: int, groups: Sequence[Sequence[Rung]]) -> str:
    """Return which of several steps of one codec it is, as people count them."""
    codec = groups[number][0].codec
    alike = [index for index, rungs in enumerate(groups) if rungs[0].codec == codec]
    return f"{alike.index(number) + 1}/{len(alike)}" if len(alike) > 1 else ""


def _encode(pictures: Pictures, chunk: Chunk) -> StepPlan:
    """Return the step that encodes a chunk to all rungs, whatever their codecs: one decode."""
    params = EncodeParams(
        treatment=pictures.treatment,
        timeline=pictures.timeline,
        chunk=chunk,
        rungs=tuple(
            rung_in_chunk(rung, pictures.ladder.shots, chunk, pictures.timeline, pictures.share)
            for rung in pictures.ladder.rungs
        ),
        burn_in=pictures.burn_in is not None,
        share=pictures.share,
    )
    return StepPlan(
        f"encode:{chunk.index}",
        "encode",
        to_json(params),
        inputs=("ingest", *pictures.text_input),
        label=f"encode {in_codecs(pictures.ladder.rungs)} {chunk.index + 1}/{len(pictures.chunks)}",
    )


def rung_in_chunk(
    rung: Rung,
    shots: Sequence[Shot],
    chunk: Chunk,
    timeline: Timeline,
    share: DeviceShare | None,
) -> Rung:
    """Return a rung as it is encoded in a chunk, where CRFs differ from shot to shot."""
    on_device = share is not None and rung.name in share.rungs
    zoned = bool(CPU.encoders[rung.codec].zone) and not on_device
    return in_chunk(rung, shots, chunk, timeline.fps, zoned=zoned)


def _stitch(pictures: Pictures, rung: Rung) -> StepPlan:
    share, foretold = pictures.share, _foretold(pictures, rung)
    on_device = share is not None and rung.name in share.rungs
    params = StitchParams(rung, pictures.timeline, pictures.chunks, foretold=foretold)
    if on_device or foretold is not None:
        params = replace(
            params,
            treatment=pictures.treatment,
            text_inputs=pictures.text_input,
            shots=pictures.ladder.shots,
            share=replace(share, rungs=(rung.name,)) if share is not None and on_device else None,
        )
    seen = ("ingest", *pictures.text_input) if foretold is not None else ()
    return StepPlan(
        f"stitch:{rung.name}",
        "stitch",
        to_json(params),
        inputs=(*seen, *(f"encode:{c.index}#{rung.name}" for c in pictures.chunks)),
        label=f"stitch {spoken(rung)}",
    )


def _foretold(pictures: Pictures, rung: Rung) -> Foretold | None:
    """Return what a rung is held against once it is made, where the policy asks for that."""
    trials = pictures.ladder.trials
    if pictures.most_miss is None or trials is None:
        return None
    found = next(each for each in trials.predictions if each.rung == rung.name)
    return Foretold(found.vmaf, found.vmaf_per_crf, pictures.most_miss)


def spoken(rung: Rung) -> str:
    """Return a rung's name as people read it: "h264 1080p-6000k"."""
    return rung.name.replace("-", " ", 1)
