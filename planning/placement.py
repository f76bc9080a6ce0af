"""Which rungs of a title are made on a device, of which kind, and why the others are not. Pure.

All chunks of a rendition are made by one encoder: parameter sets of two encoders differ, and the
sample entries avc1, hvc1 and av01 have room for one. So the kind of device is decided for a title
as a whole, and a rung for which it is no good is made on the processor in every chunk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from farm.devices import DEVICE_KINDS, DeviceKind, DevicePolicy, DeviceReport
from farm.errors import InvalidSpec
from farm.ladder import Ladder, Rung
from farm.mediainfo import VideoStream
from farm.serial import from_json, to_json
from media.graphs.hardware import HARDWARE, SURFACES
from planning.output_size import SHARE_OF_CAP
from planning.params import DeviceShare, EncodeParams
from planning.work import encode_times_of_motion

DECODED_FORMATS = {"yuv420p": SURFACES[8], "yuvj420p": SURFACES[8], "yuv420p10le": SURFACES[10]}


@dataclass(frozen=True, slots=True)
class Placement:
    """What of every chunk is done on a device, and why a rung is made where it is, by its name."""

    share: DeviceShare | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)


ON_THE_CPU = Placement()


def place(
    policy: DevicePolicy,
    ladder: Ladder,
    stream: VideoStream,
    devices: Sequence[DeviceReport],
    motion: float | None = None,
) -> Placement:
    """Return where the rungs of a title are made, `devices` being those of the farm that work.

    `motion` is the temporal information of its pictures (ITU-T P.910), where it was measured. With
    `require` a rung is made on a device whatever its model says. Raises InvalidSpec where that is
    asked for and no device makes one of the rungs.
    """
    if policy == "cpu-only" or not ladder.rungs:
        return ON_THE_CPU
    encoding = [device for device in devices if device.encodes]
    placed = [
        _on(kind, policy, ladder, [each for each in encoding if each.kind == kind], motion)
        for kind in DEVICE_KINDS
    ]
    best = max(placed, key=lambda each: _pixels(each, ladder), default=ON_THE_CPU)
    if policy == "require":
        _check_all(best, ladder, devices)
    if best.share is None:
        return Placement(None, next((each.reasons for each in placed if each.reasons), {}))
    decoded = _decoded(best.share, stream, encoding)
    return replace(best, share=replace(best.share, decoded=decoded))


def explained_ladder(ladder: Ladder, placement: Placement) -> Ladder:
    """Return the ladder with what decided where each rung is made beside its reason."""
    return replace(
        ladder,
        rungs=tuple(
            replace(rung, reason=f"{rung.reason}; {placement.reasons[rung.name]}")
            if rung.name in placement.reasons
            else rung
            for rung in ladder.rungs
        ),
    )


def without_device(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the same encode, all of it on the processor."""
    encode = from_json(EncodeParams, dict(params))
    made: dict[str, Any] = to_json(replace(encode, share=None))
    return made


def _on(
    kind: DeviceKind,
    policy: DevicePolicy,
    ladder: Ladder,
    devices: Sequence[DeviceReport],
    motion: float | None,
) -> Placement:
    if not devices:
        return ON_THE_CPU
    most = min(device.sessions for device in devices)
    chosen: list[Rung] = []
    reasons: dict[str, str] = {}
    expected = _expected_bps(ladder, motion)
    # The largest first: they are most of the work.
    for rung in sorted(ladder.rungs, key=lambda each: -each.width * each.height * each.fps):
        why_not = _why_not(kind, policy, rung, devices, expected[rung.name])
        if why_not is None and len(chosen) == most:
            why_not = f"of {kind} sessions there are {most}, and larger rungs have them"
        if why_not is None:
            chosen.append(rung)
            reasons[rung.name] = f"made on {kind}"
        else:
            reasons[rung.name] = f"made on the CPU: {why_not}"
    if not chosen:
        return Placement(None, reasons)
    names = tuple(rung.name for rung in ladder.rungs if rung in chosen)
    return Placement(DeviceShare(kind, names, constant_qp=_constant_qp(devices, chosen)), reasons)


