"""The client of the API: what it asks, what it gives, and what it does about trouble."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from api.client import FarmEvent, ReelFarm, reelfarm
from farm.access import Scope
from farm.errors import (
    Conflict,
    InvalidSpec,
    KeyReused,
    NotFound,
    NotSignedIn,
    RateLimited,
    ReelFarmError,
    StorageUnavailable,
)
from farm.states import JobState
from services.submit import take_in
from storage.postgres.database import Database
from tests.conftest import a_spec
from tests.service.api_server import ApiServer, api_server
from tests.service.ports import free_port
from tests.service.web_server import LOCALHOST, Answer, Handler, web_server
from tests.waiting import wait_until

FILM = "file:///media/film.mp4"
ORIGIN = "/tmp/reelfarm-test-origin"
KEY = "rf_aaaaaaaaaaaa_" + "b" * 43


@pytest.fixture
def farm(api: ApiServer) -> Iterator[ReelFarm]:
    with ReelFarm(api.url, api.token()) as farm:
        yield farm


def submit(farm: ReelFarm, **fields: Any) -> str:
    return farm.submit(FILM, **{"origin": ORIGIN, **fields})["id"]


def test_a_title_is_handed_in_looked_at_and_steered(farm: ReelFarm) -> None:
    accepted = farm.submit(FILM, origin=ORIGIN, metadata={"season": 2})
    job_id = accepted["id"]
    assert (accepted["asset"], accepted["state"]) == ("film", "QUEUED")
    assert farm.job(job_id)["metadata"] == {"season": 2}
    assert farm.pause(job_id) == {"id": job_id, "state": "PAUSED"}
    assert farm.resume(job_id) == {"id": job_id, "state": "QUEUED"}
    assert farm.prioritise(job_id, 7) == {"id": job_id, "state": "QUEUED"}
    assert farm.job(job_id)["priority"] == 7
    assert farm.cancel(job_id) == {"id": job_id, "state": "CANCELLED"}
    again = farm.retry(job_id)
    assert (again["asset"], again["state"]) == ("film", "QUEUED")
    assert again["id"] != job_id


def test_a_key_of_ones_own_hands_a_title_in_once(farm: ReelFarm) -> None:
    first = submit(farm, idempotency_key="monday")
    assert submit(farm, idempotency_key="monday") == first
    assert submit(farm) != submit(farm)
    with pytest.raises(KeyReused) as caught:
        submit(farm, idempotency_key="monday", priority=1)
    assert "new key" in caught.value.fix


def test_lists_are_given_to_their_end_page_by_page(
    farm: ReelFarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [submit(farm, asset=f"film-{n}", external_id=f"x-{n % 2}") for n in range(5)]
    monkeypatch.setattr(reelfarm, "PAGE", 2)
    assert [job["id"] for job in farm.jobs()] == ids[::-1]
    assert [job["asset"] for job in farm.jobs(external_id="x-1")] == ["film-3", "film-1"]
    farm.cancel(ids[0])
    assert [job["id"] for job in farm.jobs(state="CANCELLED")] == [ids[0]]
    assert len(list(farm.jobs(state=["CANCELLED", "QUEUED"]))) == 5
    assert farm.act_on_all("cancel", external_id="x-0", state=[JobState.QUEUED]) == 2
    assert farm.act_on_all("priority", priority=3, asset="film-1") == 1


def test_errors_are_those_of_the_farm(farm: ReelFarm) -> None:
    with pytest.raises(InvalidSpec, match="is no location") as wrong:
        farm.submit("film.mp4", origin=ORIGIN)
    assert wrong.value.detail["input"] == "source"
    assert wrong.value.exit_status == 2
    job_id = submit(farm)
    farm.cancel(job_id)
    with pytest.raises(Conflict, match="has ended") as ended:
        farm.pause(job_id)
    assert ended.value.detail["state"] == "CANCELLED"
    for unknown in ("0" * 32, "nonsense", "../keys", ""):
        with pytest.raises(NotFound, match="there is no job"):
            farm.job(unknown)
    for key in ("with a space", "schlüssel", "", "a\nb"):
        with pytest.raises(InvalidSpec, match="idempotency_key: "):
            submit(farm, idempotency_key=key)
    with ReelFarm(farm.url, KEY) as stranger, pytest.raises(NotSignedIn):
        stranger.overview()


def test_operators_act_for_a_tenant(api: ApiServer) -> None:
    with ReelFarm(api.url, api.token("*"), tenant="studio") as operator:
        job_id = submit(operator)
        assert operator.job(job_id)["tenant"] == "studio"
    with ReelFarm(api.url, api.token("other")) as other, pytest.raises(NotFound):
        other.job(job_id)


def test_a_catalog_is_handed_in_as_it_is_read(farm: ReelFarm, tmp_path: Path) -> None:
    file = tmp_path / "spring.csv"
    rows = [f"x-{n},file:///media/{n}.mp4,{ORIGIN}" for n in range(2000)]
    file.write_text("\n".join(["external_id,source,origin", *rows, f"bad,nowhere.mp4,{ORIGIN}"]))
    with file.open("rb") as stream:
        receipt = farm.upload_catalog("spring", stream, "text/csv")
    assert (receipt["accepted"], receipt["rejected"]) == (2000, 1)
    [row] = receipt["rows"]
    assert (row["line"], row["external_id"], row["status"]) == (2002, "bad", "rejected")
    again = farm.upload_catalog("spring", [file.read_bytes()], "text/csv")
    assert (again["accepted"], again["duplicate"], again["rejected"]) == (0, 2000, 1)


def test_the_events_of_a_job_come_to_its_end(farm: ReelFarm, database: Database) -> None:
    job_id = submit(farm)
    seen: list[FarmEvent] = []
    reading = threading.Thread(target=lambda: seen.extend(farm.events(job_id)))
    reading.start()
    wait_until(lambda: seen or not reading.is_alive())
    time.sleep(0.2)
    farm.pause(job_id)
    farm.cancel(job_id)
    reading.join(30)
    assert [event["type"] for event in seen] == ["job.accepted", "job.paused", "job.cancelled"]
    assert [e["type"] for e in farm.events(job_id, after=seen[0]["id"], types=["job.cancelled"])]
    assert list(farm.events(job_id, after=seen[-1]["id"])) == []
    assert farm.wait(job_id)["error"]["code"] == "cancelled"


def test_events_go_on_where_they_were_when_the_api_is_started_again(
    database: Database, database_url: str, broker_url: str
) -> None:
    port = free_port()
    seen: list[FarmEvent] = []
    with ExitStack() as closing:
        before = closing.enter_context(ExitStack())
        api = before.enter_context(api_server(database_url, broker_url, port=port))
        farm = closing.enter_context(ReelFarm(api.url, api.token(), patience_s=60))
        reading = threading.Thread(target=lambda: seen.extend(islice(farm.events(), 2)))
        reading.start()
        time.sleep(1)  # it has begun, and nothing happened yet
        before.close()
        with database.begin() as session:
            first, _ = take_in(session, a_spec(Path("/media/one.mp4"), Path(ORIGIN)))
        closing.enter_context(api_server(database_url, broker_url, port=port))
        second = submit(farm)
        reading.join(30)
    assert [event["job"] for event in seen] == [first, second]


class Script:
    """Answers of a farm that is not well, one after the other."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def __call__(self, handler: Handler) -> None:
        self.answers.pop(0)(handler)


