"""What trial encodes wrote, read back: the bits of a window's frames, and their scores."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from farm.trials import QualityMetric
from media.graphs.trial import NEIGHBOURS


class UnreadableTrial(ValueError):
    """What a trial wrote is not that of a whole window."""


def read_bits(lines: Iterable[str], warm: int, frames: int) -> int:
    """Return the bits of a window's `frames` frames, a GOP of its own.

    Packets come in coded order; `warm` frames shown before the window do not count, nor does the
    tail behind it.
    """
    packets = []
    for line in lines:
        fields = line.split()
        if len(fields) != 3 or not fields[0].lstrip("-").isdigit() or not fields[1].isdigit():
            raise UnreadableTrial(f"not a packet: {line.strip()[:60]!r}")
        packets.append((int(fields[0]), 8 * int(fields[1]), fields[2]))
    shown = sorted(packets)[warm : warm + frames]
    if len(shown) < frames:
        raise UnreadableTrial(f"{len(shown)} frames where a window has {frames}")
    if [key for _, _, key in shown].count("K") != 1 or shown[0][2] != "K":
        raise UnreadableTrial("a window is not one GOP")
    return sum(bits for _, bits, _ in shown)


def read_vmaf(log: str, metrics: Sequence[QualityMetric], frames: int) -> dict[str, list[float]]:
    """Return the scores of a window's `frames` scored frames by metric, in order."""
    try:
        scored = {int(each["frameNum"]): each["metrics"] for each in json.loads(log)["frames"]}
        numbers = range(NEIGHBOURS, NEIGHBOURS * (frames + 1), NEIGHBOURS)
        return {
            metric: [round(float(scored[number][metric]), 3) for number in numbers]
            for metric in metrics
        }
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableTrial("the VMAF log is damaged, or lacks a frame") from error
