"""Ingest by event over HTTP: new objects become jobs once, however often and at once."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from farm.access import Scope
from farm.settings import Settings
from services import ingest_turns
from storage.objects.s3_client import s3_client
from storage.postgres.database import Database
from storage.postgres.models import Job
from storage.wakeups import Wakeups
from tests.conftest import S3
from tests.service.api_server import ApiServer, api_server
from tests.unit.notifications import (
    Message,
    amazon,
    ceph,
    event_bridge,
    minio,
    sns,
    sns_confirmation,
)

SHAPES: list[Callable[..., Message]] = [
    amazon,
    minio,
    ceph,
    event_bridge,
    lambda *where: sns(amazon(*where)),
]
ORIGIN = "/tmp/reelfarm-test-origin"
TEMPLATE = {"origin": ORIGIN, "asset": "{path}", "metadata": {"came_as": "{name}"}}
RULE = {
    "bucket": "farm",
    "prefix": "in/",
    "settle_s": 0,
    "template": TEMPLATE,
}


def put_rule(client: httpx.Client, name: str = "films", **changes: Any) -> dict[str, Any]:
    answer = client.put(f"/v1/ingest/rules/{name}", json={**RULE, **changes})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def tell(client: httpx.Client, message: Message | list[Message]) -> dict[str, Any]:
    headers = {"Content-Type": "text/plain; charset=UTF-8"}  # as SNS does
    answer = client.post("/v1/ingest/s3", content=json.dumps(message), headers=headers)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def statuses(answer: dict[str, Any]) -> list[str]:
    return [record["status"] for record in answer["records"]]


class FolderInBucket:
    """A prefix of a test's own in the real bucket, and the farm that reads it."""

    def __init__(self, s3: S3) -> None:
        self.prefix = f"{uuid4().hex}/"
        self.settings = s3.settings
        self._bucket = s3.bucket

    def put(self, name: str, content: bytes = b"x") -> str:
        """Store an object as a content team does; return its key."""
        key = f"{self.prefix}{name}"
        s3_client(self.settings).put_object(Bucket=self._bucket, Key=key, Body=content)
        return key


@pytest.fixture
def folder(s3: S3) -> FolderInBucket:
    return FolderInBucket(s3)


def begin(database: Database, wakeups: Wakeups, settings: Settings) -> int:
    return ingest_turns.begin_settled(database, wakeups, settings)


def test_new_objects_in_every_shape_become_jobs_with_their_sidecars(
    api: ApiServer, database: Database, wakeups: Wakeups, folder: FolderInBucket
) -> None:
    beside = ["en.srt", "de.forced.vtt", "de.sdh.vtt", "chapters.vtt", "jpg", "klingonese.srt"]
    names = [f"film+{n} 100%" for n in range(len(SHAPES))]
    for name in names:
        for suffix in ("mp4", *beside):
            folder.put(f"{name}.{suffix}")
    folder.put(f"{names[0]}.en.srt/deeper.en.srt")
    with api.client() as client:
        put_rule(client, prefix=folder.prefix)
        for name, shape in zip(names, SHAPES, strict=True):
            told = tell(client, shape(f"{folder.prefix}{name}.mp4"))
            assert statuses(told) == ["accepted"]
            assert told["records"][0]["rule"] == "films"
        assert begin(database, wakeups, folder.settings) == len(SHAPES)
        jobs = client.get("/v1/jobs").json()["items"]
        assert sorted(job["asset"] for job in jobs) == [f"film-{n}-100" for n in range(len(SHAPES))]
        record = client.get(f"/v1/jobs/{jobs[-1]['id']}").json()
        objects = client.get("/v1/ingest/objects").json()["items"]
    assert {each["state"] for each in objects} == {"TAKEN"}
    assert sorted(each["job"] for each in objects) == sorted(job["id"] for job in jobs)
    there = f"s3://farm/{folder.prefix}{names[0]}"
    assert record["metadata"] == {"came_as": f"{names[0]}.mp4"}
    spec = spec_of(database, jobs[-1]["id"])
    assert spec["source"] == f"{there}.mp4"
    assert spec["chapters"] == f"{there}.chapters.vtt"
    assert spec["versions"] == {"ingest": 1}
    asked = [
        (each["uri"], each["language"], each["forced"], each["hearing_impaired"])
        for each in spec["subtitles"]
    ]
    assert asked == [
        (f"{there}.de.forced.vtt", "de", True, False),
        (f"{there}.de.sdh.vtt", "de", False, True),
        (f"{there}.en.srt", "en", False, False),
    ]