def good(handler: Handler) -> None:
    handler.answer(200, b'{"id": "x", "jobs": 1}', Content_Type="application/json")


def problem(code: str, status: int, retry_after_s: float | None) -> Answer:
    told = {"code": code, "detail": "the reason", "status": status, "fix": "Do it."}
    body = json.dumps({**told, "retryable": True, "retry_after_s": retry_after_s}).encode()
    return lambda handler: handler.answer(status, body, Content_Type="application/problem+json")


def hang_up(handler: Handler) -> None:
    handler.close_connection = True  # before a word is said


def foreign(status: int, **headers: str) -> Answer:
    return lambda handler: handler.answer(status, b"<html>", Content_Type="text/html", **headers)


@contextmanager
def scripted(path: str, *answers: Answer, patience_s: float = 5) -> Iterator[tuple[ReelFarm, Any]]:
    with (
        web_server({path: Script(*answers)}) as server,
        ReelFarm(server.url(""), KEY, patience_s=patience_s) as farm,
    ):
        yield farm, server


def test_what_passes_is_tried_again_under_one_key() -> None:
    trouble = (
        hang_up,
        problem("storage_unavailable", 503, 0.05),
        problem("in_flight", 409, 0.05),
        problem("rate_limited", 429, 0.05),
        foreign(502),
    )
    with scripted("/v1/jobs", *trouble, good) as (farm, server):
        farm.submit(FILM)
    keys = [request.headers["Idempotency-Key"] for request in server.seen]
    assert (len(keys), len(set(keys))) == (6, 1)
    assert {request.body for request in server.seen} == {json.dumps({"source": FILM}).encode()}
    assert {request.headers["Authorization"] for request in server.seen} == {f"Bearer {KEY}"}


