"""Executing one claimed step: make what is missing, store it, complete it."""

from __future__ import annotations

import errno
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farm.command import SOURCE_NAME, Command, Finished
from farm.errors import Cancelled, DeviceFailed, ReelFarmError, StorageUnavailable
from farm.events import news_of
from farm.parts import Part
from farm.serial import from_json
from farm.settings import Settings
from farm.spec import read_spec
from services.locations import Locations, TenantPlaces
from services.publications import AssetGenerations
from storage.postgres import artifacts
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.wakeups import Wakeups
from workers.engine.capacity import Capacity, Grant
from workers.engine.fingerprint import fingerprints, made_with
from workers.engine.heartbeat import Lease
from workers.engine.made import parts_made, steps_made
from workers.engine.outcome import Outcome
from workers.engine.outputs import Outputs
from workers.engine.scratch import Scratch
from workers.engine.slots import devices_to_plan_for, encode_slots
from workers.engine.spent import Spent
from workers.programs.builds import Builds
from workers.programs.open_files import too_few_files
from workers.programs.runner import run
from workers.programs.tools import Tools
from workers.sources.access import Sources
from workers.steps.contract import StepContext
from workers.steps.progress import StepProgress
from workers.steps.registry import step_kind
from workers.steps.result import StepResult

log = logging.getLogger("reelfarm.worker")

