"""Reports of titles, published or not, for those who may see the title."""

from __future__ import annotations

from pathlib import Path

import pytest

from farm.access import LOCAL, Caller, Scope
from farm.errors import NotFound
from farm.facts import Published
from farm.parts import FileRef, Part
from farm.plan import StepPlan
from farm.serial import to_json
from farm.states import JobState
from services.reports import read_report
from storage.objects.store import Headers
from storage.postgres import leases, snapshots, uploads
from tests.service.retained import COST, OldFarm, farm

__all__ = ["farm"]  # a fixture

PAGE = b"<!doctype html><title>QC</title>"
OTHER = Caller("another", "other", frozenset(Scope))


def rejected(farm: OldFarm) -> str:
    """Submit a title whose report was written, and that was rejected then."""
    job_id = farm.submit(StepPlan("verify", "verify"), StepPlan("publish", "publish"))
    claimed = farm.claim(job_id, "verify")
    folder = f"work/ab/abc/{claimed.step_id}-{claimed.epoch}"
    with farm.database.begin() as session:
        uploads.begin(session, folder, claimed.step_id, claimed.epoch)
    info = farm.work.put_bytes(f"{folder}/report/index.html", PAGE, Headers())
    part = Part({}, {"report/index.html": FileRef(info.key, info.sha256, len(PAGE))})
    with farm.database.begin() as session:
        leases.complete(session, claimed, {"": ("abc", part)}, {"": "abc"}, (), COST)
    farm.end(job_id, JobState.REJECTED)
    return job_id


def test_the_report_of_a_rejected_title_is_read_while_it_is_kept(farm: OldFarm) -> None:
    job_id = rejected(farm)

    def read(name: str = "index.html", caller: Caller = LOCAL) -> bytes:
        return read_report(farm.database, caller, job_id, name, farm.settings)

    assert read() == PAGE
    for name in ("absent.png", "../report/index.html", ""):
        with pytest.raises(NotFound, match="has no report with a file"):
            read(name)
    with pytest.raises(NotFound, match="no job"):
        read(caller=OTHER)
    farm.age(31)
    farm.let_go()
    farm.keep_house()
    with pytest.raises(NotFound, match="is gone: submit the title again"):
        read()


def test_a_title_without_a_report_says_so(farm: OldFarm) -> None:
    with pytest.raises(NotFound, match="has no report"):
        read_report(farm.database, LOCAL, farm.submit(), "index.html", farm.settings)


def test_the_report_of_a_published_title_is_read_from_its_generation_in_the_end(
    farm: OldFarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # its origin is the folder "out"
    job_id = farm.submit(StepPlan("verify", "verify"), StepPlan("publish", "publish"))
    with farm.database.begin() as session:
        asset = snapshots.job_snapshot(session, LOCAL.tenant, job_id).asset
    prefix = f"default/{asset}/g1-aaaaaaaa"
    report = tmp_path / "out" / prefix / "report" / "index.html"
    report.parent.mkdir(parents=True)
    report.write_bytes(PAGE)
    facts = Published("master.m3u8", "manifest.mpd", "report", prefix, 1, 1, 1)
    kept = {"report/index.html": FileRef("work/ab/gone", "", 1)}
    for key, part in (("verify", Part({}, kept)), ("publish", Part(to_json(facts)))):
        claimed = farm.claim(job_id, key)
        with farm.database.begin() as session:
            leases.complete(session, claimed, {"": (key, part)}, {"": key}, (), COST)
    settings = farm.settings.model_copy(update={"origins": "any"})
    assert read_report(farm.database, LOCAL, job_id, "index.html", settings) == PAGE
    report.unlink()
    with pytest.raises(NotFound, match="is gone: submit the title again"):
        read_report(farm.database, LOCAL, job_id, "index.html", settings)
