"""Executing one step: claim it, make what is missing, store it, complete it."""

from __future__ import annotations

import logging
import shutil
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from farm.command import SOURCE_NAME, Command, Finished
from farm.errors import (
    Cancelled,
    ConformanceFailed,
    QualityRejected,
    ReelFarmError,
    StorageUnavailable,
)
from farm.parts import FileRef, Part, Product
from farm.serial import from_json
from farm.settings import Settings
from farm.spec import JobSpec
from farm.states import JobState
from storage import leases, parts, reconcile
from storage.bell import Bell
from storage.database import Database
from storage.objects import Headers, ObjectStore
from workers.fingerprint import fingerprints
from workers.generations import AssetGenerations
from workers.heartbeat import Heartbeat
from workers.programs.runner import run
from workers.programs.tools import Tools
from workers.source import check_unchanged
from workers.steps.contract import StepContext, StepResult
from workers.steps.registry import step_kind

log = logging.getLogger("reelfarm.worker")


@dataclass(frozen=True, slots=True)
class Farm:
    """What a worker works with; one per process."""

    settings: Settings
    database: Database
    bell: Bell
    work: ObjectStore
    tools: Tools
    name: str  # of this worker, for leases


@dataclass(slots=True)
class _Spent:
    """The cost of the programs a step ran, so far."""

    cpu_s: float = 0.0
    peak_rss_bytes: int = 0
    started: float = field(default_factory=time.monotonic)

    def add(self, finished: Finished) -> None:
        self.cpu_s += finished.cpu_s
        self.peak_rss_bytes = max(self.peak_rss_bytes, finished.peak_rss_bytes)

    def cost(self, device: str | None) -> leases.Cost:
        return leases.Cost(time.monotonic() - self.started, self.cpu_s, self.peak_rss_bytes, device)


def work_on(farm: Farm, step_id: int) -> None:
    """Run a step if it is to be had, then whatever else of its job can be run.

    The bell only wakes who is idle: what there is to do, PostgreSQL knows. A worker that is awake
    asks it, which saves the second Celery takes to look into its queue again after a full house.
    """
    job_id = execute(farm, step_id)
    while (next_id := _next_step(farm, job_id)) is not None:
        execute(farm, next_id)


def _next_step(farm: Farm, job_id: str) -> int | None:
    with farm.database.begin() as session:
        return leases.next_queued(session, job_id)


def execute(farm: Farm, step_id: int) -> str:
    """Run a step, if nobody else has it; return its job.

    Whatever happens, the step's row says so afterwards.
    """
    with farm.database.begin() as session:
        job_id = leases.job_of(session, step_id)
        claimed = leases.claim(session, step_id, farm.name, farm.settings.lease_s)
    if claimed is None:
        return job_id
    log.info("%s %s starts, epoch %d", claimed.job_id, claimed.key, claimed.epoch)
    scratch = farm.settings.scratch / f"{claimed.job_id[:8]}-{step_id}-{claimed.epoch}"
    try:
        scratch.mkdir(parents=True)
        with Heartbeat(farm.database, claimed, farm.settings) as heartbeat:
            freed = _make(farm, claimed, heartbeat, scratch)
    except Cancelled as stop:
        log.info("%s %s: %s", claimed.job_id, claimed.key, stop.message)
        with farm.database.begin() as session:
            leases.stop(session, claimed)
    except ReelFarmError as error:
        _fail(farm, claimed, error)
    except OSError as error:  # a full or broken disk, too many open files: of this machine
        trouble = f"step {claimed.key}: {error.strerror or error}: check {farm.settings.scratch}"
        _fail(farm, claimed, StorageUnavailable(trouble))
    except Exception as error:
        log.exception("%s %s: a defect in ReelFarm", claimed.job_id, claimed.key)
        defect = ReelFarmError(
            f"step {claimed.key} hit a defect in ReelFarm ({type(error).__name__}: {error}):"
            " please report it with the worker's log"
        )
        _fail(farm, claimed, defect)
    else:
        _ring(farm, freed)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return job_id


def _ring(farm: Farm, freed: list[int]) -> None:
    """Wake others for all freed steps but the first, which this worker takes itself."""
    try:
        farm.bell.ring(freed[1:])
    except StorageUnavailable as error:  # costs time only: the reconciler rings for them
        log.warning("%s", error.message)


