"""Whether a device that encodes nothing decodes for the processor's encodes of a title. Pure.

Frames are the same whoever decodes, to the bit, so nothing hangs on it but time: a chunk takes a
decode that is free when it begins, and does without where none is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

from farm.devices import DEVICE_KINDS, DecodeGain, DeviceKind, DevicePolicy, DeviceReport
from farm.ladder import Chunk, Ladder
from farm.mediainfo import VideoStream
from farm.serial import from_json
from planning.params import DeviceShare, EncodeParams
from planning.placement import Placement, device_form

# Processor time that a look at what came out takes, as seen with 1080p: nearly all of it for the
# source's picture, which is decoded from the key frame before it.
CHECK_S = 1.8
WORTH = 2.0  # times what it costs: tryouts are short, and clips are not titles


def with_decoding(
    policy: DevicePolicy,
    placement: Placement,
    ladder: Ladder,
    stream: VideoStream,
    devices: Sequence[DeviceReport],
    chunks: Sequence[Chunk],
) -> Placement:
    """Return where a title is made, decoding included where the processor makes all of it.

    Devices that only decode are asked where that spares the processor more than it costs; the
    reason of each rung says so, or why not.
    """
    form = device_form(stream)
    if policy != "prefer" or placement.share is not None or not (ladder.rungs and chunks):
        return placement
    gains = {
        kind: gain for kind in DEVICE_KINDS if (gain := _gain(kind, stream, devices)) is not None
    }
    if form is None or not gains:
        return placement
    kind = max(gains, key=lambda each: gains[each].saved_s)
    gain = gains[kind]
    frames = fmean(chunk.frames + chunk.tail_frames for chunk in chunks)
    saved_s = gain.saved_s * frames * stream.width * stream.height / 1e6
    costs_s = gain.start_s + CHECK_S
    if saved_s < WORTH * costs_s:
        why_not = (
            f"{stream.codec} is decoded on the CPU: {kind} would spare it {max(0.0, saved_s):.1f} s"
            f" a chunk, and cost {costs_s:.1f}"
        )
        return _because(placement, ladder, why_not)
    why = f"{stream.codec} is decoded on {kind} where it can: {saved_s:.1f} s a chunk less"
    decoding = replace(placement, share=DeviceShare(kind, (), form))
    return _because(decoding, ladder, why)


def only_decoded(params: Mapping[str, Any]) -> bool:
    """Return whether a device has no part in an encode but decoding."""
    share = from_json(EncodeParams, dict(params)).share
    return share is not None and not share.rungs


def _gain(
    kind: DeviceKind, stream: VideoStream, devices: Sequence[DeviceReport]
) -> DecodeGain | None:
    """Return the least that a device of a kind spares, None where one does not decode this.

    All of them: which one a chunk goes to nobody knows yet.
    """
    those = [device for device in devices if device.kind == kind and device.only_decodes]
    gains = [device.gain(stream.codec, stream.bit_depth) for device in those]
    found = [gain for gain in gains if gain is not None]
    if not found or len(found) < len(gains):
        return None
    return min(found, key=lambda gain: gain.saved_s)


def _because(placement: Placement, ladder: Ladder, reason: str) -> Placement:
    before = {name: f"{text}; " for name, text in placement.reasons.items()}
    made = "made on the CPU; "
    reasons = {rung.name: f"{before.get(rung.name, made)}{reason}" for rung in ladder.rungs}
    return replace(placement, reasons=reasons)
