"""The invariants themselves: on a farm that is well they hold, and each notices what breaks it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sqlalchemy import update

from storage.postgres.models import Job, Step, Upload
from tests.faults import history, invariants
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.leftovers import stray_objects, stray_processes


def test_every_invariant_notices_what_breaks_it(make_farm: MakeFarm, make_spec: MakeSpec) -> None:
    farm = make_farm(workers=1)
    job_id = farm.submit(make_spec(farm))
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    essence = invariants.essence(farm.record(job_id))
    invariants.check_all(farm, essence)
    assert invariants.different(farm, {**essence, "verdict": "fail"})

    origin, work = Path(farm.places.origin), Path(farm.places.work)
    segment = next(origin.rglob("*.m4s"))
    content = segment.read_bytes()
    segment.write_bytes(b"")
    assert [line for line in invariants.broken_titles(farm) if "empty" in line]
    segment.unlink()
    assert [line for line in invariants.broken_titles(farm) if "not there" in line]
    segment.write_bytes(content)
    assert invariants.broken_titles(farm) == []

    for stray in (
        origin / "default" / "title" / "g9-00000000" / "0.m4s",
        origin / ".reelfarm" / "incoming" / "half",
        work / "work" / "00" / "stray",
    ):
        stray.parent.mkdir(parents=True, exist_ok=True)
        stray.touch()
        assert len(stray_objects(farm)) == 1, stray
        stray.unlink()
    with farm.database.begin() as session:
        session.add(Upload(folder="work/x", step_id=1, epoch=1))
    assert stray_objects(farm) == ["upload of work/x is still noted"]

    orphan = subprocess.Popen(["sleep", "60"], cwd=farm.folder)
    assert [line for line in stray_processes(farm, 0.5) if f"process {orphan.pid} " in line]
    orphan.kill()
    orphan.wait()
    assert stray_processes(farm) == []

    assert invariants.false_reports(farm) == []
    with farm.workers[0].log.open("a") as log:
        log.write(f" {job_id} encode:0 done, epoch 7, made nothing\n")
    assert len(invariants.false_reports(farm)) == 1

    with farm.database.begin() as session:
        for state in ("RUNNING", "DONE"):
            session.execute(update(Step).where(Step.key == "analyze").values(state=state))
    rules = history.broken_rules(farm.database)
    assert [line for line in rules if "no rule allows" in line]
    assert [line for line in rules if "completed 2 times under epoch" in line]
    with farm.database.begin() as session:
        session.execute(update(Step).where(Step.key == "audio").values(state="QUEUED"))
        session.execute(update(Job).values(state="RUNNING"))
    assert len(invariants.unended_jobs(farm)) == 1
