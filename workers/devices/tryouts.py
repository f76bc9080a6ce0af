"""What a device can, found out by doing it: real encodes through the graphs that titles take.

`ffmpeg -encoders` lists what was compiled in. What works is what encodes a picture of a size that
titles have, and leaves that picture.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from farm.devices import Capability, DeviceReport
from farm.errors import ReelFarmError
from farm.ladder import Chunk, CodecName, Rung
from media.graphs.encode_device import encode_chunk_on
from media.graphs.hardware import HARDWARE, SURFACES, HardwareEncoder
from media.graphs.on_device import OnDevice
from workers.devices.clips import (
    HEIGHT,
    LIMITS,
    LONG,
    SHORT,
    SOURCES,
    TIMELINE,
    TREATMENT,
    WIDTH,
    Bench,
    reason_of,
    rung_for,
)
from workers.devices.decoding import decode_again, decodes, most_at_once, try_decoding
from workers.devices.nodes import DeviceNode
from workers.programs.tools import Tools

log = logging.getLogger("reelfarm.worker")

AT_ONCE = 3  # encodes that show how fast it is with more than one engine
MOST_SESSIONS = 32  # nobody runs more encodes at once on a device than are tried


def try_device(
    node: DeviceNode, tools: Tools, folder: Path, most_sessions: int = 0
) -> DeviceReport:
    """Return what a device can, each failure with its reason; `folder` has the clips.

    `most_sessions` is a limit that an operator set; 0: none.
    """
    bench = Bench(node, tools, folder)
    decoded = tuple(codec for codec in SOURCES if decodes(bench, codec))
    capabilities = tuple(
        _capability(bench, codec, encoder, depth, decoded="h264" in decoded)
        for codec, encoder in HARDWARE[node.kind].encoders.items()
        for depth in encoder.profiles
    )
    report = DeviceReport(node.key, node.name, node.kind, node.driver, 1, capabilities, decoded)
    works = next((each for each in capabilities if each.works), None)
    if works is None:
        return try_decoding(bench, replace(report, sessions=0), most_sessions)
    most = min(most_sessions or MOST_SESSIONS, MOST_SESSIONS)
    sessions = most_at_once(lambda count: _takes(bench, works, count), most)
    together = min(sessions, AT_ONCE)
    faster = tuple(
        _with_several(bench, each, together, decoded="h264" in decoded) if each.works else each
        for each in capabilities
    )
    return replace(report, sessions=sessions, capabilities=faster)


def try_again(report: DeviceReport, tools: Tools, folder: Path) -> str | None:
    """Return why a device does not work now, None where one encode shows that it does."""
    address = report.name.partition(":")[2]
    node = DeviceNode(report.kind, address, report.key, report.driver)
    bench = Bench(node, tools, folder)
    works = next((each for each in report.capabilities if each.works), None)
    if works is None:
        return decode_again(bench, report)
    tried = _encode(bench, works, SHORT, decoded="h264" in report.decodes)
    return tried if isinstance(tried, str) else None


def _capability(
    bench: Bench, codec: CodecName, encoder: HardwareEncoder, depth: int, *, decoded: bool
) -> Capability:
    wanted = Capability(codec, depth, encoder.name, works=False)
    ways = (False, True) if encoder.constant_qp else (False,)
    reasons = []
    for constant_qp in ways:
        tried = replace(wanted, constant_qp=constant_qp)
        short_s = _encode(bench, tried, SHORT, decoded=decoded)
        if isinstance(short_s, str):
            reasons.append(short_s)
            continue
        long_s = _encode(bench, tried, LONG, decoded=decoded)
        if isinstance(long_s, str):
            reasons.append(long_s)
            continue
        # What is left when starting up, which takes longer than a second of pictures, is not in it.
        pixels = (LONG - SHORT) * WIDTH * HEIGHT
        return replace(tried, works=True, pixels_per_s=round(pixels / max(0.05, long_s - short_s)))
    return replace(wanted, reason="; ".join(dict.fromkeys(reasons)))


def _encode(bench: Bench, tried: Capability, frames: int, *, decoded: bool) -> float | str:
    """Return how long an encode took, or why it did not work."""
    rung, chunk = rung_for(tried.codec, tried.bit_depth), Chunk(0, 0, frames, 0)
    on = _on(bench, [rung], tried, decoded=decoded)
    command = encode_chunk_on(on, TREATMENT, TIMELINE, chunk, [rung], limits=LIMITS)
    try:
        took_s = bench.run("h264", command).wall_s
    except (ReelFarmError, OSError) as error:
        return reason_of(error)
    return bench.check("h264", chunk, rung) or took_s


def _with_several(bench: Bench, works: Capability, count: int, *, decoded: bool) -> Capability:
    """Return a capability with what several encodes at once come to, where that is more."""
    rungs = _alike(works, count, WIDTH, HEIGHT)
    on = _on(bench, rungs, works, decoded=decoded)
    command = encode_chunk_on(on, TREATMENT, TIMELINE, Chunk(0, 0, LONG, 0), rungs, limits=LIMITS)
    try:
        took_s = bench.run("h264", command).wall_s
    except (ReelFarmError, OSError) as error:
        log.info("%s is slow with %d encodes: %s", bench.node.name, count, reason_of(error))
        return works
    together = round(count * LONG * WIDTH * HEIGHT / took_s)
    return replace(works, pixels_per_s=max(works.pixels_per_s, together))


def _takes(bench: Bench, works: Capability, count: int) -> bool:
    rungs = _alike(works, count, 320, 256)
    on = _on(bench, rungs, works, decoded=False)
    chunk = Chunk(0, 0, SHORT, 0)
    command = encode_chunk_on(on, TREATMENT, TIMELINE, chunk, rungs, limits=LIMITS)
    try:
        bench.run("h264", command)
    except (ReelFarmError, OSError) as error:
        log.info("%s takes fewer than %d encodes: %s", bench.node.name, count, reason_of(error))
        return False
    return True


def _alike(works: Capability, count: int, width: int, height: int) -> list[Rung]:
    rung = replace(rung_for(works.codec, works.bit_depth), width=width, height=height)
    return [replace(rung, name=f"tryout-{number}") for number in range(count)]


def _on(bench: Bench, rungs: Iterable[Rung], tried: Capability, *, decoded: bool) -> OnDevice:
    return OnDevice(
        bench.node.kind,
        bench.node.address,
        frozenset(rung.name for rung in rungs),
        SURFACES[8] if decoded else None,
        tried.constant_qp,
    )
