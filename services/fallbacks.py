"""Where an encode goes that a device did not do: another device, then the processor, by policy.

A rendition is made by one encoder. So with the first of a title's chunks that goes to the
processor all go there that still wait; those a device has made, or is making, are found by the
step that joins them (workers/steps/stitch.py), and made again. Where a device only decodes, all
are made by the processor anyway, and a chunk that failed there goes back to it alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from farm.devices import DeviceFault, Fallback, HeldDevice
from farm.errors import DeviceFailed
from farm.plan import StepPlan
from farm.settings import Settings
from planning.decoding import only_decoded
from planning.placement import decoding_on_cpu, without_device
from planning.sizes import sized
from planning.work import step_work
from storage.postgres import breakers, fallbacks, jobs, leases
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.fallbacks import Transaction
from storage.postgres.models import Job, Step
from storage.wakeups import Wakeup

SESSION_TRIES = 5  # of one step, while somebody beside the farm takes a device's sessions
SESSION_PAUSE_S = 2.0
MOST_STRANDED = 50  # jobs in one pass
# Faults after which the same device may do it with pictures that the processor decoded.
OF_DECODING = (DeviceFault.UNSUITED, DeviceFault.SURFACES)


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a step: where it goes, and the steps to wake workers for."""

    to: str
    wake: tuple[Wakeup, ...]


def after_fault(
    session: Transaction, claimed: Claim, failed: DeviceFailed, settings: Settings
) -> Moved | None:
    """Note a device's fault and queue the step again where it can be done.

    Returns None where the job ends with it, as its request takes nothing but devices, or the claim
    does not hold any more.
    """
    assert claimed.device is not None
    device, fault = claimed.device, _fault(failed)
    found = fallbacks.leased(session, claimed)
    breakers.note_failure(session, device.key, fault, failed.message, settings.device_pause_s)
    if found is None:
        return None
    job, step = found
    told = leases.told_of(failed.as_json())
    # Where a device only decodes, the processor's pictures are the same, and it waits for nobody.
    if not only_decoded(step.params):
        moved = _on_a_device(session, job, step, claimed.device, failed, settings)
        if moved is not None:
            return moved
    if _policy(job) == "require":
        later = _entry(device, failed, "a device, later")
        return _wait(session, job, step, failed, later, settings)
    return _to_cpu(session, job, step, _entry(device, failed, "cpu"), told)


def rescue_stranded(database: Database, settings: Settings) -> list[Wakeup]:
    """Have steps done on the processor that no device is there for any more, where that may be."""
    woken: list[Wakeup] = []
    with database.begin() as session:
        job_ids = fallbacks.stranded_jobs(session, settings.lease_s, MOST_STRANDED)
    for job_id in sorted(job_ids):
        with database.begin() as session:
            job = jobs.lock(session, job_id)
            absent = Fallback("", "", "absent", "no device for it is there, or works", "cpu")
            for step in fallbacks.waiting(session, job.id):
                waiting = fallbacks.move_to_cpu(session, step, absent, _on_cpu(step))
                woken += [waiting] if waiting else []
    return woken


def _on_a_device(
    session: Transaction,
    job: Job,
    step: Step,
    device: HeldDevice,
    failed: DeviceFailed,
    settings: Settings,
) -> Moved | None:
    """Queue a step again where a device may still do it; return None where none may."""
    fault, told = _fault(failed), leases.told_of(failed.as_json())
    if fault is DeviceFault.SESSIONS and _times(step, fault) < SESSION_TRIES:
        later = _entry(device, failed, "a device, when it has a session free")
        waiting = fallbacks.queue_again(
            session, job, step, later, error=told, pause_s=SESSION_PAUSE_S
        )
        return _moved(later, waiting)
    if fault in OF_DECODING and (params := decoding_on_cpu(step.params)) is not None:
        beside = _entry(device, failed, "a device, decoded on the CPU")
        return _moved(
            beside, fallbacks.queue_again(session, job, step, beside, error=told, params=params)
        )
    avoids = [*step.avoids, device.key]
    if fallbacks.has_another(session, step, avoids, settings.lease_s):
        another = _entry(device, failed, "another device")
        return _moved(
            another, fallbacks.queue_again(session, job, step, another, error=told, avoids=avoids)
        )
    return None


def _entry(device: HeldDevice, failed: DeviceFailed, to: str) -> Fallback:
    reason = str(failed.detail["reason"])
    return Fallback(device.name, device.driver, _fault(failed).value, reason, to)


def _fault(failed: DeviceFailed) -> DeviceFault:
    return DeviceFault(str(failed.detail["fault"]))


def _to_cpu(
    session: Transaction, job: Job, step: Step, fallback: Fallback, told: dict[str, Any]
) -> Moved:
    wake = [
        fallbacks.queue_on_cpu(session, job, step, fallback, _on_cpu(step), error=told),
    ]
    mixed = Fallback(
        fallback.device,
        fallback.driver,
        "mixed",
        f"{step.label or step.key} goes to the CPU, and a rendition is made by one encoder",
        "cpu",
    )
    for sibling in fallbacks.waiting(session, job.id):
        wake.append(fallbacks.move_to_cpu(session, sibling, mixed, _on_cpu(sibling)))
    return Moved("the CPU", tuple(each for each in wake if each is not None))


def _wait(
    session: Transaction,
    job: Job,
    step: Step,
    failed: DeviceFailed,
    later: Fallback,
    settings: Settings,
) -> Moved | None:
    """Queue a step again that only devices may do; these are errors of its own, and count."""
    if fallbacks.count_error(session, step) + 1 >= settings.max_attempts:
        return None
    waiting = fallbacks.queue_again(
        session,
        job,
        step,
        later,
        error=leases.told_of(failed.as_json()),
        avoids=(),  # it may be the only one there is
        pause_s=settings.backoff_s,
    )
    return _moved(later, waiting)


def _on_cpu(step: Step) -> StepPlan:
    """Return the plan of the same step without a device."""
    params = without_device(step.params)
    plan = sized(StepPlan(step.key, step.kind, params, tuple(step.inputs)))
    return replace(plan, work=step_work(step.kind, params))


def _times(step: Step, fault: DeviceFault) -> int:
    return sum(entry.get("fault") == fault.value for entry in step.fallbacks)


def _policy(job: Job) -> str:
    return str(job.spec.get("device", "prefer"))


def _moved(fallback: Fallback, waiting: Wakeup | None) -> Moved:
    return Moved(fallback.to, (waiting,) if waiting else ())
