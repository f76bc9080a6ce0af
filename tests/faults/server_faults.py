"""Faults of servers, networks and people for a soak: away, cut off, slow, refusing, in a hurry."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress

from farm.access import EVERY_TENANT
from farm.errors import Conflict
from farm.states import ENDED_JOB, StepState
from storage.postgres import control
from tests.faults.connection import Mode, Way
from tests.faults.processes import Member
from tests.faults.proxy import Proxy
from tests.faults.scene import Affliction, Scene, nothing


def wipe_redis(scene: Scene) -> Affliction | None:
    """Remove every wake-up from Redis."""
    if not scene.is_free("redis"):
        return None
    scene.farm.servers.wipe_redis()
    return Affliction("redis", 0, nothing)


def kill_redis(scene: Scene) -> Affliction | None:
    """SIGKILL Redis, which comes back empty."""
    if not scene.is_free("redis"):
        return None
    scene.farm.servers.stop_redis()
    return Affliction("redis", scene.rng.uniform(0.5, 8), scene.farm.servers.start_redis)


def restart_postgres(scene: Scene) -> Affliction | None:
    """Shut PostgreSQL down, in order or at once, and start it again."""
    if not scene.is_free("postgres"):
        return None
    how = scene.rng.choice((signal.SIGINT, signal.SIGQUIT, signal.SIGKILL))
    scene.farm.stop_postgres(how)
    return Affliction("postgres", scene.rng.uniform(0, 4), scene.farm.start_postgres)


def cut_postgres(scene: Scene) -> Affliction | None:
    """Take a process off PostgreSQL, with a reset or in silence."""
    return _cut(scene, lambda member: member.lines.postgres)


def cut_redis(scene: Scene) -> Affliction | None:
    """Take a process off Redis, with a reset or in silence."""
    return _cut(scene, lambda member: member.lines.redis)


def cut_s3(scene: Scene) -> Affliction | None:
    """Take a process off the object store, with a reset or in silence."""
    return _cut(scene, lambda member: member.lines.s3)


def _cut(scene: Scene, line: Callable[[Member], Proxy | None]) -> Affliction | None:
    member = scene.member()
    proxy = line(member) if member is not None else None
    if member is None or proxy is None:
        return None
    proxy.set(scene.rng.choice((Mode.CUT, Mode.BLACKHOLE, Mode.REFUSE)))
    return Affliction(member.name, scene.rng.uniform(1, 8), proxy.heal)


def isolate_worker(scene: Scene) -> Affliction | None:
    """Take a worker off the network altogether."""
    worker = scene.worker()
    if worker is None:
        return None
    worker.lines.cut()
    return Affliction(worker.name, scene.rng.uniform(1, 8), worker.lines.heal)


def slow_network(scene: Scene) -> Affliction | None:
    """Make every answer to a worker late."""
    worker = scene.worker()
    if worker is None:
        return None
    for proxy in worker.lines.all:
        proxy.latency_s = scene.rng.uniform(0.01, 0.1)
    return Affliction(worker.name, scene.rng.uniform(2, 8), worker.lines.heal)


def refuse_by_s3(scene: Scene) -> Affliction | None:
    """Have the object store answer 500 or 503 to one request in three, or to a run of them."""
    worker = scene.worker()
    if worker is None or worker.lines.s3 is None:
        return None
    status = scene.rng.choice((500, 503))
    if scene.rng.random() < 0.5:
        worker.lines.s3.refuse_every(3, status)
    else:
        worker.lines.s3.refuse_next(scene.rng.randint(5, 40), status)
    return Affliction(worker.name, scene.rng.uniform(2, 8), worker.lines.s3.heal)


def break_s3(scene: Scene) -> Affliction | None:
    """Reset uploads in the middle, or lose answers to what was done."""
    worker = scene.worker()
    if worker is None or worker.lines.s3 is None:
        return None
    times = scene.rng.randint(1, 5)
    if scene.rng.random() < 0.5:
        worker.lines.s3.break_after(scene.rng.randint(500, 60_000), Way.UP, times)
    else:
        worker.lines.s3.break_after(0, Way.DOWN, times)
    return Affliction(worker.name, scene.rng.uniform(2, 8), worker.lines.s3.heal)


def double_wakeups(scene: Scene) -> Affliction | None:
    """Wake workers ten times for every step that waits, runs or is done."""
    steps = scene.farm.steps()
    known = [step for step in steps if step.state != StepState.BLOCKED]
    scene.farm.wake(scene.rng.sample(known, min(len(known), 20)), times=10)
    return Affliction("wake-ups", 0, nothing)


def pause_job(scene: Scene) -> Affliction | None:
    """Pause a job, and resume it a little later."""
    job_id = _open_job(scene)
    if job_id is None or not scene.is_free(job_id):
        return None
    with scene.farm.database.begin() as session:
        control.pause(session, EVERY_TENANT, job_id)

    def resume() -> None:
        # It may have ended since: its last steps could run on.
        with suppress(Conflict), scene.farm.database.begin() as session:
            control.resume(session, EVERY_TENANT, job_id)

    return Affliction(job_id, scene.rng.uniform(1, 6), resume)


def cancel_job(scene: Scene) -> Affliction | None:
    """Cancel a job."""
    job_id = _open_job(scene)
    if job_id is None or not scene.is_free(job_id):
        return None
    with scene.farm.database.begin() as session:
        control.request_cancel(session, EVERY_TENANT, job_id)
    return Affliction(job_id, 0, nothing)


def _open_job(scene: Scene) -> str | None:
    job_ids = {step.job_id for step in scene.farm.steps()}
    still_open = sorted(j for j in job_ids if scene.farm.job_state(j) not in ENDED_JOB)
    return scene.rng.choice(still_open) if still_open else None
