"""Catalogs, keys and the audit log on pages: looked at before sent, made once, for who may."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from farm.access import Scope
from farm.settings import Settings
from storage.postgres.database import Database
from tests.service.api_server import ApiServer, api_server
from tests.service.visitor import People

ROWS = """external_id,source,priority
ep-1,file:///media/one.mp4,3
ep-2,gopher://x,3
,file:///media/three.mp4,3
ep-4,file:///media/four.mp4,77
"""


@pytest.fixture
def own_origin(tmp_path: Path) -> Settings:
    return Settings(sources="any", origins="any", origin=str(tmp_path / "origin"))


def test_rows_are_looked_at_cell_by_cell_and_nothing_is_sent(
    api: ApiServer, people: People
) -> None:
    somebody = people.signed_in()
    page = somebody.post("/catalogs/preview", name="autumn", rows=ROWS).text
    assert "1 title can go in, 3 rows cannot. Nothing has been sent yet." in page
    assert re.findall(r'class="cell-wrong">([^<]*)<', page) == ["gopher://x", "", "77"]
    assert somebody.get("/catalogs/autumn").status_code == 404
    assert "No catalog was handed in yet" in somebody.get("/catalogs").text


def test_what_cannot_be_read_at_all_is_said(api: ApiServer, people: People) -> None:
    somebody = people.signed_in()
    page = somebody.post("/catalogs/preview", name="autumn", rows="colour,shape\nred,round\n").text
    assert "0 titles can go in" in page
    assert "there is no such column" in html.unescape(page)
    assert somebody.post("/catalogs/preview", name="no name", rows=ROWS).status_code == 422
    assert somebody.post("/catalogs/hand-in", name="autumn", rows="").status_code == 422


def test_rows_are_handed_in_once_and_their_catalog_tells_how_far_it_is(
    database: Database, database_url: str, broker_url: str, own_origin: Settings
) -> None:
    with api_server(database_url, broker_url, own_origin) as api, People(api) as people:
        somebody = people.signed_in()
        for _ in range(2):
            answer = somebody.post("/catalogs/hand-in", name="autumn", rows=ROWS)
            assert answer.headers["Location"] == "/catalogs/autumn"
        page = somebody.get("/catalogs/autumn").text
        assert "0 of 1 published, 1 " in page
        assert ">ep-1</a>" in page
        assert ">autumn</a>" in somebody.get("/catalogs").text
        assert "No title of the catalog matches" in somebody.get("/catalogs/autumn?code=x").text
        somebody.post("/catalogs/autumn/actions", action="cancel")
        assert "1 cancelled" in somebody.get("/catalogs/autumn").text
        somebody.post("/catalogs/autumn/actions", action="retry")
        assert "1 cancelled" not in somebody.get("/catalogs/autumn").text
        assert somebody.post("/catalogs/autumn/actions", action="burn").status_code == 422


def test_another_tenants_catalog_is_not_there_and_readers_hand_nothing_in(
    database: Database, database_url: str, broker_url: str, own_origin: Settings
) -> None:
    with api_server(database_url, broker_url, own_origin) as api, People(api) as people:
        people.signed_in("one").post("/catalogs/hand-in", name="autumn", rows=ROWS)
        two = people.signed_in("two")
        assert two.get("/catalogs/autumn").status_code == 404
        assert two.post("/catalogs/autumn/actions", action="cancel").status_code == 404
        reader = people.signed_in("one", scopes=(Scope.READ,))
        assert "<button" not in reader.get("/catalogs/autumn").text.partition("<main")[2]
        for path in ("preview", "hand-in"):
            answer = reader.post(f"/catalogs/{path}", name="autumn", rows=ROWS)
            assert answer.status_code == 403, path


def test_a_key_is_made_shown_once_and_revoked(api: ApiServer, people: People) -> None:
    admin = people.signed_in()
    fields = {"name": "the CMS", "days": "30", "scope-read": "on"}
    page = admin.post("/keys", **fields)
    found = re.search(r"<code>(rf_[a-z0-9]{12}_[\w-]{43})</code>", page.text)
    assert found is not None
    token = found[1]
    listed = admin.get("/keys").text
    assert token not in listed
    assert "the CMS" in listed
    user = people.visitor()
    user.sign_in(token)
    assert user.get("/titles").status_code == 200
    assert user.get("/keys").status_code == 403
    admin.post(f"/keys/{token.split('_')[1]}/revoke")
    assert user.get("/titles").status_code == 303
    audit = admin.get("/audit").text
    assert "key.made" in audit
    assert "key.revoked" in audit


def test_a_key_needs_a_name_and_a_scope_and_stays_in_its_tenant(
    api: ApiServer, people: People
) -> None:
    admin = people.signed_in("one")
    for fields in (
        {"name": "", "scope-read": "on"},
        {"name": "x"},
        {"name": "x", "scope-read": "on", "days": "-1"},
        {"name": "x", "scope-read": "on", "tenant": "*"},
        {"name": "x", "scope-read": "on", "tenant": "two"},
    ):
        answer = admin.post("/keys", **fields)
        assert answer.status_code == 422, fields
        assert "shown this once" not in answer.text
    other = people.signed_in("two")
    assert other.get("/audit").text.count("key.made") <= 2
    key_of_one = re.search(r"rf_([a-z0-9]{12})", admin.get("/keys").text)
    assert key_of_one is not None
    assert other.post(f"/keys/{key_of_one[1]}/revoke").status_code == 404


def test_who_is_no_admin_sees_neither_keys_nor_audit(api: ApiServer, people: People) -> None:
    somebody = people.signed_in(scopes=(Scope.READ, Scope.SUBMIT))
    for path in ("/keys", "/audit"):
        assert somebody.get(path).status_code == 403
    assert 'href="/keys"' not in somebody.get("/titles").text


def test_endpoints_and_deliveries_are_listed_and_sent_again(api: ApiServer, people: People) -> None:
    with api.client() as client:
        made = client.post(
            "/v1/endpoints", json={"url": "https://hooks.test/x", "events": ["job.accepted"]}
        )
        assert made.status_code == 201, made.text
        title = {"source": "file:///media/a.mp4", "origin": "/tmp/reelfarm-test-origin"}
        client.post("/v1/jobs", json=title)
    admin = people.signed_in()
    page = admin.get("/webhooks").text
    assert page.count(">https://hooks.test/x</span>") == 2
    assert "to be sent" in page
    again = re.search(r'action="(/webhooks/\d+/again)"', page)
    assert again is not None
    assert admin.post(again[1]).headers["Location"] == "/webhooks"
    assert "No delivery is in this state" in admin.get("/webhooks?state=delivered").text
    reader = people.signed_in(scopes=(Scope.READ,))
    assert "Endpoints" not in reader.get("/webhooks").text
    assert reader.post(again[1]).status_code == 403
    assert people.signed_in("two").post(again[1]).status_code == 404


def test_an_endpoint_is_made_tried_and_turned_off(api: ApiServer, people: People) -> None:
    admin = people.signed_in()
    made = admin.post(
        "/webhooks", **{"url": "https://hooks.test/new", "event-job.failed": "on"}
    ).text
    assert re.search("shown this once.*<code>whsec_", made, re.DOTALL)
    with api.client() as client:
        [endpoint] = client.get("/v1/endpoints").json()["items"]
        assert (endpoint["url"], endpoint["events"]) == ("https://hooks.test/new", ["job.failed"])
        place = f"/webhooks/endpoints/{endpoint['id']}"
        assert admin.post(place, action="test").headers["Location"] == "/webhooks"
        assert "endpoint.test" in admin.get("/webhooks").text
        assert "whsec_" not in admin.get("/webhooks").text
        admin.post(place, action="off")
        assert not client.get(f"/v1/endpoints/{endpoint['id']}").json()["enabled"]
        admin.post(place, action="on")
        assert client.get(f"/v1/endpoints/{endpoint['id']}").json()["enabled"]
        assert admin.post(place, action="explode").status_code == 422
    for other in (people.signed_in("two"), people.signed_in(scopes=(Scope.READ, Scope.SUBMIT))):
        assert other.post(place, action="off").status_code in (403, 404)
    assert "hooks.test/new" not in people.signed_in("two").get("/webhooks").text


def test_what_is_wrong_with_a_new_endpoint_is_said(people: People) -> None:
    admin = people.signed_in()
    for url, events, said in (
        ("ftp://hooks.test/", ["job.failed"], "url"),
        ("https://hooks.test/", [], "events"),
    ):
        fields = {"url": url, **{f"event-{kind}": "on" for kind in events}}
        answer = admin.post("/webhooks", **fields)
        assert answer.status_code == 422
        assert said in answer.text.partition('role="alert"')[2].partition("</div>")[0]
        assert f'value="{url}"' in answer.text
    assert "hooks.test" not in admin.get("/webhooks").text
