"""Clips of titles that are to be looked at: over the API, in parts, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from farm.access import Scope
from tests.forked import run_reelfarm
from tests.service.reviewed import (
    FAILS,
    PASSES,
    ReviewFarm,
    another,
    farm,
    reviewer,
    said,
)
from tests.service.visitor import People
from tests.waiting import HANGS_AFTER_S, wait_until

__all__ = ["another", "farm", "reviewer"]  # fixtures


def published_files(farm: ReviewFarm, asset: str) -> set[str]:
    folder = farm.origin / "default" / asset
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_a_title_that_waits_has_clips_and_what_is_published_has_none(
    farm: ReviewFarm, reviewer: httpx.Client
) -> None:
    job_id = farm.waiting("clipped")
    clips = reviewer.get(f"/v1/jobs/{job_id}/clips").raise_for_status().json()["clips"]
    assert 1 <= len(clips) <= 3
    first = clips[0]
    [rendition] = farm.record(job_id)["renditions"]
    assert (first["name"], first["rung"], first["fps"]) == ("0", rendition["name"], "25/1")
    assert first["at_s"] == first["worst_frame"] / 25
    assert first["first_frame"] <= first["worst_frame"] < first["first_frame"] + first["frames"]
    assert first["frames"] == 50
    assert (first["source_skip"], first["encode_skip"]) == (0, first["first_frame"] % 50)
    assert first["source"] == f"/v1/jobs/{job_id}/clips/0-source.mp4"
    assert first["encode"] == f"/v1/jobs/{job_id}/clips/0-encode.mp4"
    assert first["delivered"] is True
    for path in (first["source"], first["encode"]):
        whole = reviewer.get(path)
        assert (whole.status_code, whole.headers["Content-Type"]) == (200, "video/mp4")
        assert whole.headers["Accept-Ranges"] == "bytes"
        assert whole.content[4:8] == b"ftyp"

    said(reviewer, job_id, "approve", reason="As the master.").raise_for_status()
    wait_until(lambda: farm.record(job_id)["state"] == "PUBLISHED", HANGS_AFTER_S)
    published = published_files(farm, "clipped")
    assert "provenance.json" in published
    assert not {name for name in published if name.endswith(("-source.mp4", "-encode.mp4"))}
    assert "clips" not in farm_provenance(farm, "clipped")


def farm_provenance(farm: ReviewFarm, asset: str) -> str:
    [path] = (farm.origin / "default" / asset).rglob("provenance.json")
    return " ".join(json.loads(path.read_text())["files"])


def test_a_clip_is_sent_in_the_parts_that_players_ask_for(
    farm: ReviewFarm, reviewer: httpx.Client
) -> None:
    job_id = farm.waiting("in-parts")
    path = f"/v1/jobs/{job_id}/clips/0-encode.mp4"
    whole = reviewer.get(path)
    size, tag = len(whole.content), whole.headers["ETag"]

    def part(asked: str, **headers: str) -> httpx.Response:
        return reviewer.get(path, headers={"Range": asked, **headers})

    some = part("bytes=10-99")
    assert (some.status_code, some.content) == (206, whole.content[10:100])
    assert some.headers["Content-Range"] == f"bytes 10-99/{size}"
    last = part("bytes=-50")
    assert (last.status_code, last.content) == (206, whole.content[-50:])
    all_of_it = part("bytes=0-")
    assert (all_of_it.status_code, all_of_it.content) == (206, whole.content)
    beyond = part(f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    several = part("bytes=0-1,5-6")
    assert (several.status_code, several.content) == (200, whole.content)
    assert part("bytes=0-1", **{"If-Range": tag}).status_code == 206
    assert part("bytes=0-1", **{"If-Range": '"another"'}).status_code == 200


def test_clips_are_for_those_who_may_read_the_title(farm: ReviewFarm) -> None:
    job_id = farm.waiting("whose")
    places = (f"/v1/jobs/{job_id}/clips", f"/v1/jobs/{job_id}/clips/0-source.mp4")
    with (
        farm.server.client(scopes=(Scope.READ,)) as reader,
        farm.server.client(scopes=(Scope.SUBMIT,)) as submitter,
        farm.server.client("stranger") as stranger,
        httpx.Client(base_url=farm.server.url, trust_env=False) as nobody,
    ):
        for place in places:
            asked = (reader, submitter, stranger, nobody)
            statuses = [client.get(place).status_code for client in asked]
            assert statuses == [200, 403, 404, 401]
    with People(farm.server) as people:
        page = people.signed_in(scopes=(Scope.READ,))
        for place in places:
            assert page.get(place).status_code == 200


def test_a_title_without_clips_says_why(farm: ReviewFarm, reviewer: httpx.Client) -> None:
    passed = farm.submit("without", PASSES)
    assert farm.at_rest(passed)["state"] == "PUBLISHED"
    for place in ("clips", "clips/0-source.mp4"):
        answer = reviewer.get(f"/v1/jobs/{passed}/{place}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.json()["detail"].startswith("without has no clips: it passed")
    rejected = farm.submit("quarantined", FAILS)
    assert farm.at_rest(rejected)["state"] == "REJECTED"
    assert reviewer.get(f"/v1/jobs/{rejected}/clips").status_code == 200
    absent = reviewer.get(f"/v1/jobs/{rejected}/clips/9-source.mp4")
    assert absent.json()["detail"] == "no clip of quarantined has a file '9-source.mp4'"


def test_the_command_lists_clips_and_fetches_them(farm: ReviewFarm, tmp_path: Path) -> None:
    job_id = farm.waiting("fetched")
    here = farm.server.environment("default", (Scope.READ,))
    ran = run_reelfarm(["clips", job_id, "--to", str(tmp_path / "clips")], environment=here)
    assert ran.status == 0, ran.stderr
    files = sorted(path.name for path in (tmp_path / "clips").iterdir())
    assert files[:2] == ["0-encode.mp4", "0-source.mp4"]
    assert ran.stdout.splitlines()[0].startswith("0  h264-90p-150k  ")
    assert str(tmp_path / "clips" / "0-source.mp4") in ran.stdout.splitlines()
    listed = run_reelfarm(["clips", job_id, "--json"], environment=here)
    assert len(listed.record["clips"]) * 2 == len(files)
    (tmp_path / "file").touch()
    refused = run_reelfarm(["clips", job_id, "--to", str(tmp_path / "file")], environment=here)
    assert refused.status == 2
    assert "give a folder to write to" in refused.stderr
