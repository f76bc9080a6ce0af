"""Encoding a chunk with a device: faults are told apart there, and what comes out is checked."""

from __future__ import annotations

from collections.abc import Sequence

from farm.command import Command, Finished
from farm.devices import DeviceFault, HeldDevice
from farm.errors import DeviceFailed, ToolFailed, ToolStalled
from farm.ladder import Rung
from media.graphs.device_check import rung_spots, source_spots, spots
from media.graphs.device_faults import fault_of, in_words
from media.graphs.on_device import OnDevice
from planning.params import DeviceShare, EncodeParams
from workers.devices.checked import check_chunk
from workers.steps.contract import StepContext
from workers.steps.facts import Facts

# What `reelfarm plan` shows: which one it will be is known when a worker takes the step.
EXPECTED_ADDRESS = {"nvenc": "0", "vaapi": "renderD128"}


def placed_on(facts: Facts, share: DeviceShare) -> OnDevice:
    """Return what of the step's encode is done on which device."""
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
    share = params.share
    decoded = share is not None and share.decoded is not None
    there = [rung for rung in rungs if decoded or (share and rung.name in share.rungs)]
    found = [spot for rung in there for spot in spots(params.timeline, params.chunk, rung)]
    for command in source_spots(params.treatment, found, limits, burn_in=params.burn_in):
        context.run(command)
    for rung in there:
        wrong = _wrong(context, rung)
        if wrong is not None:
            raise failed(_device(context), DeviceFault.GARBAGE, wrong)


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


def _wrong(context: StepContext[EncodeParams], rung: Rung) -> str | None:
    try:
        for command in rung_spots(rung, context.beforehand.limits):
            context.run(command)
    except ToolFailed as error:
        return f"{rung.name} cannot be decoded: {error.message}"
    return check_chunk(context.scratch, context.params.timeline, context.params.chunk, rung)


def _device(context: StepContext[EncodeParams]) -> HeldDevice:
    device = context.beforehand.node
    if device is None:
        raise ValueError(f"{context.key} has a share for a device and was given none")
    return device


def _stderr(error: ToolFailed) -> str:
    lines = error.detail.get("stderr", ())
    return "\n".join(str(line) for line in lines) if isinstance(lines, list) else ""
