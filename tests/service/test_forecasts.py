"""Forecasts over the real PostgreSQL: from what was done, and from all that waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from farm.access import LOCAL, Caller, Scope
from farm.errors import NotFound
from farm.parts import Part
from farm.plan import Resource
from farm.serial import to_json
from farm.spec import JobSpec
from planning.title import plan_title
from services.forecasts import Eta, backlog_forecast, catalog_eta, eta_of
from services.outlook import read_outlook
from services.submit import take_in
from storage.postgres import catalogs, fleet, jobs
from storage.postgres.database import Database
from storage.postgres.models import Artifact, CatalogTitle, Job, Step
from tests.conftest import a_spec
from tests.unit.titles import POLICY, WHOLE, analysis, media

ALL = (Resource.IO, Resource.CPU, Resource.QC)
ALIVE_S = 60.0
WORK = {"encode": ("cpu", 4.0, 100.0), "measure": ("qc", 1.0, 30.0)}
SLOWNESS = 3.0  # of the farm, against the machine of the figures


@pytest.fixture
def farm(database: Database) -> Database:
    """A farm with one worker of two cores."""
    with database.begin() as session:
        fleet.report(session, "one", ALL, 2, 8 << 30, draining=False)
    return database


def published(database: Database, count: int) -> None:
    """Write titles that were made: 130 of work each, three times as long on two cores."""
    now = datetime.now(UTC)
    with database.begin() as session:
        for number in range(count):
            job_id = submitted(database, f"past-{number}")
            session.execute(
                update(Job)
                .where(Job.id == job_id)
                .values(state="PUBLISHED", begun_at=now, finished_at=now)
            )
            session.execute(update(Step).where(Step.job_id == job_id).values(state="CANCELLED"))
            session.execute(insert(Step), [_done(job_id, kind, now) for kind in WORK])


def _done(job_id: str, kind: str, now: datetime) -> dict[str, Any]:
    resource, cores, work = WORK[kind]
    return {
        "job_id": job_id,
        "key": kind,
        "kind": kind,
        "params": {},
        "inputs": [],
        "state": "DONE",
        "resource": resource,
        "cores": cores,
        "memory_bytes": 1,
        "tenant": "default",
        "submitted_at": now,
        "finished_at": now,
        "work": work,
        "wall_s": SLOWNESS * work / min(cores, 2.0),
        "cpu_s": 2.0 * work,
    }


def submitted(database: Database, asset: str, **changes: Any) -> str:
    """Submit a title that nothing is known of, and return its job's id."""
    given = a_spec(Path("/absent.mp4"), Path("/origin"), asset=asset, ladder=POLICY, **changes)
    with database.begin() as session:
        return take_in(session, given)[0]


def of(tenant: str) -> Caller:
    return Caller("a test", tenant, frozenset(Scope))


def middle_s(eta: Eta | None) -> float:
    """Return how long the middle of a forecast is away, in seconds."""
    assert eta is not None
    assert datetime.now(UTC) < eta.earliest < eta.latest
    now = datetime.now(UTC)
    earliest_s, latest_s = ((end - now).total_seconds() for end in (eta.earliest, eta.latest))
    return float((earliest_s * latest_s) ** 0.5)


def about(seconds: float) -> Any:
    return pytest.approx(seconds, rel=0.25)


def test_the_pace_of_the_farm_is_what_its_steps_took(farm: Database) -> None:
    published(farm, 20)
    with farm.begin() as session:
        outlook = read_outlook(session, ALIVE_S)
    # Of the four cores an encode could use, the largest worker has two.
    assert outlook.paces["encode"].core_s == pytest.approx(SLOWNESS)
    assert outlook.paces["encode"].cpu_s == pytest.approx(2.0)
    assert outlook.typical is not None
    assert outlook.typical.work == pytest.approx(130.0)


def test_a_title_waits_for_those_before_it(farm: Database) -> None:
    published(farm, 20)
    first = submitted(farm, "first")
    alone_s = middle_s(eta_of(farm, LOCAL, first, ALIVE_S))
    # 150 s on both cores, 90 s on one; and the steps before it.
    assert alone_s == about(250)
    others = [submitted(farm, f"other-{number}") for number in range(4)]
    each_s = 150 + 45  # scores leave a core to others
    assert middle_s(eta_of(farm, LOCAL, others[-1], ALIVE_S)) == about(alone_s + 4 * each_s)
    assert middle_s(eta_of(farm, LOCAL, first, ALIVE_S)) == about(alone_s)
    urgent = submitted(farm, "urgent", priority=5)
    assert middle_s(eta_of(farm, LOCAL, urgent, ALIVE_S)) == about(alone_s)
    elsewhere = submitted(farm, "elsewhere", tenant="other")
    # After the urgent one it takes turns with the five others, and has had as many at its end.
    expected_s = alone_s + 2 * each_s
    assert middle_s(eta_of(farm, of("other"), elsewhere, ALIVE_S)) == about(expected_s)


