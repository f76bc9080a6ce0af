"""How much of a worker a step takes: class, cores and memory, from its kind and parameters. Pure.

Cores are what a step can make good use of; a smaller worker gives it all it has. Memory is the
resident peak of the programs it runs, as seen on two cores and extrapolated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from farm.ladder import Rung, Treatment
from farm.plan import Resource, StepPlan, StepSize, step_of
from farm.serial import from_json
from media.graphs.picture import picture_size
from media.graphs.trial_scores import MOST_AT_ONCE
from planning.effort import DECODE_S, ENCODE_S, encode_times
from planning.encode_size import (
    MIB,
    PROGRAM_BYTES,
    SOURCE_PIXEL_BYTES,
    encode_size,
    pixels_of,
    source_pixels,
)
from planning.params import (
    DeviceShare,
    EncodeParams,
    MeasureParams,
    PackageParams,
    StitchParams,
    ThumbnailsParams,
    TrialParams,
)

Params = dict[str, Any]

# Steps that mostly wait for disks and networks, or are done in a moment: an hour of encoding must
# not stand before them.
FIXED = {
    "ingest": StepSize(Resource.IO, 0.25, 128 * MIB),
    # Its source is not probed yet when it is planned. 1.7 cores were busy at 1080p, 1.8 in 10-bit
    # 4K, where it took 380 MiB; a decoder with more threads holds more pictures.
    "analyze": StepSize(Resource.CPU, 2.0, 1024 * MIB),
    "cut": StepSize(Resource.IO, 0.1, 64 * MIB),
    "ladder": StepSize(Resource.IO, 0.1, 64 * MIB),
    "plan": StepSize(Resource.IO, 0.1, 64 * MIB),
    # 0.65 to 0.8 cores were busy: light, so that it runs beside the encode, not behind it.
    "audio": StepSize(Resource.CPU, 0.75, 128 * MIB),
    "text": StepSize(Resource.IO, 0.25, 128 * MIB),
    "chapters": StepSize(Resource.IO, 0.1, 64 * MIB),
    "verify": StepSize(Resource.QC, 1.0, 512 * MIB),
    "publish": StepSize(Resource.IO, 0.25, 256 * MIB),
}

# Of an ingest that cuts an excerpt, which decodes and encodes as no other does; of a source that is
# not probed yet.
EXCERPT = StepSize(Resource.CPU, 2.0, 1024 * MIB)

# Beside a device: what moves pictures, reads and writes; more, where they are decoded or filtered
# on the processor.
DEVICE_CORES, CHAIN_CORES, DEVICE_BYTES = 0.5, 1.0, 512 * MIB

# Of a measurement. 1.3 to 1.4 cores were busy; 230 MiB with one rendition scored at 1080p, 890 in
# 10-bit 4K, 660 with five at 1080p, with two threads for each decoder on any machine.
MEASURE_CORES = 1.5
MEASURE_PIXEL_BYTES = 110
# Of a stitch, which moves bytes; where it is held against what was foretold it is a measurement of
# some frames, which encodes wait for.
STITCH = StepSize(Resource.IO, 0.5, 128 * MIB)
SAMPLED_FRAMES = 150  # scores of 120 and more of a title's frames are within 0.5 of its mean

# Of trials: libvmaf's own pictures and those that wait for it, 15 at once of 1080p took 2700 MiB.
SCORED_PIXEL_BYTES = 100

# Of packaging, with caches of 4 MiB: 19 MiB a stream at 5 minutes, 31 at two hours, where samples
# are listed.
PACKAGE_BYTES = 128 * MIB
STREAM_BYTES, STREAM_HOUR_BYTES = 24 * MIB, 8 * MIB
STREAMS_OF = {"stitch": 1, "audio": 1, "text": 2}  # text is written twice: for HLS and for DASH


def sized(step: StepPlan) -> StepPlan:
    """Return the step with the size its kind and parameters give it."""
    return replace(step, size=step_size(step.kind, step.params, step.inputs))


def step_size(kind: str, params: Params, inputs: Sequence[str] = ()) -> StepSize:
    """Return the size of a step; raise LookupError for a kind that has none."""
    if kind == "ingest" and params.get("excerpt"):
        return EXCERPT
    if kind == "package":
        return _package(params, inputs)
    return SIZES[kind](params) if kind in SIZES else FIXED[kind]


def _encode(params: Params) -> StepSize:
    encode = from_json(EncodeParams, params)
    if encode.share is None:
        return encode_size(encode.rungs, encode.treatment)
    if encode.share.rungs:
        return _device_size(encode, encode.share)
    return _decoded_size(encode, encode.share)


def _decoded_size(encode: EncodeParams, share: DeviceShare) -> StepSize:
    """Return the size of an encode of the processor's for which a device decodes where it can.

    Its cores are those it would take without: it is not to find fewer where no decode is free. Of
    the device it takes as many pixels a second as these cores encode.
    """
    whole = encode_size(encode.rungs, encode.treatment)
    pixels = source_pixels(encode.treatment)
    made_s = sum(
        ENCODE_S * encode_times(rung) * float(pixels_of(rung) * rung.fps / encode.timeline.fps)
        for rung in encode.rungs
    )
    frame_s = (made_s + DECODE_S * pixels) / 1e6
    return replace(
        whole,
        memory_bytes=whole.memory_bytes + DEVICE_BYTES,
        device_kind=share.kind,
        sessions=1,
        pixels_per_s=round(pixels * whole.cores / frame_s),
    )


def _device_size(encode: EncodeParams, share: DeviceShare) -> StepSize:
    """Return the size of an encode of which a device does a share."""
    there = [rung for rung in encode.rungs if rung.name in share.rungs]
    here = [rung for rung in encode.rungs if rung.name not in share.rungs]
    beside = encode_size(here, encode.treatment) if here else StepSize(cores=0, memory_bytes=0)
    chain = 0.0 if share.decoded and not here else CHAIN_CORES
    return StepSize(
        resource=Resource.GPU,
        cores=max(DEVICE_CORES, beside.cores + chain),
        memory_bytes=DEVICE_BYTES + beside.memory_bytes,
        device_kind=share.kind,
        sessions=len(there),
        pixels_per_s=float(sum(pixels_of(rung) * rung.fps for rung in there)),
    )


def _trial(params: Params) -> StepSize:
    trial = from_json(TrialParams, params)
    at_once: dict[tuple[str, int, int], list[Rung]] = {}
    for rung in trial.candidates:
        at_once.setdefault((rung.codec, rung.width, rung.height), []).append(rung)
    encodes = [encode_size(rungs, trial.treatment) for rungs in at_once.values()]
    scored = min(MOST_AT_ONCE, len(trial.candidates)) * trial.width * trial.height
    scores = PROGRAM_BYTES + scored * SCORED_PIXEL_BYTES
    memory = max(scores, *(encode.memory_bytes for encode in encodes))
    return StepSize(Resource.CPU, max(encode.cores for encode in encodes), memory)


def sample_stride(stitch: StitchParams) -> int:
    """Return how far apart frames are that a rendition is held against predictions by; odd."""
    return max(1, stitch.timeline.frames // SAMPLED_FRAMES) | 1


def _stitch(params: Params) -> StepSize:
    stitch = from_json(StitchParams, params)
    if stitch.foretold is None or stitch.treatment is None:
        return STITCH
    memory = _scoring_bytes(stitch.treatment, *picture_size(stitch.treatment))
    return StepSize(Resource.CPU, MEASURE_CORES, memory)


def _measure(params: Params) -> StepSize:
    measure = from_json(MeasureParams, params)
    memory = _scoring_bytes(
        measure.treatment, measure.width, measure.height, max(1, len(measure.rungs))
    )
    return StepSize(Resource.QC, MEASURE_CORES, memory)


def _scoring_bytes(treatment: Treatment, width: int, height: int, renditions: int = 1) -> int:
    pixels = max(width * height * renditions, source_pixels(treatment))
    return PROGRAM_BYTES + pixels * MEASURE_PIXEL_BYTES


def _thumbnails(params: Params) -> StepSize:
    # Light, as scores beside it leave half a core; alone it keeps 1.4 cores busy.
    pixels = source_pixels(from_json(ThumbnailsParams, params).treatment)
    return StepSize(Resource.QC, 0.75, PROGRAM_BYTES + pixels * 2 * SOURCE_PIXEL_BYTES)


def _package(params: Params, inputs: Sequence[str]) -> StepSize:
    hours = from_json(PackageParams, params).duration_s / 3600
    streams = sum(STREAMS_OF.get(step_of(each).partition(":")[0], 0) for each in inputs)
    memory = PACKAGE_BYTES + streams * (STREAM_BYTES + hours * STREAM_HOUR_BYTES)
    return StepSize(Resource.IO, 1.0, round(memory))


SIZES: dict[str, Callable[[Params], StepSize]] = {
    "encode": _encode,
    "trial": _trial,
    "stitch": _stitch,
    "measure": _measure,
    "thumbnails": _thumbnails,
}
