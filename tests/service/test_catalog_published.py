"""A catalog of five clips, two of them with faults and one there twice, from request to webhook."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from tests.drifting import drifting
from tests.service.command_line import FAST_LADDER
from tests.service.commands import farm_environment, started
from tests.service.deliveries import verified
from tests.service.ports import free_port
from tests.service.web_server import WebServer, web_server
from tests.waiting import wait_until

ENDS = ["job.published", "job.failed"]
CATALOG = "/v1/catalogs?name=autumn"


@dataclass(frozen=True, slots=True)
class Front:
    """A farm of `reelfarm up`, its API, and a folder of clips."""

    client: httpx.Client
    folder: Path
    hooks: WebServer

    def titles(self, catalog: str) -> list[dict[str, Any]]:
        return [
            {"external_id": f"{catalog}-1", "source": self.clip("one.mp4")},
            {"external_id": f"{catalog}-2", "source": self.clip("two.mp4")},
            {"external_id": f"{catalog}-3", "source": self.clip("broken.mp4")},
            {
                "external_id": f"{catalog}-4",
                "source": self.clip("three.mp4"),
                "subtitles": [{"language": "en", "uri": self.clip("nowhere.srt")}],
            },
            {"external_id": f"{catalog}-1", "source": self.clip("one.mp4")},
        ]

    def clip(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def send(self, catalog: str, kind: str) -> dict[str, Any]:
        titles = [
            {**title, "asset": title["external_id"], "ladder": "fast", "qc": "lenient"}
            for title in self.titles(catalog)
        ]
        body = as_csv(titles) if kind == "text/csv" else "\n".join(map(json.dumps, titles))
        answer = self.client.post(
            "/v1/catalogs",
            params={"name": catalog},
            content=body,
            headers={"Content-Type": kind},
        )
        assert answer.status_code == 202, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def has_ended(self, catalog: str) -> bool:
        titles = self.client.get(f"/v1/catalogs/{catalog}").json()["titles"]
        return bool(titles == {"PUBLISHED": 2, "FAILED": 2})


def as_csv(titles: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    columns = ("external_id", "source", "asset", "ladder", "qc", "subtitles.en")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    for title in titles:
        row = {name: title[name] for name in columns if name in title}
        sidecars = "".join(each["uri"] for each in title.get("subtitles", []))
        writer.writerow({**row, "subtitles.en": sidecars})
    return text.getvalue()


@pytest.fixture(scope="module")
def front(
    tmp_path_factory: pytest.TempPathFactory, run_command: Callable[[Command, Path], Finished]
) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    for number, name in enumerate(("one", "two", "three"), start=1):
        picture = drifting("320x180", number + 1)
        codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", f"{name}.mp4")
        make = (*FFMPEG_PREAMBLE, "-f", "lavfi", "-i", picture, *codecs)
        run_command(Command(Tool.FFMPEG, make, "make a clip"), folder)
    (folder / "broken.mp4").write_text("this is no film")
    failures = iter((403, 500))
    port, state = free_port(), folder / "state"
    with web_server({"/hook": lambda request: request.answer(next(failures, 204))}) as hooks:
        environment = farm_environment(REELFARM_PRIVATE_HOSTS=hooks.host, REELFARM_RECONCILE_S="1")
        command = ("up", "--state", str(state), "--port", f"{port}")
        with started(*command, environment=environment, log=folder / "up.log") as farm:
            farm.wait_until(lambda: "The farm is up" in farm.output)
            key = (state / "admin.key").read_text().strip()
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {key}"},
                timeout=60,
                trust_env=False,
            ) as client:
                yield Front(client, folder, hooks)
            assert farm.stop() == 0


def ladder() -> dict[str, Any]:
    import yaml

    policy: dict[str, Any] = yaml.safe_load(FAST_LADDER)
    return policy


def test_the_good_titles_publish_and_the_others_say_why_not(front: Front) -> None:
    client = front.client
    assert client.put("/v1/ladders/fast", json=ladder()).status_code < 300
    lenient = {"top_harmonic_mean": 20, "top_p5": 10, "top_p1": 5}
    assert client.put("/v1/qc-policies/lenient", json=lenient).status_code < 300
    endpoint = client.post("/v1/endpoints", json={"url": front.hooks.url("/hook"), "events": ENDS})
    assert endpoint.status_code == 201, endpoint.text
    secret = endpoint.json()["secret"]

    for catalog, kind in (("by-csv", "text/csv"), ("by-lines", "application/x-ndjson")):
        answer = front.send(catalog, kind)
        counts = {name: answer[name] for name in ("accepted", "duplicate", "rejected")}
        assert counts == {"accepted": 4, "duplicate": 1, "rejected": 0}
        [row] = answer["rows"]
        assert (row["external_id"], row["status"]) == (f"{catalog}-1", "duplicate")
    for catalog in ("by-csv", "by-lines"):
        wait_until(partial(front.has_ended, catalog))
        shown = client.get(f"/v1/catalogs/{catalog}").json()
        assert shown["progress"] == 1.0
        assert [(each["code"], each["titles"]) for each in shown["failures"]] == [
            ("invalid_source", 2)
        ]
        assert all(each["fix"] for each in shown["failures"])
        listed = client.get(f"/v1/catalogs/{catalog}/titles").json()["items"]
        said = {title["external_id"]: title["error"] for title in listed if title["error"]}
        assert sorted(said) == [f"{catalog}-3", f"{catalog}-4"]
        assert "nowhere.srt" in said[f"{catalog}-4"]["message"]

    before = [client.get(f"/v1/jobs?catalog={name}").json() for name in ("by-csv", "by-lines")]
    again = front.send("by-csv", "text/csv")
    assert (again["accepted"], again["updated"], again["duplicate"]) == (0, 0, 5)
    after = [client.get(f"/v1/jobs?catalog={name}").json() for name in ("by-csv", "by-lines")]
    assert after == before  # nothing is made again, nothing has changed
    check_deliveries(front, secret)


def check_deliveries(front: Front, secret: str) -> None:
    """Each end arrives, signed; the first of all at its third attempt."""

    def all_arrived() -> bool:
        page = front.client.get("/v1/deliveries", params={"state": "delivered"}).json()
        return len(page["items"]) == 8

    wait_until(all_arrived)
    calls = [(call, verified(call, secret)) for call in front.hooks.seen]
    assert {body["type"] for _, body in calls} == set(ENDS)
    times: dict[str, int] = {}
    for call, body in calls:
        assert call.headers["webhook-id"].startswith("evt_")
        times[body["data"]["job"]] = times.get(body["data"]["job"], 0) + 1
    assert sum(times.values()) == 8 + 2  # 403 and 500 came first
    assert len(times) == 8


@pytest.mark.parametrize("sent", [1, 1999, 2001, 4100])
def test_an_api_that_is_killed_between_two_rows_takes_each_title_once(
    database_url: str, broker_url: str, database: object, tmp_path: Path, sent: int
) -> None:
    key = ""
    rows = [
        json.dumps(
            {"external_id": f"t-{n}", "source": f"s3://sources/{n}.mov", "origin": "s3://origin/x"}
        )
        for n in range(4500)
    ]

    def cut_short(kill: Callable[[], None]) -> Iterator[bytes]:
        for row in rows[:sent]:
            yield f"{row}\n".encode()
        time.sleep(0.5)  # whatever is whole by now is on its way in
        kill()
        yield b"\n"

    from farm.access import LOCAL, Scope
    from services.keys import make_key
    from storage.postgres.roles import open_as_api

    api_database = open_as_api(database_url, 1)
    key = make_key(api_database, LOCAL, "a test's", list(Scope), "*").token
    api_database.close()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    for attempt in range(2):
        port = free_port()
        environment = farm_environment(
            REELFARM_DATABASE_URL=database_url,
            REELFARM_BROKER_URL=broker_url,
            REELFARM_STATE_DIR=str(tmp_path / "state"),
            REELFARM_TITLES_IN_PROGRESS_PER_TENANT="1",
            AWS_ACCESS_KEY_ID="none",
            AWS_SECRET_ACCESS_KEY="none",
            REELFARM_S3_ENDPOINT_URL="http://127.0.0.1:9",
        )
        log = tmp_path / f"api-{attempt}.log"
        url = f"http://127.0.0.1:{port}"
        with started("api", "--port", f"{port}", environment=environment, log=log) as api:
            api.wait_until(partial(is_up, url))
            with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
                if attempt == 0:
                    with pytest.raises(httpx.TransportError):
                        client.post(CATALOG, content=cut_short(api.child.kill))
                    continue
                answer = client.post(CATALOG, content="\n".join(rows).encode()).json()
                assert answer["accepted"] + answer["duplicate"] == len(rows)
                assert answer["rejected"] == 0
                shown = client.get("/v1/catalogs/autumn").json()
                assert sum(shown["titles"].values()) == len(rows)


def is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
