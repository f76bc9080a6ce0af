"""Chunks of a rendition that are made again: on the processor, or with a corrected CRF. Pure."""

from __future__ import annotations

from dataclasses import replace

from farm.ladder import Chunk
from farm.plan import StepPlan
from farm.repairs import patches_of
from farm.serial import to_json
from farm.trials import Missed
from planning.params import DeviceShare, EncodeParams, StitchParams
from planning.pictures import rung_in_chunk, spoken
from planning.sizes import sized
from planning.work import with_work


def on_processor(stitch: StitchParams, chunk: Chunk, missed: Missed | None = None) -> StepPlan:
    """Return the step that makes a rendition's chunk again, on the processor.

    `missed` is what its CRF was corrected for already. Raises ValueError for a rendition whose
    chunks are never made again.
    """
    what = f"{stitch.rung.name}:corrected:cpu" if missed else stitch.rung.name
    patched = {patch.chunk: patch.new_crf for patch in patches_of(stitch.repairs)}
    if chunk in patched:
        what = f"{stitch.rung.name}:repair:cpu"
    return _encode(
        stitch,
        chunk,
        f"encode:{what}:{chunk.index}",
        "on the CPU",
        missed,
        None,
        patched.get(chunk),
    )


def corrected(stitch: StitchParams, missed: Missed, *, on_device: bool) -> tuple[StepPlan, ...]:
    """Return the steps that encode a rendition once more, with the CRF that `missed` comes to.

    `on_device` leaves them where its chunks were made, on a device. Raises as `on_processor` does.
    """
    return tuple(
        _encode(
            stitch,
            chunk,
            f"encode:{stitch.rung.name}:corrected:{chunk.index}",
            f"at CRF {missed.corrected_crf:g}",
            missed,
            stitch.share if on_device else None,
        )
        for chunk in stitch.chunks
    )


def _encode(
    stitch: StitchParams,
    chunk: Chunk,
    key: str,
    how: str,
    missed: Missed | None,
    share: DeviceShare | None,
    patched_crf: float | None = None,
) -> StepPlan:
    if stitch.treatment is None:
        raise ValueError(f"chunks of {stitch.rung.name} are not made again")
    crf = patched_crf or (missed.corrected_crf if missed else stitch.rung.crf)
    rung = replace(stitch.rung, crf=crf)
    params = EncodeParams(
        treatment=stitch.treatment,
        timeline=stitch.timeline,
        chunk=chunk,
        rungs=(rung_in_chunk(rung, stitch.shots, chunk, stitch.timeline, share),),
        burn_in=bool(stitch.text_inputs),
        share=share,
        missed=missed,
    )
    step = StepPlan(
        key,
        "encode",
        to_json(params),
        inputs=("ingest", *stitch.text_inputs),
        label=f"encode {spoken(stitch.rung)} {chunk.index + 1}/{len(stitch.encodes)} {how}",
    )
    [worked] = with_work([sized(step)])
    return worked
