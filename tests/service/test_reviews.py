"""Titles that wait for a person: over the API, while workers go on with others."""

from __future__ import annotations

import httpx

from farm.access import Scope
from tests.service.command_line import path_of
from tests.service.reviewed import (
    ASKS,
    FAILS,
    LADDER,
    PASSES,
    ReviewFarm,
    another,
    farm,
    reviewer,
    said,
)
from tests.service.visitor import People
from tests.waiting import wait_until

__all__ = ["another", "farm", "reviewer"]  # fixtures


def types(farm: ReviewFarm, job_id: str) -> list[str]:
    with farm.server.client() as client:
        page = client.get("/v1/events", params={"job": job_id, "limit": 200}).json()
    return [each["type"] for each in page["events"]]


def test_a_title_that_asks_for_a_person_is_published_once_it_is_approved(
    farm: ReviewFarm, reviewer: httpx.Client
) -> None:
    job_id = farm.waiting("approved")
    record = farm.record(job_id)
    assert [check["rule"] for check in record["review"]["asked"]] == ["vmaf-top-p5", "vmaf-top-p1"]
    assert record["qc"]["verdict"] == "review"
    assert record["outputs"] is None
    assert farm.live("approved") is None
    listed = reviewer.get("/v1/reviews").json()["items"]
    assert [each["asset"] for each in listed if each["job_id"] == job_id] == ["approved"]

    answer = said(reviewer, job_id, "approve", reason="As the master.")
    assert answer.json()["verdict"] == "approved"
    wait_until(lambda: farm.record(job_id)["state"] == "PUBLISHED")
    record = farm.record(job_id)
    assert farm.live("approved") is not None
    assert record["review"]["reason"] == "As the master."
    [publish] = [step for step in record["steps"] if step["key"] == "publish"]
    assert (publish["state"], publish["attempts"]) == ("DONE", 1)
    told = types(farm, job_id)
    assert told.index("review.asked") < told.index("review.approved") < told.index("job.published")
    assert [each["job_id"] for each in reviewer.get("/v1/reviews").json()["items"]] == []
    late = said(reviewer, job_id, "reject", reason="Too late.")
    assert late.status_code == 409
    assert "it was approved already" in late.json()["detail"]


def test_a_rejection_publishes_nothing_and_leaves_live_what_was(
    farm: ReviewFarm, reviewer: httpx.Client
) -> None:
    assert farm.at_rest(farm.submit("kept", PASSES))["state"] == "PUBLISHED"
    before = farm.live("kept")
    job_id = farm.waiting("kept")
    assert farm.live("kept") == before
    assert said(reviewer, job_id, "reject", reason="Blocks at 0:03.").status_code == 200
    record = farm.at_rest(job_id)
    assert (record["state"], record["error"]["code"]) == ("REJECTED", "review_rejected")
    assert record["error"]["message"].endswith("nothing was published: Blocks at 0:03.")
    assert farm.live("kept") == before
    assert types(farm, job_id)[-1] == "job.rejected"


def test_what_fails_leaves_live_what_was_and_asks_nobody(farm: ReviewFarm) -> None:
    assert farm.at_rest(farm.submit("failing", PASSES))["state"] == "PUBLISHED"
    before = farm.live("failing")
    record = farm.at_rest(farm.submit("failing", FAILS))
    assert (record["state"], record["error"]["code"]) == ("REJECTED", "quality_rejected")
    assert record["review"] is None
    assert farm.live("failing") == before


def test_ungated_publishes_what_fails_and_says_so(farm: ReviewFarm) -> None:
    record = farm.at_rest(farm.submit("ungated", {**FAILS, "publish": "ungated"}))
    assert (record["state"], record["qc"]["verdict"]) == ("PUBLISHED", "rejected")
    assert farm.live("ungated") is not None


def test_review_always_asks_about_all_of_a_title_that_passes(
    farm: ReviewFarm, reviewer: httpx.Client
) -> None:
    job_id = farm.submit("always", {**PASSES, "publish": "review-always"})
    record = farm.at_rest(job_id)
    assert (record["state"], record["review"]["asked"]) == ("WAITING", [])
    said(reviewer, job_id, "approve", reason="Seen.").raise_for_status()
    wait_until(lambda: farm.record(job_id)["state"] == "PUBLISHED")