def test_what_nobody_can_tell_is_not_told(database: Database) -> None:
    job_id = submitted(database, "first")
    assert eta_of(database, LOCAL, job_id, ALIVE_S) is None  # no worker, nothing known of it
    assert backlog_forecast(database, LOCAL, ALIVE_S).backlog is None
    published(database, 3)
    assert eta_of(database, LOCAL, job_id, ALIVE_S) is None  # no worker
    with database.begin() as session:
        fleet.report(session, "one", ALL, 2, 8 << 30, draining=False)
    assert eta_of(database, LOCAL, job_id, ALIVE_S) is not None
    with database.begin() as session:
        session.execute(update(Job).where(Job.id == job_id).values(state="PAUSED"))
    assert eta_of(database, LOCAL, job_id, ALIVE_S) is None
    with pytest.raises(NotFound):
        eta_of(database, of("other"), job_id, ALIVE_S)


def test_a_source_that_was_probed_tells_more_than_an_average(farm: Database) -> None:
    job_id = submitted(farm, "probed")
    assert eta_of(farm, LOCAL, job_id, ALIVE_S) is None
    source = {"sha256": "0" * 64, "media": to_json(media())}
    with farm.begin() as session:
        session.execute(
            insert(Artifact).values(fingerprint="f", kind="ingest", part=to_json(Part(source)))
        )
        session.execute(
            update(Step)
            .where(Step.job_id == job_id, Step.key == "ingest")
            .values(state="DONE", parts={"": "f"})
        )
    found = middle_s(eta_of(farm, LOCAL, job_id, ALIVE_S))
    spec = JobSpec.model_validate(_spec_of(farm, job_id))
    steps = plan_title(spec, POLICY, ("h264",), media(), analysis(), cuts=WHOLE).steps
    assert found == pytest.approx(sum(step.work or 0 for step in steps) / 2, rel=0.6)


def _spec_of(database: Database, job_id: str) -> dict[str, Any]:
    with database.begin() as session:
        job = session.get(Job, job_id)
        assert job is not None
        return job.spec


def test_a_catalog_is_done_when_all_its_titles_are(farm: Database) -> None:
    published(farm, 20)
    with farm.begin() as session:
        catalog_id = catalogs.open_named(session, "default", "spring")
        titles = [_title(catalog_id, number) for number in range(10)]
        session.execute(insert(CatalogTitle), titles)
    assert middle_s(catalog_eta(farm, LOCAL, "spring", ALIVE_S)) == about(10 * (150 + 45))
    with farm.begin() as session:
        catalogs.cancel(session, catalog_id)
    assert catalog_eta(farm, LOCAL, "spring", ALIVE_S) is None


def _title(catalog_id: str, number: int) -> dict[str, Any]:
    return {
        "catalog_id": catalog_id,
        "external_id": f"{number}",
        "tenant": "default",
        "request": {},
        "digest": "",
        "version": 1,
        "priority": 0,
        "state": "WAITING",
    }


def test_the_backlog_says_what_it_waits_for_and_what_a_worker_more_would_change(
    farm: Database,
) -> None:
    published(farm, 20)
    known = submitted(farm, "known")
    with farm.begin() as session:
        jobs.note_work(session, known, 260.0)  # its plan told: twice the average
    submitted(farm, "unknown")
    found = backlog_forecast(farm, LOCAL, ALIVE_S)
    assert (found.cores, found.seen_titles) == (2, 20)
    assert found.backlog is not None
    assert (found.backlog.bottleneck, found.backlog.more_cores) == ("cpu", 2)
    assert middle_s(found.backlog.eta) == about(3 * (150 + 45))
    assert found.backlog.wait_s == about(3 * 150)
    assert found.backlog.sooner_s == about(3 * (150 + 45) / 2)
    assert found.backlog.eta.latest - found.backlog.eta.earliest > timedelta(seconds=100)


def test_a_tenant_is_told_when_its_own_titles_are_done(farm: Database) -> None:
    published(farm, 20)
    assert backlog_forecast(farm, of("other"), ALIVE_S).backlog is None
    for number in range(10):
        submitted(farm, f"of-default-{number}")
    submitted(farm, "of-other", tenant="other")
    found = backlog_forecast(farm, of("other"), ALIVE_S).backlog
    assert found is not None
    assert middle_s(found.eta) == about(2 * (150 + 45))  # one of the others' comes between
    assert backlog_forecast(farm, of("nobody"), ALIVE_S).backlog is None


def test_nothing_is_told_of_what_nobody_does(farm: Database) -> None:
    published(farm, 20)
    submitted(farm, "first")
    with farm.begin() as session:
        fleet.report(session, "one", (Resource.IO, Resource.QC), 2, 8 << 30, draining=False)
    assert backlog_forecast(farm, LOCAL, ALIVE_S).backlog is None
