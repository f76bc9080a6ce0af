"""Faults of processes for a soak: killed, suspended, told to stop, dead at a named place."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

import psutil

from farm import failpoint
from tests.faults.processes import Member
from tests.faults.scene import Affliction, Scene, nothing

LEASE_S = 3.0  # of a fault farm
ENDS_WITHIN_S = 30.0  # after SIGTERM, with a grace of two seconds and servers that may be away
WORKER_FAILPOINTS = tuple(
    name
    for name in failpoint.NAMES
    if name.startswith(("claim.", "store.", "complete.", "fail.", "release.", "publish.", "wake."))
)
RECONCILER_FAILPOINTS = tuple(
    name for name in failpoint.NAMES if name.startswith(("reap.", "housekeeping.", "wake."))
)


def kill_worker(scene: Scene) -> Affliction | None:
    """SIGKILL a worker; another one starts in its place a little later."""
    return _kill(scene, scene.worker())


def kill_reconciler(scene: Scene) -> Affliction | None:
    """SIGKILL a reconciler; another one starts in its place a little later."""
    return _kill(scene, scene.reconciler())


def _kill(scene: Scene, member: Member | None) -> Affliction | None:
    if member is None:
        return None
    member.kill()
    return Affliction(member.name, scene.rng.uniform(0, 5), member.start)


def suspend_worker(scene: Scene) -> Affliction | None:
    """SIGSTOP a worker until well after its leases ended, then let it go on."""
    worker = scene.worker()
    if worker is None:
        return None
    worker.send(signal.SIGSTOP)
    lasts_s = LEASE_S + scene.rng.uniform(1, 5)
    return Affliction(worker.name, lasts_s, lambda: worker.send(signal.SIGCONT))


def terminate_worker(scene: Scene) -> Affliction | None:
    """SIGTERM a worker, as a rollout does, and start another once it ended."""
    worker = scene.worker()
    if worker is None:
        return None
    worker.send(signal.SIGTERM)

    def replace() -> None:
        try:
            worker.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            scene.complaints.append(f"{worker.name} lived {ENDS_WITHIN_S:g} s after SIGTERM")
            worker.kill()
        worker.start()

    return Affliction(worker.name, scene.rng.uniform(1, 6), replace)


def kill_program(scene: Scene) -> Affliction | None:
    """SIGKILL a media program, as the kernel does when memory runs out."""
    program = _program(scene)
    if program is None:
        return None
    with suppress(psutil.NoSuchProcess):
        program.kill()
    return Affliction("program", 0, nothing)


def suspend_program(scene: Scene) -> Affliction | None:
    """SIGSTOP a media program: the stall limit ends it."""
    program = _program(scene)
    if program is None:
        return None
    with suppress(psutil.NoSuchProcess):
        program.suspend()
    return Affliction("program", 0, nothing)


def _program(scene: Scene) -> psutil.Process | None:
    free = [w for w in scene.farm.workers if w.alive and scene.is_free(w.name)]
    running = [program for worker in free for program in worker.media_programs()]
    return scene.rng.choice(running) if running else None


def arm_worker(scene: Scene) -> Affliction | None:
    """Replace a worker by one that dies at a named place."""
    return _arm(scene, scene.worker(), WORKER_FAILPOINTS)


def arm_reconciler(scene: Scene) -> Affliction | None:
    """Replace a reconciler by one that dies at a named place."""
    return _arm(scene, scene.reconciler(), RECONCILER_FAILPOINTS)


def _arm(scene: Scene, member: Member | None, names: Sequence[str]) -> Affliction | None:
    if member is None:
        return None
    member.kill()
    place = scene.rng.choice(names)
    member.start(REELFARM_FAILPOINT=f"{place}:{scene.rng.randint(1, 3)}")

    def replace() -> None:
        if member.status == -signal.SIGKILL:
            scene.hit.append(place)
        member.kill()
        member.start()

    return Affliction(member.name, scene.rng.uniform(8, 20), replace)