def test_the_same_notification_makes_nothing_again_forever(
    api: ApiServer, database: Database, wakeups: Wakeups, folder: FolderInBucket
) -> None:
    key = folder.put("a.mp4")
    with api.client() as client:
        put_rule(client, prefix=folder.prefix)
        assert statuses(tell(client, [amazon(key), sns(amazon(key))])) == ["accepted", "duplicate"]
        assert statuses(tell(client, amazon(key))) == ["duplicate"]
        assert begin(database, wakeups, folder.settings) == 1
        job = client.get("/v1/jobs").json()["items"][0]["id"]
        client.post(f"/v1/jobs/{job}/cancel")
        with database.begin() as session:  # retention forgets the job, and not what it came from
            session.execute(text("TRUNCATE job CASCADE"))
        for _ in range(3):
            again = tell(client, amazon(key))
            assert statuses(again) == ["duplicate"]
            assert again["records"][0]["job"] == job
            assert begin(database, wakeups, folder.settings) == 0
        assert client.get("/v1/jobs").json()["items"] == []
        put_again = tell(client, amazon(key, sequencer="0069282A1F4B3C9D11"))
        assert statuses(put_again) == ["accepted"]


def test_of_two_notifications_at_once_one_makes_the_job(
    api: ApiServer, database: Database, wakeups: Wakeups, folder: FolderInBucket
) -> None:
    keys = [folder.put(f"{n}.mp4") for n in range(6)]
    with api.client() as client:
        put_rule(client, prefix=folder.prefix)
        batches = [[amazon(key) for key in order] for order in [keys, keys[::-1]] * 2]
        with ThreadPoolExecutor(len(batches)) as pool:
            answers = list(pool.map(lambda batch: tell(client, batch), batches))
        assert sum(answer["accepted"] for answer in answers) == len(keys)
        assert sum(answer["duplicate"] for answer in answers) == 3 * len(keys)
        # So many reconcilers at once, too.
        with ThreadPoolExecutor(3) as pool:
            passes = [pool.submit(begin, database, wakeups, folder.settings) for _ in range(3)]
            assert sum(each.result() for each in passes) == len(keys)
        assert len(client.get("/v1/jobs").json()["items"]) == len(keys)


def test_sidecars_may_come_until_the_object_has_settled(
    api: ApiServer, database: Database, wakeups: Wakeups, folder: FolderInBucket
) -> None:
    key = folder.put("a.mp4")
    with api.client() as client:
        put_rule(client, prefix=folder.prefix, settle_s=3600)
        tell(client, amazon(key))
        assert begin(database, wakeups, folder.settings) == 0
        [waits] = client.get("/v1/ingest/objects", params={"state": "WAITING"}).json()["items"]
        assert (waits["key"], waits["job"]) == (key, None)
        late = tell(client, amazon(folder.put("a.fr.srt")))["records"][0]
        assert late["status"] == "ignored"
        assert "with the media it lies beside" in late["why"]
        settle(database)
        assert begin(database, wakeups, folder.settings) == 1
        [job] = client.get("/v1/jobs").json()["items"]
        assert "a.fr.srt" in json.dumps(spec_of(database, job["id"])["subtitles"])
        assert client.get("/v1/ingest/objects", params={"state": "WAITING"}).json()["items"] == []


def settle(database: Database) -> None:
    with database.begin() as session:
        session.execute(text("UPDATE ingest_object SET due_at = now()"))


def spec_of(database: Database, job_id: str) -> dict[str, Any]:
    with database.begin() as session:
        job = session.get(Job, job_id)
        assert job is not None
        return job.spec


def test_each_record_is_answered_with_what_became_of_it(api: ApiServer) -> None:
    with api.client() as client:
        put_rule(client)
        put_rule(client, "off", prefix="off/", enabled=False)
        batch = [
            amazon("in/a.mp4"),
            amazon("in/a.mp4", eventName="ObjectRemoved:Delete"),
            amazon("elsewhere/a.mp4"),
            amazon("off/a.mp4"),
            minio("in/a.pdf"),
            ceph("in/folder/"),
            ceph("in/empty.mp4", size=0),
            event_bridge("in/a.mp4", "another"),
            amazon("in/a.mp4", key="%ff.mp4"),
        ]
        answer = tell(client, batch)
        told = [(each["status"], each["why"] or "") for each in answer["records"]]
    assert [status for status, _ in told] == ["accepted"] + ["ignored"] * 7 + ["rejected"]
    whys = [
        *("", "ObjectRemoved:Delete makes no new object", "no rule is for it", "no rule is for it"),
        *("the rule takes mp4, m4v", "it is a folder", "it is empty", "no rule", "not UTF-8"),
    ]
    for (_, why), said in zip(told, whys, strict=True):
        assert said in why
    counted = (answer["accepted"], answer["duplicate"], answer["ignored"], answer["rejected"])
    assert counted == (1, 0, 7, 1)