def test_who_has_a_review_keeps_others_from_deciding_until_it_is_taken_over(
    farm: ReviewFarm, reviewer: httpx.Client, another: httpx.Client
) -> None:
    job_id = farm.waiting("claimed")
    mine = said(reviewer, job_id, "claim").json()["claimed_by"]
    assert said(reviewer, job_id, "claim").status_code == 200
    for what, body in (
        ("claim", {}),
        ("approve", {"reason": "Mine."}),
        ("reject", {"reason": "Mine."}),
        ("notes", {"words": "Mine.", "waives": "vmaf-top-p5"}),
    ):
        refused = said(another, job_id, what, **body)
        assert refused.status_code == 409
        assert refused.json()["detail"].startswith(f"{mine} reviews job {job_id}: take it over")
    theirs = said(another, job_id, "claim", take_over=True).json()["claimed_by"]
    assert theirs != mine
    assert said(reviewer, job_id, "approve", reason="Mine.").status_code == 409
    given_back = another.delete(f"/v1/jobs/{job_id}/review/claim")
    assert given_back.json()["claimed_by"] is None
    assert said(reviewer, job_id, "reject", reason="Mine again.").status_code == 200


def test_comments_and_waivers_stay_with_the_title_and_the_audit_log_has_who(
    farm: ReviewFarm, reviewer: httpx.Client
) -> None:
    job_id = farm.waiting("discussed")
    said(reviewer, job_id, "notes", words="Soft here.", time_s=3.2).raise_for_status()
    said(reviewer, job_id, "notes", words="Meant so.", waives="vmaf-top-p1").raise_for_status()
    twice = said(reviewer, job_id, "notes", words="Meant so.", waives="vmaf-top-p1")
    assert twice.status_code == 409
    unknown = said(reviewer, job_id, "notes", words="Meant so.", waives="black")
    assert unknown.status_code == 422
    assert "there is vmaf-top-p5, vmaf-top-p1" in unknown.json()["detail"]
    both = said(reviewer, job_id, "notes", words="x", waives="vmaf-top-p5", time_s=1)
    assert both.status_code == 422
    for reason in ("  ", "x" * 2001, "a\0b"):
        assert said(reviewer, job_id, "approve", reason=reason).status_code == 422
    assert farm.record(job_id)["state"] == "WAITING"  # a waiver alone publishes nothing
    said(reviewer, job_id, "reject", reason="After all.").raise_for_status()
    notes = farm.record(job_id)["review"]["notes"]
    assert [(each["words"], each["time_s"], each["waives"]) for each in notes] == [
        ("Soft here.", 3.2, None),
        ("Meant so.", None, "vmaf-top-p1"),
    ]
    with farm.server.client() as admin:
        asked = {"target": job_id, "action": "review."}
        entries = admin.get("/v1/audit", params=asked).json()["items"]
    assert [each["action"] for each in reversed(entries)] == [
        "review.commented",
        "review.waived",
        "review.rejected",
    ]
    assert {each["actor"] for each in entries} == {notes[0]["by"]}


def test_only_keys_that_may_review_decide_and_none_of_another_tenant(farm: ReviewFarm) -> None:
    job_id = farm.waiting("guarded")
    with farm.server.client(scopes=(Scope.READ, Scope.SUBMIT)) as submitter:
        assert said(submitter, job_id, "approve", reason="Mine.").status_code == 403
        assert submitter.get(f"/v1/jobs/{job_id}/review").status_code == 200
    with farm.server.client("stranger") as stranger:
        assert said(stranger, job_id, "approve", reason="Mine.").status_code == 404
        assert stranger.get(f"/v1/jobs/{job_id}/review").status_code == 404
        assert stranger.get("/v1/reviews").json()["items"] == []
    with farm.server.client() as owner:
        paused = owner.post(f"/v1/jobs/{job_id}/pause")
        assert paused.status_code == 409
        assert "waits for a person's verdict" in paused.json()["detail"]
        owner.post(f"/v1/jobs/{job_id}/cancel").raise_for_status()
        assert owner.get("/v1/reviews").json()["items"] == []
    record = farm.record(job_id)
    assert record["state"] == "CANCELLED"
    assert {step["state"] for step in record["steps"] if step["key"] == "publish"} == {"CANCELLED"}


