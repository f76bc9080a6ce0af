"""What the published report says of a title that did not pass by itself: anybody may read it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx

from tests.forked import run_reelfarm
from tests.service.command_line import path_of
from tests.service.reviewed import ASKS, FAILS, PASSES, ReviewFarm, farm, reviewer, said
from tests.service.visitor import People
from tests.waiting import wait_until

__all__ = ["farm", "reviewer"]  # fixtures

REASON = "As the master, says Mx Reviewer."
WAIVED = "Grain is meant here."


def published(farm: ReviewFarm, job_id: str) -> Path:
    """Return the folder of the generation that a job published."""
    wait_until(lambda: farm.record(job_id)["state"] == "PUBLISHED")
    return path_of(farm.record(job_id)["outputs"]["report"]).parent.parent


def approved(farm: ReviewFarm, reviewer: httpx.Client, asset: str, qc: dict[str, Any]) -> str:
    job_id = farm.submit(asset, qc)
    assert farm.at_rest(job_id)["state"] == "WAITING"
    said(reviewer, job_id, "approve", reason=REASON).raise_for_status()
    return job_id


def files_of(generation: Path) -> dict[str, dict[str, Any]]:
    """Return every file of a generation but its provenance, as that lists them."""
    there = (path for path in generation.rglob("*") if path.is_file())
    return {
        path.relative_to(generation).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "size_bytes": path.stat().st_size,
        }
        for path in there
        if path.name != "provenance.json"
    }


def test_an_approved_title_is_published_with_a_report_that_says_so_and_names_nobody(
    farm: ReviewFarm, reviewer: httpx.Client
) -> None:
    job_id = farm.waiting("told")
    waived = said(reviewer, job_id, "notes", words=WAIVED, waives="vmaf-top-p1")
    waived.raise_for_status()
    with People(farm.server) as people:
        kept = people.signed_in().get(f"/reports/{job_id}/index.html").text
    said(reviewer, job_id, "approve", reason=REASON).raise_for_status()
    generation = published(farm, job_id)
    page = (generation / "report/index.html").read_text("utf-8")
    document = json.loads((generation / "report/report.json").read_text("utf-8"))

    assert "<strong>To be decided</strong>" in kept
    assert "<strong>Approved</strong>" in page
    assert "A person looked at the title and approved what the policy asked about." in page
    assert "VMAF of the best rung, 5th percentile" in page
    assert (document["verdict"], document["approved"]) == (
        *("review", ["vmaf-top-p5", "vmaf-top-p1"]),
    )
    record = farm.record(job_id)
    private = (REASON, WAIVED, record["review"]["decided_by"], record["review"]["decided_at"])
    for text in (page, json.dumps(document), (generation / "provenance.json").read_text("utf-8")):
        assert [each for each in private if each in text] == []
    # But for that it is the same report: every picture, figure and score.
    assert page.count("data:image/jpeg;base64,") == kept.count("data:image/jpeg;base64,") > 0
    assert (
        page.split('<main id="main">')[1].split('<h2 id="checks"')[0]
        == (kept.split('<main id="main">')[1].split('<h2 id="checks"')[0])
    )


def test_provenance_holds_the_report_as_it_was_published(
    farm: ReviewFarm, reviewer: httpx.Client
) -> None:
    generation = published(farm, approved(farm, reviewer, "proven", ASKS))
    provenance = json.loads((generation / "provenance.json").read_text("utf-8"))
    assert provenance["files"] == files_of(generation)
    assert provenance["qc"]["verdict"] == "review"
    held = run_reelfarm(["reproduce", str(generation), "--json"]).record
    assert {name: held[name]["outcome"] for name in ("qc", "content", "files")} == dict.fromkeys(
        ("qc", "content", "files"), "same"
    )


def test_the_farm_shows_of_an_approved_title_the_report_that_was_published(
    farm: ReviewFarm, reviewer: httpx.Client
) -> None:
    job_id = farm.waiting("shown-report")

    def shown() -> dict[str, bytes]:
        with People(farm.server) as people:
            somebody, names = people.signed_in(), ("index.html", "report.json")
            return {name: somebody.get(f"/reports/{job_id}/{name}").content for name in names}

    waited_with = shown()
    said(reviewer, job_id, "approve", reason=REASON).raise_for_status()
    generation = published(farm, job_id)
    after = shown()
    assert after == {name: (generation / "report" / name).read_bytes() for name in after}
    assert [name for name in after if after[name] == waited_with[name]] == []


def test_a_title_that_was_always_to_be_seen_is_approved_as_a_whole(
    farm: ReviewFarm, reviewer: httpx.Client
) -> None:
    asked = {**PASSES, "publish": "review-always"}
    generation = published(farm, approved(farm, reviewer, "whole", asked))
    assert "approved all of it" in (generation / "report/index.html").read_text("utf-8")
    document = json.loads((generation / "report/report.json").read_text("utf-8"))
    assert document["approved"] == []


def test_what_is_published_whatever_it_is_says_what_failed_and_why_it_is_there(
    farm: ReviewFarm,
) -> None:
    job_id = farm.submit("let-out", {**FAILS, "name": "lax", "publish": "ungated"})
    generation = published(farm, job_id)
    page = (generation / "report/index.html").read_text("utf-8")
    assert "<strong>Failed</strong>" in page
    assert "Published all the same: policy lax lets out whatever checks find." in page
    assert "at least 99.5 is asked for" in page
    document = json.loads((generation / "report/report.json").read_text("utf-8"))
    assert (document["verdict"], document["approved"]) == ("rejected", None)
