"""How much of a worker a step takes: class, cores and memory, from its kind and parameters. Pure.

Cores are what a step can make good use of; a smaller worker gives it all it has. Memory is the
resident peak of the programs it runs, as seen on two cores and extrapolated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from farm.ladder import Rung, Treatment
from farm.plan import Resource, StepPlan, StepSize, step_of
from farm.serial import from_json
from planning.params import EncodeParams, MeasureParams, PackageParams, ThumbnailsParams

MIB = 1 << 20
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
    "stitch": StepSize(Resource.IO, 0.5, 128 * MIB),
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

# Of an encode. Nine rungs of 1080p took 300 ms of processor time a frame, of which the one thread
# that splits and scales had 17 ms: at eight cores it is busy for half its time, and nobody waits
# for it. Fewer pixels leave x264 fewer rows to go ahead in, and each thread less to do.
CORES_OF_A_MEGAPIXEL = 3.0  # they grow with the square root of a frame's pixels over all rungs
MAX_ENCODE_CORES = 16  # of one process; further chunks at once gain more than further threads
# Processor time of a frame against medium. Slower presets spend it where threads help as well.
PRESET_SHARE = {"ultrafast": 0.2, "superfast": 0.4, "veryfast": 0.5, "faster": 0.75, "fast": 0.9}
LOOKAHEAD_FRAMES = {
    **{"ultrafast": 0, "superfast": 0, "veryfast": 10, "faster": 20, "fast": 30, "medium": 40},
    **{"slow": 50, "slower": 60},
}
# Peaks of 1080p24 to the nine rungs of `apple`, 7.5 million pixels a frame, in MiB: 1470 with one
# thread for each encoder, 1770 with three, 2260 with eight, 3000 with sixteen; with three threads
# superfast 780, veryfast 980, slower 2170. Of 4K in 10-bit HEVC to these and 2160p, 15.8 million
# pixels: 3010 with one thread, 4460 with eight. The lowest rung alone: 90 from 1080p, 270 from 4K.
PROGRAM_BYTES = 64 * MIB
RUNG_PIXEL_BYTES = 50  # B-frames, references, queues
LOOKAHEAD_PIXEL_BYTES = 3.5  # of each picture x264 looks ahead: itself, its half size, motion
THREAD_PIXEL_BYTES = 14  # of each picture in a thread's hands
SOURCE_PIXEL_BYTES = 24  # of decoded pictures and those on their way to the rungs
SOURCE_THREAD_PIXEL_BYTES = 2.5
THREADS_PER_CORE = 1.5  # what x264 starts where it may choose

# Of a measurement. 1.3 to 1.4 cores were busy scoring every fifth frame; 230 MiB at 1080p, 890 in
# 10-bit 4K, with two threads for each decoder on any machine.
MEASURE_CORES = 1.5
MEASURE_PIXEL_BYTES = 110

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


def encode_size(rungs: Sequence[Rung], treatment: Treatment) -> StepSize:
    """Return the size of an encode to `rungs`, however many frames it has."""
    preset = rungs[0].preset
    megapixels = float(sum(_pixels(rung) * rung.fps / treatment.fps for rung in rungs)) / 1e6
    wanted = CORES_OF_A_MEGAPIXEL * math.sqrt(megapixels * PRESET_SHARE.get(preset, 1.0))
    cores = min(MAX_ENCODE_CORES, max(1, round(wanted)))
    threads = math.ceil(cores * THREADS_PER_CORE)
    each_pixel = (
        RUNG_PIXEL_BYTES
        + LOOKAHEAD_FRAMES[preset] * LOOKAHEAD_PIXEL_BYTES
        + threads * THREAD_PIXEL_BYTES
    )
    each_source_pixel = SOURCE_PIXEL_BYTES + threads * SOURCE_THREAD_PIXEL_BYTES
    memory = (
        PROGRAM_BYTES
        + sum(_pixels(rung) for rung in rungs) * each_pixel
        + _source_pixels(treatment) * each_source_pixel
    )
    return StepSize(Resource.CPU, float(cores), round(memory))


def _encode(params: Params) -> StepSize:
    encode = from_json(EncodeParams, params)
    return encode_size(encode.rungs, encode.treatment)


def _measure(params: Params) -> StepSize:
    measure = from_json(MeasureParams, params)
    pixels = max(measure.width * measure.height, _source_pixels(measure.treatment))
    memory = PROGRAM_BYTES + pixels * MEASURE_PIXEL_BYTES
    return StepSize(Resource.QC, MEASURE_CORES, memory)


def _thumbnails(params: Params) -> StepSize:
    # Light, as scores beside it leave half a core; alone it keeps 1.4 cores busy.
    pixels = _source_pixels(from_json(ThumbnailsParams, params).treatment)
    return StepSize(Resource.QC, 0.75, PROGRAM_BYTES + pixels * 2 * SOURCE_PIXEL_BYTES)


def _package(params: Params, inputs: Sequence[str]) -> StepSize:
    hours = from_json(PackageParams, params).duration_s / 3600
    streams = sum(STREAMS_OF.get(step_of(each).partition(":")[0], 0) for each in inputs)
    memory = PACKAGE_BYTES + streams * (STREAM_BYTES + hours * STREAM_HOUR_BYTES)
    return StepSize(Resource.IO, 1.0, round(memory))


def _pixels(rung: Rung) -> int:
    return rung.width * rung.height


def _source_pixels(treatment: Treatment) -> int:
    return treatment.display_width * treatment.display_height


SIZES: dict[str, Callable[[Params], StepSize]] = {
    "encode": _encode,
    "measure": _measure,
    "thumbnails": _thumbnails,
}