def test_what_the_tenant_may_not_read_is_rejected_and_not_listed(
    database: Database, database_url: str, broker_url: str, wakeups: Wakeups
) -> None:
    settings = Settings(sources="s3://farm/ours/", origins="any")
    with api_server(database_url, broker_url, settings) as server, server.client() as client:
        put_rule(client, prefix="")
        answer = tell(client, [amazon("theirs/a.mp4"), amazon("ours/../theirs/a.mp4")])
        assert statuses(answer) == ["rejected", "rejected"]
        assert answer["records"][0]["error"]["code"] == "location_not_allowed"
        assert statuses(tell(client, amazon("ours/a.mp4"))) == ["accepted"]
        # Allowed when it came, and not any more: it is not so much as listed.
        taken_back = settings.model_copy(update={"sources": "s3://farm/others/"})
        assert begin(database, wakeups, taken_back) == 0
        [failed] = client.get("/v1/ingest/objects", params={"state": "FAILED"}).json()["items"]
        assert failed["error"]["code"] == "location_not_allowed"
        assert begin(database, wakeups, settings) == 0


def test_an_object_whose_name_makes_no_request_says_so(
    api: ApiServer, database: Database, wakeups: Wakeups, folder: FolderInBucket
) -> None:
    key = folder.put("n" * 240 + ".mp4")
    template = {**TEMPLATE, "external_id": "{key}"}
    with api.client() as client:
        put_rule(client, prefix=folder.prefix, template=template)
        tell(client, amazon(key))
        assert begin(database, wakeups, folder.settings) == 0
        [failed] = client.get("/v1/ingest/objects").json()["items"]
    assert (failed["state"], failed["error"]["code"]) == ("FAILED", "invalid_spec")
    assert "external_id" in failed["error"]["message"]


def test_an_object_waits_for_a_store_that_does_not_answer(
    api: ApiServer, database: Database, wakeups: Wakeups, folder: FolderInBucket
) -> None:
    key = folder.put("a.mp4")
    there = Settings(sources="any", origins="any", s3_endpoint_url="http://127.0.0.1:9")
    with api.client() as client:
        put_rule(client, prefix=folder.prefix)
        tell(client, amazon(key))
        assert begin(database, wakeups, there) == 0
        assert begin(database, wakeups, folder.settings) == 0  # not so soon
        settle(database)
        assert begin(database, wakeups, folder.settings) == 1


