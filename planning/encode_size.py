"""How much of a worker an encode takes: cores and memory, by codecs, presets and sizes. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from farm.ladder import Rung, Treatment
from farm.plan import Resource, StepSize
from planning.effort import spread_share

MIB = 1 << 20

# Of an encode. Nine rungs of 1080p took 300 ms of processor time a frame, of which the one thread
# that splits and scales had 17 ms: at eight cores it is busy for half its time, and nobody waits
# for it. Fewer pixels leave x264 fewer rows to go ahead in, and each thread less to do.
CORES_OF_A_MEGAPIXEL = 3.0  # they grow with the square root of a frame's pixels over all rungs
MAX_ENCODE_CORES = 16  # of one process; further chunks at once gain more than further threads
LOOKAHEAD_FRAMES = {
    **{"ultrafast": 0, "superfast": 0, "veryfast": 10, "faster": 20, "fast": 30, "medium": 40},
    **{"slow": 50, "slower": 60},
}
# Peaks of 1080p24 to the nine rungs of `apple-h264`, 7.5 million pixels a frame, in MiB: 1470 with
# one thread for each encoder, 1770 with three, 2260 with eight, 3000 with sixteen; with three
# threads superfast 780, veryfast 980, slower 2170. Of 4K in 10-bit HEVC to these and 2160p, 15.8
# million pixels: 3010 with one thread, 4460 with eight. The lowest rung alone: 90 from 1080p, 270
# from 4K.
PROGRAM_BYTES = 64 * MIB
RUNG_PIXEL_BYTES = 50  # B-frames, references, queues
LOOKAHEAD_PIXEL_BYTES = 3.5  # of each picture x264 looks ahead: itself, its half size, motion
THREAD_PIXEL_BYTES = 14  # of each picture in a thread's hands
SOURCE_PIXEL_BYTES = 24  # of decoded pictures and those on their way to the rungs
SOURCE_THREAD_PIXEL_BYTES = 2.5
# One rung of 1080p in 10 bits, in MiB: of x265's medium 660 with one thread, 710 with two, 1020
# with eight, of slow 790 with two; of SVT-AV1, whatever its threads, 720 with preset 8, 1250 with
# 6, 1500 with 4. Of 480p 215 with medium, 260 with 8, 390 with 7.
HEVC_PIXEL_BYTES, HEVC_THREAD_PIXEL_BYTES = 300, 26
AV1_PIXEL_BYTES = {4: 680, 7: 560, 13: 320}  # by the highest preset they are of
CODEC_BYTES = {"hevc": 100 * MIB, "av1": 180 * MIB}  # besides
THREADS_PER_CORE = 1.5  # what x264 starts where it may choose


def encode_size(rungs: Sequence[Rung], treatment: Treatment) -> StepSize:
    """Return the size of an encode to `rungs`, however many frames it has."""
    megapixels = sum(
        float(pixels_of(rung) * rung.fps / treatment.fps) * spread_share(rung) / 1e6
        for rung in rungs
    )
    wanted = CORES_OF_A_MEGAPIXEL * math.sqrt(megapixels)
    cores = min(MAX_ENCODE_CORES, max(1, round(wanted)))
    threads = math.ceil(cores * THREADS_PER_CORE)
    each_source_pixel = SOURCE_PIXEL_BYTES + threads * SOURCE_THREAD_PIXEL_BYTES
    memory = (
        PROGRAM_BYTES
        + sum(pixels_of(rung) * _pixel_bytes(rung, threads) for rung in rungs)
        + sum(_fixed_bytes(rung) for rung in rungs)
        + source_pixels(treatment) * each_source_pixel
    )
    return StepSize(Resource.CPU, float(cores), round(memory))


def _pixel_bytes(rung: Rung, threads: int) -> float:
    """Return what each pixel of a rung takes while its encoder has so many threads."""
    if rung.codec == "hevc":
        return HEVC_PIXEL_BYTES + threads * HEVC_THREAD_PIXEL_BYTES
    if rung.codec == "av1":
        highest = min(each for each in AV1_PIXEL_BYTES if each >= int(rung.preset))
        return AV1_PIXEL_BYTES[highest]
    return (
        RUNG_PIXEL_BYTES
        + LOOKAHEAD_FRAMES[rung.preset] * LOOKAHEAD_PIXEL_BYTES
        + threads * THREAD_PIXEL_BYTES
    )


def _fixed_bytes(rung: Rung) -> int:
    return CODEC_BYTES.get(rung.codec, 0)


def pixels_of(rung: Rung) -> int:
    """Return the pixels of a picture of a rung."""
    return rung.width * rung.height


def source_pixels(treatment: Treatment) -> int:
    """Return the pixels of a source's picture as it is shown."""
    return treatment.display_width * treatment.display_height