def test_a_job_that_nobody_was_asked_about_has_no_review(
    farm: ReviewFarm, reviewer: httpx.Client
) -> None:
    job_id = farm.submit("plain", PASSES)
    farm.at_rest(job_id)
    absent = reviewer.get(f"/v1/jobs/{job_id}/review")
    assert absent.status_code == 404
    assert said(reviewer, job_id, "approve", reason="Why not.").status_code == 409


def test_a_webhook_of_the_job_is_told_that_somebody_has_to_look(farm: ReviewFarm) -> None:
    job_id = farm.submit("hooked", ASKS, webhook="https://nobody.test/hook")
    assert farm.at_rest(job_id)["state"] == "WAITING"
    with farm.server.client() as owner:
        owed = owner.get("/v1/deliveries", params={"job": job_id}).json()["items"]
        owner.post(f"/v1/jobs/{job_id}/cancel").raise_for_status()
    assert "review.asked" in {each["type"] for each in owed}


def test_titles_of_a_catalog_that_wait_for_a_person_hold_up_no_others(farm: ReviewFarm) -> None:
    rows = "\n".join(
        f'{{"source": "{farm.clip}", "origin": "{farm.origin}", "external_id": "{n}",'
        f' "asset": "in-catalog-{n}", "ladder": "small", "qc": "asks"}}'
        for n in range(2)
    )
    with farm.server.client() as owner:
        owner.put("/v1/ladders/small", json=LADDER).raise_for_status()
        owner.put("/v1/qc-policies/asks", json=ASKS).raise_for_status()
        headers = {"Content-Type": "application/x-ndjson"}
        params = {"name": "reviewed"}
        receipt = owner.post("/v1/catalogs", params=params, content=rows, headers=headers)
        receipt.raise_for_status()

        def states() -> list[str]:
            page = owner.get("/v1/catalogs/reviewed/titles").json()["items"]
            return [each["state"] for each in page]

        wait_until(lambda: states() == ["REVIEW", "REVIEW"])
        assert farm.at_rest(farm.submit("beside-reviews", PASSES))["state"] == "PUBLISHED"
        assert states() == ["REVIEW", "REVIEW"]
        jobs = owner.get("/v1/jobs", params={"catalog": "reviewed"}).json()["items"]
        for job in jobs:
            said(owner, job["id"], "approve", reason="Fine.").raise_for_status()
        wait_until(lambda: states() == ["PUBLISHED", "PUBLISHED"])
        ended = owner.get("/v1/jobs", params={"catalog": "reviewed"}).json()["items"]
        assert {job["state"] for job in ended} == {"PUBLISHED"}


def test_the_page_of_a_title_shows_what_to_decide_and_takes_the_verdict(farm: ReviewFarm) -> None:
    job_id = farm.waiting("on-a-page")
    with People(farm.server) as people:
        somebody = people.signed_in()
        assert "Look at it and decide" in somebody.get(f"/titles/{job_id}").text
        page = somebody.get(f"/titles/{job_id}/qc").text
        assert "VMAF of the best rung, 5th percentile" in page
        assert "claimed by nobody" in page
        assert 'value="approve"' in page
        assert "1 title needs a person" in somebody.get("/farm").text
        answer = somebody.post(
            f"/titles/{job_id}/review", action="comment", words="Soft.", time="0:03.5"
        )
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/titles/{job_id}/qc#review-title"
        assert "Soft." in somebody.get(f"/titles/{job_id}/qc").text
        wrong = somebody.post(f"/titles/{job_id}/review", action="comment", words="x", time="soon")
        assert wrong.status_code == 422
        somebody.post(f"/titles/{job_id}/review", action="approve", words="Good.")
        wait_until(lambda: farm.record(job_id)["state"] == "PUBLISHED")
        assert "approved by" in somebody.get(f"/titles/{job_id}").text
        reader = people.signed_in(scopes=(Scope.READ,))
        assert 'value="approve"' not in reader.get(f"/titles/{job_id}/qc").text
        refused = reader.post(f"/titles/{job_id}/review", action="approve", words="Mine.")
        assert refused.status_code == 403
        # Here, too, the report is that of the published title, which says what became of it.
        report = somebody.get(f"/reports/{job_id}/index.html").text
        assert report == path_of(farm.record(job_id)["outputs"]["report"]).read_text("utf-8")
        assert "A person looked at the title and approved" in report
