"""What must hold whatever happened: from PostgreSQL, the logs, the stores and the process table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import starmap
from typing import Any

from sqlalchemy import and_, exists, func, select, text
from sqlalchemy.orm import aliased

from farm.states import ENDED_JOB, JobState, StepState
from storage.objects.stores import open_store
from storage.postgres import generations
from storage.postgres.generations import Asset
from storage.postgres.models import Decision, Generation, Job, Step
from tests.faults import history
from tests.faults.farm import FaultFarm
from tests.faults.leftovers import stray_objects, stray_processes, when_settled
from tests.faults.playback import unresolved
from workers.upkeep.reconciler import put_in_order

PUBLISHED_ONCE = f"SELECT job_id FROM job_history WHERE new = '{JobState.PUBLISHED}'"
DONE = re.compile(r" ([0-9a-f]{32}) (\S+) done, epoch (\d+),")


def essence(record: dict[str, Any]) -> dict[str, Any]:
    """Return what must be equal however a job came to its end."""
    return {
        "renditions": [
            {key: rendition[key] for key in ("name", "frames", "width", "height", "vmaf")}
            for rendition in record["renditions"]
        ],
        "verdict": record["qc"]["verdict"],
        "checks": [(check["rule"], check["outcome"]) for check in record["qc"]["checks"]],
    }


def check_all(farm: FaultFarm, undisturbed: dict[str, Any] | None = None) -> None:
    """Assert every invariant of a farm whose jobs have ended and whose faults are healed.

    With the essence of an `undisturbed` run, every published title must equal it.
    """
    found = broken(farm)
    if undisturbed is not None:
        found += different(farm, undisturbed)
    assert not found, "\n".join(found)


def broken(farm: FaultFarm) -> list[str]:
    """Return every invariant that does not hold, in words, once what is left is cleared away."""
    return [line for lines in broken_by_kind(farm).values() for line in lines]


def broken_by_kind(farm: FaultFarm) -> dict[str, list[str]]:
    """Return the invariants by name, each with what breaks it, once what is left is cleared."""
    running = {
        "lost": unended_jobs(farm),
        "still leased": still_leased(farm),
        "orphans": stray_processes(farm),
    }
    put_in_order(farm.database, farm.settings)
    put_in_order(farm.database, farm.settings.model_copy(update={"abandoned_after_s": 0.0}))
    return {
        **running,
        "twice": [*history.broken_rules(farm.database), *false_reports(farm)],
        "undone": undone_steps(farm),
        "left over": stray_objects(farm),
        "unresolved": broken_titles(farm),
        "turned back": turned_back(farm),
    }


def unended_jobs(farm: FaultFarm) -> list[str]:
    """Return the accepted jobs that have not come to an end."""
    with farm.database.begin() as session:
        rows = session.execute(select(Job.id, Job.state).where(Job.state.not_in(ENDED_JOB)))
        return [f"job {job_id} is {state} and never ended" for job_id, state in rows]


def unknown_jobs(farm: FaultFarm, accepted: Iterable[str]) -> list[str]:
    """Return those of the accepted jobs that PostgreSQL has forgotten."""
    with farm.database.begin() as session:
        known = set(session.scalars(select(Job.id)))
    return [
        f"job {job_id} was accepted and is unknown" for job_id in accepted if job_id not in known
    ]


def still_leased(farm: FaultFarm) -> list[str]:
    """Return the steps that hold a lease, giving those of ended jobs time to notice."""

    def leased() -> list[str]:
        held = (Step.state == StepState.RUNNING) | Step.lease_until.is_not(None)
        with farm.database.begin() as session:
            rows = session.execute(select(Step.job_id, Step.key).where(held))
            return [f"step {key} of {job_id} is still leased" for job_id, key in rows]

    return when_settled(leased)


def undone_steps(farm: FaultFarm) -> list[str]:
    """Return the steps of published jobs that are not done."""
    with farm.database.begin() as session:
        rows = session.execute(
            select(Step.job_id, Step.key, Step.state)
            .join(Job, Job.id == Step.job_id)
            .where(Job.state == JobState.PUBLISHED, Step.state != StepState.DONE)
        )
        return [f"job {job} is published, its step {key} is {state}" for job, key, state in rows]


def false_reports(farm: FaultFarm) -> list[str]:
    """Return what the workers' logs say was done, and PostgreSQL did not accept, or more often."""
    said = Counter(
        (job_id, key, int(epoch))
        for worker in farm.workers
        for job_id, key, epoch in DONE.findall(worker.log_text())
    )
    accepted = {
        (change.job_id, change.key, change.epoch)
        for change in history.step_changes(farm.database)
        if change.new == StepState.DONE
    }
    return [
        f"a worker said that step {key} of {job_id} was done {times} times under epoch {epoch}"
        for (job_id, key, epoch), times in said.items()
        if times > 1 or (job_id, key, epoch) not in accepted
    ]