RUN = 0.9  # of a step; the rest is storing what it made


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What a worker works with; one per process."""

    settings: Settings
    database: Database
    turns: Database  # for asking whose turn it is, and for claims
    wakeups: Wakeups
    outputs: Outputs
    locations: Locations  # of settings and file; those kept in the farm count first
    tools: Tools
    builds: Builds
    scratch: Scratch
    capacity: Capacity


def execute(worker: WorkerContext, lease: Lease, grant: Grant) -> ReelFarmError | None:
    """Run a claimed step; return the error it ended with, if any.

    Whatever happens, the step's row says so afterwards, unless PostgreSQL is out of reach until
    the lease is over: then somebody else gets the step.
    """
    claimed = lease.claim
    name = f"{claimed.job_id} {claimed.key}"
    outcome = Outcome(worker.database, worker.wakeups, worker.settings, worker.capacity, lease)
    log.info("%s starts, epoch %d", name, claimed.epoch)
    try:
        try:
            made = _make(worker, lease, grant, outcome)
        except Cancelled as stop:
            log.info("%s, epoch %d: %s", name, claimed.epoch, stop.message)
            outcome.stopped()
            return stop
        except DeviceFailed as failed:
            to = outcome.fell_back(failed)
            log.warning("%s, epoch %d: %s: goes to %s", name, claimed.epoch, failed.message, to)
            return failed
        except Exception as trouble:
            error = _as_ours(worker, claimed, trouble)
            log.warning("%s, epoch %d: %s: %s", name, claimed.epoch, error.code, error.message)
            outcome.failed(error)
            return error
    except (StorageUnavailable, Cancelled) as error:
        log.warning("%s, epoch %d: its lease is over: %s", name, claimed.epoch, error.message)
        return error
    if made is None:
        log.info("%s waits for what it asked for, epoch %d", name, claimed.epoch)
    else:
        log.info("%s done, epoch %d, made %s", name, claimed.epoch, made or "nothing anew")
    return None


def _as_ours(worker: WorkerContext, claimed: Claim, trouble: Exception) -> ReelFarmError:
    """Return what a user reads of an exception."""
    if isinstance(trouble, ReelFarmError):
        return trouble
    if isinstance(trouble, OSError) and trouble.errno in (errno.EMFILE, errno.ENFILE):
        return too_few_files(f"step {claimed.key}")
    if isinstance(trouble, OSError):  # a full or broken disk: of this machine
        return StorageUnavailable(
            f"step {claimed.key}: {trouble.strerror or trouble}: check {worker.scratch.folder}"
        )
    log.error("%s %s: a defect in ReelFarm", claimed.job_id, claimed.key, exc_info=trouble)
    return ReelFarmError(
        f"step {claimed.key} hit a defect in ReelFarm ({type(trouble).__name__}: {trouble}):"
        " please report it with the worker's log"
    )


def _make(worker: WorkerContext, lease: Lease, grant: Grant, outcome: Outcome) -> list[str] | None:
    """Make the parts that do not exist yet and complete the step; return the names of those.

    None where the step asked for others to run before it, or for a person.
    """
    claimed, spent = lease.claim, Spent()
    kind = step_kind(claimed.kind)
    params = from_json(kind.params, claimed.params)
    inputs = artifacts.of_inputs(claimed)
    prints = fingerprints(kind, claimed, params, inputs, worker.builds)
    known = _known(worker, prints) if kind.cacheable else {}
    intact = worker.outputs.intact(known, lease.check) - _to_remake(worker, claimed, prints)
    wanted = {name for name, print_ in prints.items() if print_ not in intact}
    made: dict[str, tuple[str, Part]] = {}
    result = StepResult({})
    if wanted:
        name = f"{claimed.job_id[:8]}-{claimed.step_id}-{claimed.epoch}"
        places = TenantPlaces(worker.database, worker.locations, claimed.spec["tenant"])
        with (
            worker.scratch.folder_for(name) as scratch,
            Sources(worker.settings, worker.outputs.cache, places.sources) as sources,
        ):
            context = _context(
                worker, lease, grant, params, inputs, wanted, scratch, sources, places, spent
            )
            with context.progress.up_to(RUN):
                result = kind.run(context)
            if outcome.asked_for(result):
                return None
            if (scratch / SOURCE_NAME).is_symlink() and "ingest" in inputs:
                # Overwritten while it was read, it would be remembered under its old content.
                sources.check_unchanged(context.spec.source, inputs["ingest"])
            lease.check()
            made = worker.outputs.store(
                claimed,
                prints,
                spent.noted_in(result.products, made_with(kind, params, worker.builds)),
                lease.check,
                context.progress.report,
            )
    gone = {prints[name]: known[prints[name]] for name in wanted if prints[name] in known}
    cost = spent.cost(_device(made, known), result.work, result.decoded_on)
    parts = [known[print_] for print_ in intact] + [part for _, part in made.values()]
    outcome.done(made, prints, gone, result, cost, news_of(claimed.kind, parts))
    return sorted(made)


def _known(worker: WorkerContext, prints: Mapping[str, str]) -> dict[str, Part]:
    with worker.database.autocommit() as connection:
        return artifacts.known(connection, prints.values())


def _to_remake(worker: WorkerContext, claimed: Claim, prints: Mapping[str, str]) -> frozenset[str]:
    """Return the fingerprints of parts that are to be made anew, as the request asks.

    What this job made itself, in an earlier attempt, is not made again.
    """
    again = set(claimed.spec.get("remake", ()))
    _, _, made = claimed.key.partition(":")
    asked = [print_ for part, print_ in prints.items() if again & {made, part, claimed.key}]
    if not asked:
        return frozenset()
    with worker.database.autocommit() as connection:
        return artifacts.made_before(connection, asked, claimed.submitted_at)


def _context(
    worker: WorkerContext,
    lease: Lease,
    grant: Grant,
    params: Any,
    inputs: Mapping[str, Part],
    wanted: set[str],
    scratch: Path,
    sources: Sources,
    places: TenantPlaces,
    spent: Spent,
) -> StepContext[Any]:
    claimed = lease.claim
    spec = read_spec(claimed.spec)
    progress = StepProgress(lease.report)

    def run_here(command: Command) -> Finished:
        if command.tool not in step_kind(claimed.kind).tools:
            raise ValueError(f"{claimed.kind} runs {command.tool}, which its KIND does not name")
        with progress.running(command) as reached:
            finished = run(
                command,
                tools=worker.tools,
                cwd=scratch,
                on_progress=reached,
                cancelled=lease.stopped,
            )
        spent.add(worker.tools.argv(command), finished)
        return finished

    return StepContext(
        job_id=claimed.job_id,
        spec=spec,
        key=claimed.key,
        params=params,
        inputs=inputs,
        wanted=frozenset(wanted),
        scratch=scratch,
        settings=worker.settings,
        run_program=run_here,
        fetch=lambda file, target: worker.outputs.fetch(file, target, lease.check),
        fetch_all=lambda files, report: worker.outputs.fetch_all(files, lease.check, report),
        transfers=worker.outputs.transfers,
        sources=sources,
        origins=places.origins,
        generations=AssetGenerations(worker.database, spec, claimed),
        cores=grant.threads,
        device=claimed.device,
        devices=lambda: devices_to_plan_for(worker.database, worker.settings, spec),
        check_wanted=lease.check,
        encode_slots=lambda cores: encode_slots(worker.database, worker.settings, cores),
        made=lambda: parts_made(worker.database, claimed.job_id),
        steps_made=lambda: steps_made(worker.database, claimed.job_id),
        progress=progress,
    )


def _device(made: Mapping[str, tuple[str, Part]], known: Mapping[str, Part]) -> str | None:
    all_parts = [part for _, part in made.values()] or list(known.values())
    facts = [part.facts for part in all_parts if isinstance(part.facts, dict)]
    return " + ".join(sorted({fact["device"] for fact in facts if "device" in fact}))[:32] or None
