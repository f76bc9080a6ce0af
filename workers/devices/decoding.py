"""What a device decodes, found out by doing it, and what that spares the processor.

A datacentre GPU without NVENC encodes nothing. It may decode for encodes of the processor, where
fetching its pictures takes the processor less than decoding them would.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from farm.command import Finished
from farm.devices import DecodeGain, DeviceReport
from farm.errors import ReelFarmError
from farm.ladder import Chunk
from media.graphs.decode_trial import decode_clip
from media.graphs.encode_device import encode_chunk_on
from media.graphs.hardware import SURFACES
from media.graphs.on_device import OnDevice
from workers.devices.clips import (
    DEEP_SOURCES,
    FORMS,
    FPS,
    HEIGHT,
    LIMITS,
    LONG,
    SHORT,
    TIMELINE,
    TREATMENT,
    WIDTH,
    Bench,
    clip_name,
    prepare_decodes,
    reason_of,
    rung_for,
)

log = logging.getLogger("reelfarm.worker")

# A process each, as chunks have. On an H200 sixteen took 1.8 s of processor time each, 32 took 2.7:
# opening the device is done by one process after the other.
MOST_DECODES = 16


def decodes(bench: Bench, codec: str, depth: int = 8) -> bool:
    """Return whether the device decodes a codec, and its pictures can be had."""
    reason = _why_not(bench, codec, depth)
    if reason:
        log.info("%s does not decode %s in %d bits: %s", bench.node.name, codec, depth, reason)
    return reason is None


def decode_again(bench: Bench, report: DeviceReport) -> str | None:
    """Return why a device that only decodes does not work now, None where it does."""
    if not report.gains:
        return "nothing worked on it when it was tried"
    return _why_not(bench, report.gains[0].codec, 8)


def try_decoding(bench: Bench, report: DeviceReport, most_sessions: int) -> DeviceReport:
    """Return the report of a device that encodes nothing with what it decodes for the processor."""
    if not report.decodes:
        return report
    prepare_decodes(bench.tools, bench.folder, report.decodes)
    most = min(most_sessions or MOST_DECODES, MOST_DECODES)
    sessions = most_at_once(lambda count: _takes(bench, report.decodes[0], count), most)
    gains = []
    for codec in report.decodes:
        if found := _gain(bench, codec, sessions):
            gain, sessions = found
            gains.append(gain)
    return replace(report, decode_sessions=sessions if gains else 0, gains=tuple(gains))


def most_at_once(takes: Callable[[int], bool], most: int) -> int:
    """Return how many a device takes at once: tried with all, then by halves; one is known."""
    fits, fails, count = 1, most + 1, most
    while fails - fits > 1:
        if takes(count):
            fits = count
        else:
            fails = count
        count = (fits + fails) // 2
    return fits


def _why_not(bench: Bench, codec: str, depth: int) -> str | None:
    clip = clip_name(codec, depth)
    if not bench.has(clip):
        return "there is no clip to try it with"
    rung, chunk = rung_for("h264", 8), Chunk(0, 0, SHORT, 0)
    command = encode_chunk_on(_on(bench, depth), TREATMENT, TIMELINE, chunk, [rung], limits=LIMITS)
    try:
        bench.run(clip, command)
    except (ReelFarmError, OSError) as error:
        return reason_of(error)
    return bench.check(clip, chunk, rung)


def _takes(bench: Bench, codec: str, count: int) -> bool:
    try:
        _slowest(bench, codec, SHORT, count)
    except (ReelFarmError, OSError) as error:
        log.info("%s decodes fewer than %d: %s", bench.node.name, count, reason_of(error))
        return False
    return True


def _gain(bench: Bench, codec: str, sessions: int) -> tuple[DecodeGain, int] | None:
    """Return what a codec's decodes take there, against the processor's, and how many fit at once.

    None where a single one fails.
    """
    try:
        here_short, here_long = (_decode(bench, codec, None, n) for n in (SHORT, LONG))
        there_short, there_long = (_decode(bench, codec, _on(bench, 8), n) for n in (SHORT, LONG))
        fit, pictures_s = _together(bench, codec, sessions)
    except (ReelFarmError, OSError) as error:
        log.warning("%s fails to decode %s: %s", bench.node.name, codec, reason_of(error))
        return None
    # What beginning takes is in both, and taken apart from what pictures take.
    pixels = (LONG - SHORT) * WIDTH * HEIGHT
    saved_s = (here_long.cpu_s - here_short.cpu_s) - (there_long.cpu_s - there_short.cpu_s)
    deep = codec in DEEP_SOURCES and decodes(bench, codec, 10)
    gain = DecodeGain(
        codec,
        (8, 10) if deep else (8,),
        pixels_per_s=round(fit * pixels / max(0.05, pictures_s)),
        saved_s=round(saved_s / pixels * 1e6, 6),
        start_s=round(max(0.0, there_short.cpu_s - here_short.cpu_s), 3),
    )
    return gain, fit


def _decode(bench: Bench, codec: str, on: OnDevice | None, frames: int) -> Finished:
    return bench.run(clip_name(codec), decode_clip(on, FORMS[8], frames, FPS, LIMITS))


def _together(bench: Bench, codec: str, most: int) -> tuple[int, float]:
    """Return how many decodes fit at once, and how long their pictures took without beginning.

    Fewer than `most` where those before did, since a loaded machine began them one by one. Raises
    what a single one fails with.
    """
    for count in range(most, 1, -1):
        try:
            return count, _pictures_s(bench, codec, count)
        except (ReelFarmError, OSError) as error:
            log.info("%s decodes fewer than %d: %s", bench.node.name, count, reason_of(error))
    return 1, _pictures_s(bench, codec, 1)


def _pictures_s(bench: Bench, codec: str, count: int) -> float:
    short_s, long_s = (_slowest(bench, codec, frames, count) for frames in (SHORT, LONG))
    return long_s - short_s


def _slowest(bench: Bench, codec: str, frames: int, count: int) -> float:
    """Return how long the slowest of so many decodes took that began together."""
    on = _on(bench, 8)
    with ThreadPoolExecutor(count, "decode") as threads:
        ran = threads.map(lambda _: _decode(bench, codec, on, frames).wall_s, range(count))
        return max(ran)


def _on(bench: Bench, depth: int) -> OnDevice:
    return OnDevice(bench.node.kind, bench.node.address, frozenset(), SURFACES[depth])