def broken_titles(farm: FaultFarm) -> list[str]:
    """Return what is wrong behind the pointers of published assets."""
    columns = (Job.spec["origin"].astext, Job.tenant, Job.asset)
    with farm.database.begin() as session:
        rows = session.execute(select(*columns).where(Job.state == JobState.PUBLISHED).distinct())
        assets = {asset: generations.current(session, asset) for asset in starmap(Asset, rows)}
    found = []
    for asset, current in assets.items():
        if current is None:
            found.append(f"{asset.folder} is published, and no generation of it is current")
        else:
            origin = open_store(asset.origin, farm.settings)
            found += unresolved(origin, asset.folder, current.name)
    return found


def turned_back(farm: FaultFarm) -> list[str]:
    """Return where an older submission of an asset stands in place of a newer one."""
    newer = aliased(Job)
    same = (
        newer.tenant == Job.tenant,
        newer.asset == Job.asset,
        newer.spec["origin"].astext == Job.spec["origin"].astext,
    )
    with farm.database.begin() as session:
        superseded = session.execute(
            select(Job.id, Job.superseded_by, newer.id)
            .outerjoin(
                newer,
                and_(newer.id == Job.superseded_by, newer.submission > Job.submission, *same),
            )
            .where(Job.state == JobState.SUPERSEDED)
        ).all()
        current = session.execute(
            select(Generation.published_by, newer.id)
            .join(Job, Job.id == Generation.published_by)
            .join(newer, and_(newer.submission > Job.submission, *same))
            .where(
                Generation.origin == Job.spec["origin"].astext,
                Generation.superseded_at.is_(None),
                newer.state == JobState.PUBLISHED,
                ~exists().where(  # somebody chose the older one after that
                    Decision.origin == Generation.origin,
                    Decision.tenant == Generation.tenant,
                    Decision.asset == Generation.asset,
                    Decision.submission > newer.submission,
                ),
            )
        ).all()
        # Where jobs are kept for no time, the newer one may be forgotten before the older.
        known = set(session.scalars(select(Job.id)))
        published = set(session.scalars(text(PUBLISHED_ONCE)))
    forgotten = published - known
    return [
        *(
            f"job {old} is superseded, and by no newer job"
            for old, by, new in superseded
            if not new and by not in forgotten
        ),
        *(f"players get job {old}, though {new} is newer and published" for old, new in current),
    ]


def different(farm: FaultFarm, undisturbed: dict[str, Any]) -> list[str]:
    """Return the published titles that did not become what an undisturbed farm makes of them."""
    with farm.database.begin() as session:
        job_ids = session.scalars(select(Job.id).where(Job.state == JobState.PUBLISHED)).all()
    found = {job_id: essence(farm.record(job_id)) for job_id in job_ids}
    return [
        f"job {job_id} became {made}, undisturbed it is {undisturbed}"
        for job_id, made in found.items()
        if made != undisturbed
    ]


def published_generations(farm: FaultFarm) -> list[tuple[str, int]]:
    """Return every asset with the number of generations it was published in."""
    with farm.database.begin() as session:
        rows = session.execute(
            select(Generation.asset, func.count())
            .where(Generation.published_at.is_not(None))
            .group_by(Generation.asset)
        )
        return [(asset, count) for asset, count in rows]
