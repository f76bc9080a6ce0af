"""Locations of a tenant over HTTP: operators set them, and they hold at once."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from farm.settings import Settings
from services.catalog_turns import begin_due
from storage.postgres.database import Database
from storage.wakeups import Wakeups
from tests.service.api_server import ApiServer, api_server

ONE = {"ReelFarm-Tenant": "one"}


def hand_in(client: httpx.Client, source: str, origin: str) -> str:
    answer = client.post("/v1/jobs", json={"source": source, "origin": origin, "asset": "a"})
    return "taken" if answer.status_code == 202 else str(answer.json()["code"])


def test_an_operator_says_where_a_tenant_may_go_and_that_holds_at_once(
    database: Database, database_url: str, broker_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "locations.yaml"
    file.write_text("tenants: {two: {sources: [/of-file/], origins: [/of-file/]}}")
    settings = Settings(sources="/media", origins=f"{tmp_path}", locations_file=file)
    here, own = f"{tmp_path}/origin", f"{tmp_path}/own"
    with (
        api_server(database_url, broker_url, settings) as api,
        api.client("one") as one,
        api.client("two") as two,
        api.client("*") as operator,
    ):
        assert one.get("/v1/locations").json() == {
            "tenant": "one",
            "sources": ["/media"],
            "origins": [f"{tmp_path}"],
            "stated_by": "settings",
            "version": None,
        }
        assert two.get("/v1/locations").json()["stated_by"] == "file"
        assert hand_in(one, "/media/a.mp4", here) == "taken"
        places = {"sources": ["/studio/", "s3://studio-in"], "origins": [own]}
        kept = operator.put("/v1/locations", json=places, headers=ONE)
        assert kept.status_code == 200, kept.text
        assert (kept.json()["stated_by"], kept.json()["version"]) == ("farm", 1)
        assert operator.put("/v1/locations", json=places, headers=ONE).json()["version"] == 1
        assert one.get("/v1/locations").json()["sources"] == places["sources"]
        assert [
            hand_in(one, "/media/a.mp4", own),
            hand_in(one, "/studio/a.mp4", here),
            hand_in(one, "/studio/a.mp4", own),
        ] == ["location_not_allowed", "location_not_allowed", "taken"]
        # those of the file give way, too
        about_two = {"ReelFarm-Tenant": "two"}
        operator.put("/v1/locations", json=places, headers=about_two)
        assert hand_in(two, "/of-file/a.mp4", own) == "location_not_allowed"
        assert operator.delete("/v1/locations", headers=about_two).json()["stated_by"] == "file"
        assert operator.delete("/v1/locations", headers=about_two).status_code == 404
        versions = two.get("/v1/locations/versions").json()["items"]
        assert [(each["version"], each["removed"]) for each in versions] == [(2, True), (1, False)]


def test_a_tenant_reads_its_own_and_changes_none(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two") as two, api.client("*") as operator:
        operator.put("/v1/locations", json={"sources": ["s3://one-in"]}, headers=ONE)
        for client in (one, two):
            assert client.put("/v1/locations", json={"sources": ["any"]}).status_code == 403
            assert client.delete("/v1/locations").status_code == 403
        assert two.get("/v1/locations", headers=ONE).status_code == 404
        assert two.get("/v1/locations").json()["sources"] == ["any"]
        nobody = operator.put("/v1/locations", json={}, headers={"ReelFarm-Tenant": "nobody"})
        assert nobody.status_code == 404
        log = one.get("/v1/audit", params={"action": "locations"}).json()["items"]
        assert [(each["action"], each["target"]) for each in log] == [("locations.written", "one")]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("media/", "is no location"),
        ("ftp://a/", "is no location"),
        ("s3://bucket/../x", "a prefix has no segments"),
        ("https://a.example/path", "only the host is looked at"),
        ("  ", "it is empty"),
        ("/a\0b", "NUL"),
    ],
)
def test_a_location_that_is_none_is_named(api: ApiServer, location: str, message: str) -> None:
    with api.client("one"), api.client("*") as operator:
        given = {"origins": ["s3://fine", location]}
        answer = operator.put("/v1/locations", json=given, headers=ONE)
        assert answer.status_code == 422, answer.text
        [error] = answer.json()["errors"]
        assert error["field"].startswith("origins")
        assert message in error["message"]


def test_they_hold_for_catalogs_when_rows_come_and_when_their_turn_nears(
    api: ApiServer, database: Database, wakeups: Wakeups, tmp_path: Path
) -> None:
    headers = {"Content-Type": "application/x-ndjson"}
    settings = Settings(sources="any", origins="any", titles_in_progress_per_tenant=1)

    def upload(client: httpx.Client, *sources: str) -> dict[str, int]:
        rows = "\n".join(
            json.dumps({"external_id": each, "source": each, "origin": f"{tmp_path}"})
            for each in sources
        )
        answer = client.post("/v1/catalogs?name=c", content=rows, headers=headers).json()
        return {name: answer[name] for name in ("accepted", "rejected")}

    with api.client("one") as one, api.client("*") as operator:
        many = [f"/media/{n}.mp4" for n in range(150)]
        assert upload(one, *many) == {"accepted": 150, "rejected": 0}
        before = one.get("/v1/catalogs/c").json()["titles"]
        assert before["WAITING"] > 0
        places = {"sources": ["/studio"], "origins": [f"{tmp_path}"]}
        operator.put("/v1/locations", json=places, headers=ONE)
        assert upload(one, "/media/x.mp4", "/studio/x.mp4") == {"accepted": 1, "rejected": 1}
        one.post("/v1/jobs/actions", json={"action": "cancel", "filter": {"catalog": "c"}})
        begin_due(database, wakeups, settings)
        after = one.get("/v1/catalogs/c").json()
        assert [each["code"] for each in after["failures"]] == ["location_not_allowed"]