def test_a_topic_is_confirmed_by_an_operator_and_by_nobody_else(
    api: ApiServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://169.254.169.254/?Action=ConfirmSubscription&Token=1"
    asked: list[object] = []
    look_up = socket.getaddrinfo

    def listen(host: str, *given: Any, **more: Any) -> Any:
        asked.append(host)
        return look_up(host, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", listen)
    with api.client() as client, caplog.at_level(logging.WARNING, "reelfarm.ingest"):
        answer = tell(client, sns_confirmation(url))
    topic = "arn:aws:sns:eu-central-1:111122223333:new-films"
    assert answer["confirm"] == [{"topic": topic, "subscribe_url": url}]
    assert answer["records"] == []
    assert url in caplog.text
    assert set(asked) <= {"127.0.0.1"}  # the test's own client, asking the API


@pytest.mark.parametrize(
    ("body", "status"), [(b"{}", 422), (b"not json", 422), (b" " * (1 << 20) + b"{}", 413)]
)
def test_what_is_no_notification_is_refused(api: ApiServer, body: bytes, status: int) -> None:
    with api.client() as client:
        assert client.post("/v1/ingest/s3", content=body).status_code == status


def test_rules_are_written_version_by_version(api: ApiServer, database: Database) -> None:
    with api.client() as client:
        first = put_rule(client)
        assert first["version"] == 1
        assert first["rule"]["suffixes"][:2] == ["mp4", "m4v"]
        assert put_rule(client)["version"] == 1
        assert put_rule(client, enabled=False)["version"] == 2
        path = "/v1/ingest/rules/films"
        assert client.get(path).json()["rule"]["enabled"] is False
        assert client.get(path, params={"version": 1}).json()["rule"]["enabled"] is True
        put_rule(client, "clips", prefix="clips/")
        page = client.get("/v1/ingest/rules", params={"limit": 1}).json()
        assert [each["name"] for each in page["items"]] == ["clips"]
        rest = client.get("/v1/ingest/rules", params={"after": page["next"]}).json()
        assert ([each["name"] for each in rest["items"]], rest["next"]) == (["films"], None)
        assert client.delete(path).status_code == 204
        assert [client.get(path).status_code, client.delete(path).status_code] == [404, 404]
        assert client.get(path, params={"version": 2}).status_code == 200
        assert put_rule(client)["version"] == 4
        wrong = {**RULE, "template": {"ladder": "nobodys"}}
        refused = client.put(path, json=wrong)
        assert (refused.status_code, refused.json()["input"]) == (422, "ladder")
        refused = client.put(path, json={**RULE, "template": {"asset": "{x}"}})
        assert refused.status_code == 422
        assert "stands for nothing" in refused.json()["detail"]


def test_a_rule_as_it_was_when_the_object_came_counts_for_it(
    api: ApiServer, database: Database, wakeups: Wakeups, folder: FolderInBucket
) -> None:
    key = folder.put("a.mp4")
    with api.client() as client:
        put_rule(client, prefix=folder.prefix)
        tell(client, amazon(key))
        put_rule(client, prefix=folder.prefix, template={"origin": ORIGIN, "asset": "other"})
        client.delete("/v1/ingest/rules/films")
        assert statuses(tell(client, amazon(folder.put("b.mp4")))) == ["ignored"]
        assert begin(database, wakeups, folder.settings) == 1
        [job] = client.get("/v1/jobs").json()["items"]
    assert job["asset"] == "a"


def test_rules_and_objects_are_of_their_tenant(
    api: ApiServer, database: Database, wakeups: Wakeups, folder: FolderInBucket
) -> None:
    key = folder.put("a.mp4")
    with api.client("one") as one, api.client("two") as two:
        put_rule(one, prefix=folder.prefix)
        assert statuses(tell(two, amazon(key))) == ["ignored"]
        assert two.get("/v1/ingest/rules").json()["items"] == []
        assert two.get("/v1/ingest/rules/films").status_code == 404
        assert two.delete("/v1/ingest/rules/films").status_code == 404
        put_rule(two, prefix=folder.prefix)
        # Each has its own: neither knows whether the other was told.
        assert statuses(tell(one, amazon(key))) == statuses(tell(two, amazon(key))) == ["accepted"]
        assert begin(database, wakeups, folder.settings) == 2
        for client, tenant in ((one, "one"), (two, "two")):
            [shown] = client.get("/v1/ingest/objects").json()["items"]
            [job] = client.get("/v1/jobs").json()["items"]
            assert (shown["tenant"], job["tenant"], shown["job"]) == (tenant, tenant, job["id"])


@pytest.mark.parametrize(
    ("scope", "good"),
    [
        (Scope.SUBMIT, {"tell"}),
        (Scope.READ, {"objects", "rules", "rule"}),
        (Scope.REVIEW, set[str]()),
        (Scope.ADMIN, {"tell", "objects", "rules", "rule", "put", "delete"}),
    ],
)
def test_each_route_takes_its_scope(api: ApiServer, scope: Scope, good: set[str]) -> None:
    with api.client() as client:
        put_rule(client)
    with api.client(scopes=(scope,)) as client:
        asked = {
            "tell": client.post("/v1/ingest/s3", json=amazon("in/a.mp4")),
            "objects": client.get("/v1/ingest/objects"),
            "rules": client.get("/v1/ingest/rules"),
            "rule": client.get("/v1/ingest/rules/films"),
            "put": client.put("/v1/ingest/rules/films", json=RULE),
            "delete": client.delete("/v1/ingest/rules/films"),
        }
    assert {name for name, answer in asked.items() if answer.status_code < 400} == good
    assert {answer.status_code for name, answer in asked.items() if name not in good} <= {403}
    assert httpx.post(f"{api.url}/v1/ingest/s3", json=amazon("in/a.mp4")).status_code == 401