def _why_not(
    kind: DeviceKind,
    policy: DevicePolicy,
    rung: Rung,
    devices: Sequence[DeviceReport],
    expected_bps: float,
) -> str | None:
    depth = rung.bit_depth
    if rung.dynamic_range != "sdr":
        return "what the source says of its brightness is written by the CPU's encoders alone"
    if rung.film_grain:
        return "film grain is taken out and drawn again by the CPU's encoder alone"
    encoder = HARDWARE[kind].encoders.get(rung.codec)
    # All of them: which one a chunk goes to nobody knows yet.
    if encoder is None or not all(device.can(rung.codec, depth) for device in devices):
        return f"not every {kind} device of the farm encodes {rung.codec} in {depth} bits"
    if policy == "prefer" and not encoder.model.reaches(expected_bps, rung.max_bps):
        return (
            f"{kind} would take {expected_bps * encoder.model.times_bits / 1e6:.1f} Mbit/s for the"
            f" same quality, more than the rung's cap of {rung.max_bps / 1e6:.1f}"
        )
    return None


def _expected_bps(ladder: Ladder, motion: float | None) -> dict[str, float]:
    """Return what each rung is expected to come to: by trials, else as a share of its cap."""
    share = min(1.0, SHARE_OF_CAP * encode_times_of_motion(motion))
    expected = {rung.name: rung.max_bps * share for rung in ladder.rungs}
    predicted = ladder.trials.predictions if ladder.trials else ()
    return {**expected, **{each.rung: each.bps for each in predicted}}


def _check_all(best: Placement, ladder: Ladder, devices: Sequence[DeviceReport]) -> None:
    share = best.share.rungs if best.share else ()
    left = [rung for rung in ladder.rungs if rung.name not in share]
    if not left:
        return
    if not devices:
        raise InvalidSpec(
            "device: require: no worker of this farm has a device that works now: start one that"
            " has, or ask for prefer"
        )
    if not any(device.encodes for device in devices):
        raise InvalidSpec(
            f"device: require: {devices[0].name} ({devices[0].driver}) decodes and encodes nothing:"
            f" {devices[0].why_nothing}: start a worker whose device encodes, or ask for prefer"
        )
    raise InvalidSpec(
        f"device: require: {left[0].name} is"
        f" {best.reasons.get(left[0].name, 'made on the CPU')}: ask for prefer, or leave the rung"
        " out of the ladder"
    )


def _constant_qp(devices: Sequence[DeviceReport], rungs: Sequence[Rung]) -> bool:
    """Return whether constant quantizers are all that one of the devices knows."""
    codecs = {rung.codec for rung in rungs}
    return any(
        capability.works and capability.constant_qp and capability.codec in codecs
        for device in devices
        for capability in device.capabilities
    )


def device_form(stream: VideoStream) -> str | None:
    """Return the form of pictures in which devices decode a source, None for what they do not."""
    # What turns pictures upright is put before all other filters, and knows none of a device.
    turned = stream.rotation != 0 or stream.crooked
    deep = stream.codec == "h264" and stream.bit_depth > 8  # profiles that no device decodes
    return None if turned or deep else DECODED_FORMATS.get(stream.pix_fmt)


def _decoded(
    share: DeviceShare, stream: VideoStream, devices: Sequence[DeviceReport]
) -> str | None:
    """Return the form of pictures the devices decode the source to, None where the CPU does."""
    decodes = all(stream.codec in device.decodes for device in devices if device.kind == share.kind)
    return device_form(stream) if decodes else None


def _pixels(placement: Placement, ladder: Ladder) -> float:
    names = placement.share.rungs if placement.share else ()
    return float(
        sum(rung.width * rung.height * rung.fps for rung in ladder.rungs if rung.name in names)
    )


def decoding_on_cpu(params: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the parameters of the same encode, decoded on the processor; None where it was."""
    encode = from_json(EncodeParams, dict(params))
    if encode.share is None or encode.share.decoded is None:
        return None
    made: dict[str, Any] = to_json(replace(encode, share=replace(encode.share, decoded=None)))
    return made
