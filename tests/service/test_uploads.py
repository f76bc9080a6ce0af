"""Files that are handed in, to a directory and to S3: named in jobs, kept, and gone in the end."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from farm.errors import InvalidSource
from farm.spec import JobSpec, SubtitleSpec
from storage.postgres import control, decisions
from storage.postgres.generations import Asset
from storage.postgres.models import Decision, Job, SourceUpload, UploadUse
from tests.conftest import MakeContext
from tests.media.source_steps import spec_of
from tests.service.handing_in import Hall, a_file, folder_hall, hall, part_of, put, s3_hall
from tests.service.interrupted import NOTHING
from workers.steps import ingest

__all__ = ["folder_hall", "hall", "s3_hall"]  # fixtures

SMALL, LARGE = 70_000, (16 << 20) + 12_345  # by one request, and in two parts, on S3


@pytest.mark.parametrize("size_bytes", [SMALL, LARGE])
def test_a_file_that_was_handed_in_is_a_source_without_any_location(
    hall: Hall, size_bytes: int, tmp_path: Path
) -> None:
    content = a_file(size_bytes)
    with hall.server.client() as client:
        upload = hall.send(client, content, name="Mein Film (1).mp4")
        assert (upload["complete"], upload["send"]) == (True, None)
        assert upload["source"] == f"upload://{upload['id']}/Mein-Film-1-.mp4"
        assert client.get(f"/v1/uploads/{upload['id']}").json() == upload
        assert client.post(f"/v1/uploads/{upload['id']}/complete").json() == upload
        made = hall.submit(client, upload["source"])
        assert (made.status_code, made.json()["asset"]) == (202, "Mein-Film-1")
        elsewhere = hall.submit(client, "file:///elsewhere/film.mp4")
        assert elsewhere.json()["code"] == "location_not_allowed"
    assert hall.read(upload["source"], tmp_path / "scratch") == content


def test_a_file_is_named_only_once_all_of_it_is_there(hall: Hall) -> None:
    with hall.server.client() as client:
        upload = hall.begin(client, a_file(LARGE))
        early = hall.submit(client, upload["source"])
        assert (early.status_code, early.json()["code"]) == (422, "invalid_source")
        refused = client.post(f"/v1/uploads/{upload['id']}/complete")
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize("source", ["upload://x/film.mp4", "upload://" + "a" * 32 + "/../b"])
def test_what_is_no_upload_is_refused_by_its_field(hall: Hall, source: str) -> None:
    with hall.server.client() as client:
        refused = hall.submit(client, source)
        assert (refused.status_code, refused.json()["input"]) == (422, "source")
        unknown = hall.submit(client, f"upload://{'a' * 32}/film.mp4")
        assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid_source")


def test_another_tenant_sees_nothing_and_reads_nothing(hall: Hall, tmp_path: Path) -> None:
    content = a_file(LARGE)
    with hall.server.client("one") as one, hall.server.client("two") as two:
        done, under_way = hall.send(one, content), hall.begin(one, content)
        for upload in (done, under_way):
            place = f"/v1/uploads/{upload['id']}"
            tus = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
            answers = [
                two.get(place),
                two.head(place),
                two.put(place, content=b"x"),
                two.patch(place, content=b"x", headers=tus),
                two.post(f"{place}/parts", json={"numbers": [1]}),
                two.post(f"{place}/complete"),
                two.delete(place),
            ]
            assert [answer.status_code for answer in answers] == [404] * len(answers)
            assert hall.submit(two, upload["source"]).json()["code"] == "invalid_source"
        assert one.get(f"/v1/uploads/{done['id']}").json()["complete"] is True
    assert hall.read(done["source"], tmp_path / "mine", "one") == content
    with pytest.raises(InvalidSource, match="does not exist"):  # though it guessed the id
        hall.read(done["source"], tmp_path / "other", "two")


def test_the_same_request_with_the_same_key_begins_one_upload(hall: Hall) -> None:
    asked = {"name": "a.mp4", "size_bytes": 5}
    with hall.server.client() as client:
        headers = {"Idempotency-Key": "one"}
        answers = [client.post("/v1/uploads", json=asked, headers=headers) for _ in range(2)]
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_content_other_than_was_announced_is_refused_at_ingest(
    hall: Hall, step_context: MakeContext, title_clip: Path
) -> None:
    content = title_clip.read_bytes()
    right, wrong = hashlib.sha256(content).hexdigest(), "0" * 64
    cues = b"1\n00:00:00,000 --> 00:00:01,000\nHello\n"
    with hall.server.client() as client:
        film = {sha256: hall.send(client, content, sha256=sha256) for sha256 in (right, wrong)}
        text = hall.send(client, cues, name="en.srt", sha256=wrong)
        spec = {}
        for name, source, subtitles in (
            ("right", film[right]["source"], []),
            ("wrong", film[wrong]["source"], []),
            ("text", film[right]["source"], [{"language": "en", "uri": text["source"]}]),
        ):
            made = hall.submit(client, source, subtitles=subtitles)
            assert made.status_code == 202, made.text
            with hall.database.begin() as session:
                kept = session.get_one(Job, made.json()["id"]).spec
            spec[name] = JobSpec.model_validate(kept)
    assert spec["right"].digests == {film[right]["source"]: right}

    def ingested(name: str) -> None:
        ingest.run(step_context(spec=spec[name], other_settings=hall.settings))

    ingested("right")
    for name, source in (("wrong", film[wrong]["source"]), ("text", text["source"])):
        with pytest.raises(InvalidSource, match=f"'{source}' has the SHA-256 .*, not {wrong}"):
            ingested(name)


def test_sidecars_can_be_handed_in_as_well(
    hall: Hall, step_context: MakeContext, title_clip: Path
) -> None:
    cues = b"1\n00:00:00,000 --> 00:00:01,000\nHello\n"
    with hall.server.client() as client:
        film, text = hall.send(client, title_clip.read_bytes()), hall.send(client, cues)
    sidecar = SubtitleSpec(language="en", uri=text["source"])
    spec = spec_of(film["source"], subtitles=(sidecar,))
    products = ingest.run(step_context(spec=spec, other_settings=hall.settings)).products
    assert products["sidecar-0"].files["file"].read_bytes() == cues


def test_what_nobody_goes_on_with_is_aborted(hall: Hall) -> None:
    with hall.server.client() as client:
        content = a_file(LARGE)
        upload = hall.begin(client, content)
        place = f"/v1/uploads/{upload['id']}"
        if upload["send"]["way"] == "append":
            client.put(place, content=content[:SMALL])
        else:
            [url] = hall.urls(client, upload, 1).values()
            put(url, part_of(content, upload, 1))
        assert hall.tend() == NOTHING
        hall.age(2.0)
        assert hall.tend() == replace(NOTHING, sources=1)
        assert client.get(place).status_code == 404
        assert (hall.keys(), hall.tend()) == ([], NOTHING)
        if upload["send"]["way"] == "parts":
            assert put(url, part_of(content, upload, 1)) == 404
        hall.age(1.0)
        hall.tend()
    with hall.database.begin() as session:
        assert (
            session.connection().exec_driver_sql("SELECT count(*) FROM source_upload").scalar() == 0
        )


def test_a_file_stays_for_its_time_and_while_a_job_needs_it(hall: Hall) -> None:
    with hall.server.client() as client:
        used, unused = hall.send(client, a_file(SMALL)), hall.send(client, a_file(LARGE))
        job = hall.submit(client, used["source"]).json()["id"]
        hall.age(6.9)
        assert (hall.tend(), len(hall.keys())) == (NOTHING, 2)
        hall.age(0.2)
        assert hall.tend() == replace(NOTHING, sources=1)
        assert hall.keys() == [f"uploads/default/{used['id']}"]
        assert hall.submit(client, unused["source"]).status_code == 422
        refused = client.delete(f"/v1/uploads/{used['id']}")
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        client.post(f"/v1/jobs/{job}/cancel")
        assert hall.tend() == replace(NOTHING, sources=1)
        assert hall.keys() == []
    with hall.database.begin() as session:  # a use goes with its upload, or its job
        hall.age(1.0)
        assert session.query(UploadUse).count() == 1
        hall.tend()
        assert session.query(UploadUse).count() == 0


def test_a_file_can_be_taken_back(hall: Hall) -> None:
    with hall.server.client() as client:
        for upload in (hall.send(client, a_file(SMALL)), hall.begin(client, a_file(LARGE))):
            place = f"/v1/uploads/{upload['id']}"
            assert [client.delete(place).status_code for _ in range(2)] == [204, 404]
            assert client.get(place).status_code == 404
    assert hall.keys() == []


def test_more_than_the_farm_takes_is_refused_at_once(hall: Hall) -> None:
    def ask(client: httpx.Client, size_bytes: int) -> httpx.Response:
        return client.post("/v1/uploads", json={"name": "a.mp4", "size_bytes": size_bytes})

    with hall.server.client() as client:
        refused = ask(client, (256 << 30) + 1)
        assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
        assert refused.json()["input"] == "size_bytes"
        assert [ask(client, wrong).status_code for wrong in (0, -1, 2**70)] == [422] * 3
        whole = hall.settings.work_url is None  # a disk of this machine: not 200 GiB are free here
        fits = ask(client, 256 << 30)
        assert fits.status_code == (503 if whole else 201), json.dumps(fits.json())


def test_unfinished_uploads_of_a_tenant_are_bounded(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.uploads.OPEN_AT_ONCE", 1)
    with hall.server.client("one") as one, hall.server.client("two") as two:
        first = hall.begin(one, a_file(SMALL))
        refused = one.post("/v1/uploads", json={"name": "a", "size_bytes": 1})
        assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
        hall.begin(two, a_file(SMALL))
        one.delete(f"/v1/uploads/{first['id']}")
        hall.begin(one, a_file(SMALL))


def test_a_cancelled_or_failed_job_does_not_take_its_file_along(hall: Hall) -> None:
    with hall.server.client() as client:
        upload = hall.send(client, a_file(SMALL))
        job = hall.submit(client, upload["source"]).json()["id"]
        with hall.database.begin() as session:
            control.request_cancel(session, "default", job)
        assert hall.tend() == NOTHING
        assert hall.submit(client, upload["source"]).status_code == 202


def test_rows_of_others_are_hidden_beneath_every_query(hall: Hall) -> None:
    with hall.server.client("one") as one:
        hall.submit(one, hall.send(one, a_file(SMALL))["source"])
    with hall.database.begin() as session:
        asset = Asset("s3://out", "one", "film")
        decisions.decide(session, asset, None, "a test")
    for tenant, seen in (("one", 1), ("two", 0), ("*", 1)):
        with hall.server.database.begin(tenant) as session:
            rows = [session.query(table).count() for table in (SourceUpload, UploadUse, Decision)]
        assert rows == [seen] * 3
    for statement in ("DELETE FROM source_upload", "DELETE FROM decision"):
        with pytest.raises(ProgrammingError), hall.server.database.begin("one") as session:
            session.execute(text(statement))
    with pytest.raises(ProgrammingError), hall.server.database.begin("two") as session:
        decisions.decide(session, asset, 7, "another's")