def _make(farm: Farm, claimed: leases.Claim, heartbeat: Heartbeat, scratch: Path) -> list[int]:
    """Make the parts that do not exist yet and complete the step; return the steps it freed."""
    spent = _Spent()
    kind = step_kind(claimed.kind)
    with farm.database.begin() as session:
        inputs = parts.of_inputs(session, claimed.job_id, claimed.inputs)
        prints = fingerprints(kind, claimed, inputs, farm.tools)
        known = parts.known(session, prints.values())
    wanted = {name for name, print_ in prints.items() if not _intact(farm, known.get(print_))}
    made: dict[str, tuple[str, Part]] = {}
    result = StepResult({})
    if wanted:
        context = _context(farm, claimed, inputs, wanted, heartbeat, scratch, spent)
        result = kind.run(context)
        if (scratch / SOURCE_NAME).is_symlink() and "ingest" in inputs:
            # Overwritten while it was read, it would be remembered under its old content.
            check_unchanged(context.spec.source, inputs["ingest"])
        made = {
            name: (prints[name], _store(farm, prints[name], claimed.epoch, product))
            for name, product in result.products.items()
        }
    with farm.database.begin() as session:
        parts.forget(session, (prints[name] for name in wanted if prints[name] in known))
        freed = leases.complete(
            session, claimed, made, prints, result.more_steps, spent.cost(_device(made, known))
        )
        reconcile.mark_rung(session, freed[1:])
    log.info("%s %s done, made %s", claimed.job_id, claimed.key, sorted(made) or "nothing anew")
    return freed


def _context(
    farm: Farm,
    claimed: leases.Claim,
    inputs: Mapping[str, Part],
    wanted: set[str],
    heartbeat: Heartbeat,
    scratch: Path,
    spent: _Spent,
) -> StepContext:
    spec = from_json(JobSpec, claimed.spec)

    def run_here(command: Command) -> Finished:
        total_s = command.duration_s
        finished = run(
            command,
            tools=farm.tools,
            cwd=scratch,
            on_progress=(lambda at_s: heartbeat.report(float(at_s / total_s))) if total_s else None,
            cancelled=heartbeat.stopped,
        )
        spent.add(finished)
        return finished

    return StepContext(
        job_id=claimed.job_id,
        spec=spec,
        key=claimed.key,
        params=claimed.params,
        inputs=inputs,
        wanted=frozenset(wanted),
        scratch=scratch,
        settings=farm.settings,
        run=run_here,
        fetch=lambda file, target: _fetch(farm, file, target),
        generations=AssetGenerations(farm.database, spec, claimed),
    )


def _fetch(farm: Farm, file: FileRef, target: Path) -> None:
    try:
        farm.work.fetch(file.key, target)
    except KeyError as error:
        raise StorageUnavailable(
            f"{file.key} is gone from the work store: submit the title again to make it anew"
        ) from error


def _store(farm: Farm, fingerprint: str, epoch: int, product: Product) -> Part:
    """Store a product under keys nobody else writes; the database makes them true later."""
    folder = f"work/{fingerprint[:2]}/{fingerprint}/{epoch}-{uuid.uuid4().hex[:8]}"
    files = {}
    for name, path in product.files.items():
        info = farm.work.put_file(f"{folder}/{name}", path, Headers())
        files[name] = FileRef(info.key, info.sha256, info.size_bytes)
    return Part(product.facts, files, product.evidence)


def _intact(farm: Farm, part: Part | None) -> bool:
    """Return whether a known part's files still lie in the work store."""
    return part is not None and all(farm.work.head(file.key) for file in part.files.values())


def _device(made: Mapping[str, tuple[str, Part]], known: Mapping[str, Part]) -> str | None:
    all_parts = [part for _, part in made.values()] or list(known.values())
    facts = [part.facts for part in all_parts if isinstance(part.facts, dict)]
    return next((fact["device"] for fact in facts if "device" in fact), None)


def _fail(farm: Farm, claimed: leases.Claim, error: ReelFarmError) -> None:
    """Queue the step again after a retryable error, unless it had its chances; else end the job."""
    log.warning("%s %s: %s: %s", claimed.job_id, claimed.key, error.code, error.message)
    rejected = isinstance(error, QualityRejected | ConformanceFailed)
    with farm.database.begin() as session:
        if (
            error.retryable
            and leases.errors_so_far(session, claimed) + 1 < farm.settings.max_attempts
        ):
            leases.retry_later(session, claimed, error.as_json(), farm.settings.backoff_s)
            return
        state = JobState.REJECTED if rejected else JobState.FAILED
        leases.fail(session, claimed, error.as_json(), state)
