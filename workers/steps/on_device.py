"""Encoding a chunk with a device: faults are told apart there, and what comes out is checked."""

from __future__ import annotations

from collections.abc import Sequence

from farm.command import Command, Finished
from farm.devices import DeviceFault, HeldDevice
from farm.errors import DeviceFailed, ToolFailed, ToolStalled
from farm.ladder import Rung
from media.graphs.device_check import Spot, rung_spots, source_spots, spots
from media.graphs.device_faults import fault_of, in_words
from media.graphs.on_device import OnDevice
from planning.params import DeviceShare, EncodeParams
from workers.devices.checked import check_chunk
from workers.steps.contract import StepContext
from workers.steps.facts import Facts

# What `reelfarm plan` shows: which one it will be is known when a worker takes the step.
EXPECTED_ADDRESS = {"nvenc": "0", "vaapi": "renderD128"}


def placed_on(facts: Facts, share: DeviceShare) -> OnDevice | None:
    """Return what of the step's encode is done on which device.

    None where it would only decode, and none had a decode free: the processor does it all.
    """
    if facts.node is None and not share.rungs:
        return None
    address = facts.node.address if facts.node else EXPECTED_ADDRESS[share.kind]
    return OnDevice(
        share.kind,
        address,
        frozenset(share.rungs) & facts.wanted,
        share.decoded,
        share.constant_qp,
    )


def run_on_device(context: StepContext[EncodeParams], encode: Command) -> Finished:
    """Run an encode on the step's device; raise DeviceFailed for what goes wrong there.

    Where it stands still that is the device's fault, too: the processor's encoders do not.
    """
    device = _device(context)
    try:
        return context.run(encode)
    except ToolStalled as error:
        raise failed(device, DeviceFault.STALLED, error.message) from error
    except ToolFailed as error:
        stderr = _stderr(error)
        fault = fault_of(stderr)
        raise failed(
            device, fault, in_words(fault, stderr), command=error.detail.get("command")
        ) from error


def check_made(context: StepContext[EncodeParams], rungs: Sequence[Rung]) -> None:
    """Raise DeviceFailed where chunks that a device had a part in are not what they should be."""
    params, limits = context.params, context.beforehand.limits
    looks = {rung.name: _places(params, rung) for rung in _looked_at(params, rungs)}
    found = [spot for places in looks.values() for spot in places]
    for command in source_spots(params.treatment, found, limits, burn_in=params.burn_in):
        context.run(command)
    for rung in (rung for rung in rungs if rung.name in looks):
        wrong = _wrong(context, rung, looks[rung.name])
        if wrong is not None:
            raise failed(_device(context), DeviceFault.GARBAGE, wrong)


def _looked_at(params: EncodeParams, rungs: Sequence[Rung]) -> Sequence[Rung]:
    """Return the rungs whose chunks show whether the device did what it was to do."""
    share = params.share
    if share is None:
        return ()
    if not share.rungs:  # all are of the same pictures: what is wrong shows in the smallest
        return [min(rungs, key=lambda rung: rung.width * rung.height * rung.fps)]
    return [rung for rung in rungs if share.decoded is not None or rung.name in share.rungs]


def _places(params: EncodeParams, rung: Rung) -> tuple[Spot, ...]:
    places = spots(params.timeline, params.chunk, rung)
    if params.share is not None and not params.share.rungs:
        return places[-1:]  # the last: a look costs as much as decoding there spares of a scene
    return places


def failed(
    device: HeldDevice, fault: DeviceFault, reason: str, command: object = None
) -> DeviceFailed:
    """Return the error of a fault, for the engine to decide where the step goes next."""
    told = {"command": command} if command else {}
    return DeviceFailed(
        f"{device.name} ({device.driver}): {reason}",
        device=device.name,
        driver=device.driver,
        fault=fault.value,
        reason=reason,
        **told,
    )


def _wrong(context: StepContext[EncodeParams], rung: Rung, places: Sequence[Spot]) -> str | None:
    try:
        for command in rung_spots(rung, context.beforehand.limits):
            context.run(command)
    except ToolFailed as error:
        return f"{rung.name} cannot be decoded: {error.message}"
    params = context.params
    return check_chunk(context.scratch, params.timeline, params.chunk, rung, places)


def _device(context: StepContext[EncodeParams]) -> HeldDevice:
    device = context.beforehand.node
    if device is None:
        raise ValueError(f"{context.key} has a share for a device and was given none")
    return device


def _stderr(error: ToolFailed) -> str:
    lines = error.detail.get("stderr", ())
    return "\n".join(str(line) for line in lines) if isinstance(lines, list) else ""
