"""Sound that changes its layout or rate on the way, made steady before anything counts it.

At such a change FFmpeg builds the graph it comes to anew, and filters that count begin again: the
clock of `aresample`, `apad`, `atrim`, `ebur128`. So a stream first goes through a graph that only
converts; it leaves as PCM of one kind, and a loopback decoder (FFmpeg's -dec) takes it, with its
timestamps, to the graph that counts:

    args = (*compiled_apart([relay(converted(stream, 2))], ...), *after_relays([output], 1))

where `output` is built on `relayed(0)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import ffmpeg

from media.graphs.picture import LABEL

RELAY = "relay"  # stands for the loopback decoders while a graph is compiled
# The file is thrown away, for it is the decoder that takes the packets. Not the format "null": it
# complains of timestamps that overlap, where others put them in order.
STEADY = {"acodec": "pcm_f32le", "format": "framecrc"}
NOWHERE = "/dev/null"
# FFmpeg says at this level that it builds a graph anew, and for which layout.
TELL_CHANGES = ("-loglevel", "level+info")
CHANGED = re.compile(
    r"^\[.*?\] \[info\] Reconfiguring .* audio parameters changed to \d+ Hz, ([^,]+)"
)


def relay(stream: Any) -> Any:
    """Return the output of a graph that only converts: one layout, one rate."""
    return ffmpeg.output(stream, NOWHERE, **STEADY)


def relayed(number: int) -> Any:
    """Return the stream that comes from the relay of this number."""
    return ffmpeg.input(RELAY)[str(number)]


def layouts_met(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the layouts that streams changed to on the way, from what FFmpeg said."""
    found = (CHANGED.match(line) for line in lines)
    return tuple(dict.fromkeys(met[1] for met in found if met))


def after_relays(outputs: Sequence[Any], relays: int, first_output: int = 0) -> tuple[str, ...]:
    """Return the arguments of `outputs`, each a graph on `relayed`, after those of the relays.

    The relays are outputs of the command, one after another from `first_output` on.
    """
    args: list[str] = []
    for number in range(relays):
        args += ("-dec", f"{first_output + number}:0")
    for number, output in enumerate(outputs):
        own: list[str] = ffmpeg.get_args(output)
        at = own.index(RELAY)
        labelled = (LABEL.sub(rf"[r{number}\1]", arg) for arg in (*own[: at - 1], *own[at + 1 :]))
        args += (arg.replace("[0:", "[dec:") for arg in labelled)
    return tuple(args)