def test_what_takes_longer_than_one_has_patience_is_told_at_once() -> None:
    with scripted("/v1/farm", problem("rate_limited", 429, 60)) as (farm, server):
        with pytest.raises(RateLimited) as limited:
            farm.overview()
        assert (limited.value.retry_after_s, limited.value.fix) == (60, "Do it.")
    assert len(server.seen) == 1


def test_a_farm_that_is_away_is_told_with_its_url_when_patience_ends() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    began = time.monotonic()
    with ReelFarm(url, KEY, patience_s=1) as farm:
        with pytest.raises(StorageUnavailable, match=f"the farm at {url} does not answer: "):
            farm.overview()
        with pytest.raises(StorageUnavailable, match="does not answer"):
            next(farm.events())
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (foreign(200), "with status 200, and not by a ReelFarm: check REELFARM_URL"),
        (foreign(404), "with status 404, and not by a ReelFarm: check REELFARM_URL"),
        (
            foreign(302, Location="https://else.where/"),
            "a way to https://else.where/: set REELFARM",
        ),
    ],
)
def test_what_no_reelfarm_answers_is_told_as_that(answer: Answer, complaint: str) -> None:
    with scripted("/v1/farm", answer) as (farm, server), pytest.raises(InvalidSpec) as wrong:
        farm.overview()
    assert complaint in wrong.value.message
    assert len(server.seen) == 1


def stream(number: int, silent_s: float) -> Answer:
    """Tell of one event, say nothing for a while, and hang up."""
    event = json.dumps({"id": f"1-{number}", "type": "warning", "data": {"number": number}})

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(f"id: 1-{number}\ndata: {event}\n\n".encode())
        handler.wfile.flush()
        handler.server.closing.wait(silent_s)
        handler.close_connection = True

    return answer


def test_patience_begins_when_a_stream_breaks_not_when_it_last_said_something() -> None:
    ended: Answer = lambda handler: handler.answer(204)  # noqa: E731
    path = f"/v1/jobs/{'0' * 32}/events"
    answers = (stream(1, 1.0), hang_up, stream(2, 1.0), ended)
    with scripted(path, *answers, patience_s=0.7) as (farm, server):
        assert [event["data"]["number"] for event in farm.events("0" * 32)] == [1, 2]
    places = [request.headers.get("Last-Event-ID") for request in server.seen]
    assert places == [None, "1-1", "1-1", "1-2"]


def test_a_stream_that_is_refused_says_why() -> None:
    told = problem("not_permitted", 403, None)
    final = json.dumps({"code": "not_permitted", "detail": "no scope", "retryable": False}).encode()
    path = f"/v1/jobs/{'0' * 32}/events"
    refused: Answer = lambda handler: handler.answer(403, final)  # noqa: E731
    with scripted(path, told, refused) as (farm, _), pytest.raises(ReelFarmError, match="no scope"):
        list(farm.events("0" * 32))


def test_a_rollback_names_the_asset_whatever_it_is_called() -> None:
    with scripted("/v1/assets/a%2Fb%20c/rollback", good) as (farm, server):
        farm.rollback("a/b c", 3, origin="s3://origin")
    assert json.loads(server.seen[0].body) == {"generation": 3, "origin": "s3://origin"}


def test_proxies_of_the_environment_are_left_alone_unless_asked_for(
    farm: ReelFarm, api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with ReelFarm(api.url, api.token()) as plain:
        assert plain.overview()["jobs"] == {}
    with (
        ReelFarm(api.url, api.token(), trust_env=True, patience_s=0) as proxied,
        pytest.raises(StorageUnavailable),
    ):
        proxied.overview()


def test_certificates_of_ones_own_authority_are_trusted_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with web_server({"/v1/farm": good}, secure=True) as server:
        url = f"https://localhost:{server.port}"
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        with (
            ReelFarm(url, KEY, patience_s=0) as farm,
            pytest.raises(StorageUnavailable, match="certificate verify failed"),
        ):
            farm.overview()
        monkeypatch.setenv("SSL_CERT_FILE", str(LOCALHOST))
        with ReelFarm(url, KEY) as farm:
            assert farm.overview() == {"id": "x", "jobs": 1}


def test_without_anything_said_it_is_the_farm_of_the_environment(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in api.environment("default", (Scope.SUBMIT,)).items():
        monkeypatch.setenv(name, value)
    with ReelFarm() as farm:
        submit(farm)
        with pytest.raises(ReelFarmError, match="lacks the scope read"):
            farm.overview()
