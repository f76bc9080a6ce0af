"""Keys over HTTP: made with no more than one's own, listed, revoked at once; and who did what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from farm.access import Scope
from storage.postgres.database import Database
from tests.service.api_server import ApiServer

WANTED = {"name": "the CMS", "scopes": ["submit", "read"]}


def test_a_key_is_made_used_and_revoked_at_once(api: ApiServer) -> None:
    with api.client("one") as admin:
        made = admin.post("/v1/keys", json=WANTED)
        assert made.status_code == 201, made.text
        key = made.json()
        assert key["token"].startswith(f"{key['id']}_")
        assert (key["tenant"], key["scopes"]) == ("one", ["read", "submit"])
        assert key["created_by"] == admin.get("/v1/whoami").json()["key"]
        with api.with_key(key["token"]) as client:
            assert client.get("/v1/whoami").json() == {
                "key": key["id"],
                "name": "the CMS",
                "tenant": "one",
                "acts_for": "one",
                "scopes": ["read", "submit"],
            }
            assert client.get("/v1/keys").status_code == 403
            assert client.post("/v1/keys", json=WANTED).status_code == 403
            assert admin.delete(f"/v1/keys/{key['id']}").status_code == 204
            assert client.get("/v1/whoami").status_code == 401
        listed = admin.get("/v1/keys").json()["items"]
        assert [each["id"] for each in listed][1:] == [key["id"]]
        assert listed[1]["revoked_at"] is not None
        assert not any("token" in each for each in listed)
        assert key["token"] not in admin.get("/v1/audit").text


def test_a_key_expires(api: ApiServer, database: Database) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    with api.client("one") as admin:
        key = admin.post("/v1/keys", json={**WANTED, "expires_at": later.isoformat()}).json()
        with api.with_key(key["token"]) as client:
            assert client.get("/v1/whoami").status_code == 200
            with database.begin() as session:
                over = text("UPDATE api_key SET expires_at = now() WHERE id = :id")
                session.execute(over, {"id": key["id"].removeprefix("rf_")})
            assert client.get("/v1/whoami").status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["fly"]}, "scopes.0"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"expires_at": "2026-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2099-01-01T00:00:00"}, "expires_at"),
        ({"tenant": "a b"}, "tenant"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_wish_is_refused_by_its_field(
    api: ApiServer, change: dict[str, Any], field: str
) -> None:
    with api.client("one") as admin:
        answer = admin.post("/v1/keys", json={**WANTED, **change})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == field


def test_nobody_makes_a_key_for_more_than_his_own(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two"), api.client("*") as operator:
        for tenant in ("two", "*", "nobody"):
            refused = one.post("/v1/keys", json={**WANTED, "tenant": tenant})
            assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
        assert one.post("/v1/keys", json={**WANTED, "tenant": "one"}).status_code == 201
        untold = operator.post("/v1/keys", json=WANTED)
        assert (untold.status_code, untold.json()["input"]) == (422, "tenant")
        nobody = operator.post("/v1/keys", json={**WANTED, "tenant": "nobody"})
        assert nobody.status_code == 404
        about_one = {"ReelFarm-Tenant": "one"}
        narrowed = operator.post("/v1/keys", json=WANTED, headers=about_one)
        assert narrowed.json()["tenant"] == "one"
        operators = operator.post("/v1/keys", json={**WANTED, "tenant": "*"}).json()
        with api.with_key(operators["token"]) as reader:  # an operator, and no admin
            assert reader.get("/v1/jobs").status_code == 200
            assert reader.get("/v1/tenants").status_code == 403
            assert reader.post("/v1/keys", json={**WANTED, "tenant": "*"}).status_code == 403
            who = reader.get("/v1/whoami", headers=about_one).json()
            assert (who["tenant"], who["acts_for"]) == ("*", "one")


def test_another_tenants_keys_are_neither_seen_nor_revoked(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two") as two, api.client("*") as operator:
        key = one.post("/v1/keys", json=WANTED).json()["id"]
        of_operator = operator.get("/v1/whoami").json()["key"]
        for theirs in (key, of_operator, "rf_aaaaaaaaaaaa"):
            assert two.delete(f"/v1/keys/{theirs}").status_code == 404
        assert {each["tenant"] for each in two.get("/v1/keys").json()["items"]} == {"two"}
        assert {each["tenant"] for each in operator.get("/v1/keys").json()["items"]} == {
            *("one", "two", "*")
        }
        assert operator.delete(f"/v1/keys/{key}").status_code == 204


def test_the_log_says_who_did_what_and_is_filtered(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two") as two, api.client("*") as operator:
        me = one.get("/v1/whoami").json()["key"]
        for number in range(3):
            one.put(f"/v1/qc-policies/p{number}", json={"top_p5": number})
        key = one.post("/v1/keys", json=WANTED).json()["id"]
        began = datetime.now(UTC)
        operator.delete(f"/v1/keys/{key}")

        def found(**query: Any) -> list[tuple[str, str]]:
            items = one.get("/v1/audit", params=query).json()["items"]
            return [(each["action"], each["target"]) for each in items]

        written = [("qc.written", f"p{number}") for number in (2, 1, 0)]
        assert found(actor=me) == [("key.made", key), *written]
        assert found(action="qc.") == written
        assert found(action="key.", target=key) == [("key.revoked", key), ("key.made", key)]
        assert found(**{"from": began.isoformat()}) == [("key.revoked", key)]
        assert found(before=began.isoformat(), action="key.made", target=key) != []
        page = one.get("/v1/audit", params={"limit": 2, "action": "qc."}).json()
        rest = one.get("/v1/audit", params={"after": page["next"], "action": "qc."}).json()
        assert [each["target"] for each in page["items"] + rest["items"]] == ["p2", "p1", "p0"]
        assert rest["next"] is None
        theirs = [each["action"] for each in two.get("/v1/audit").json()["items"]]
        assert theirs == ["key.made", "tenant.made"]
        wrong = one.get("/v1/audit", params={"from": "2026-01-01T00:00:00"})
        assert (wrong.status_code, wrong.json()["input"]) == (422, "from")
        for bad in ({"target": "a\0"}, {"after": "x"}, {"colour": "red"}):
            assert one.get("/v1/audit", params=bad).status_code == 422
    with api.client("one", (Scope.READ, Scope.SUBMIT, Scope.REVIEW)) as others:
        assert others.get("/v1/audit").status_code == 403
