"""Signing in to the pages: with a key or a link, for as long as the key holds; forms are ours."""

from __future__ import annotations

import re

import httpx
import pytest

from farm.access import LOCAL, Scope
from services.keys import revoke_key
from services.sessions import make_link
from tests.service.api_server import ApiServer
from tests.service.visitor import People

TITLE = {"source": "file:///media/film.mp4", "origin": "/tmp/reelfarm-test-origin"}


def test_whoever_is_not_signed_in_is_led_to_the_form_and_then_to_where_they_were_going(
    api: ApiServer,
    people: People,
) -> None:
    somebody = people.visitor()
    sent = somebody.get("/titles?state=failed")
    assert (sent.status_code, sent.headers["Location"]) == (
        303,
        "/sign-in?next=/titles%3Fstate%3Dfailed",
    )
    answer = somebody.sign_in(api.token(), next="/titles?state=failed")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/titles?state=failed")
    assert somebody.get("/titles?state=failed").status_code == 200


def test_the_session_is_a_cookie_that_no_script_reads(api: ApiServer, people: People) -> None:
    cookie = people.visitor().sign_in(api.token()).headers["Set-Cookie"]
    assert re.match(r"reelfarm_session=[\w-]{43}; ", cookie)
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    secure = people.visitor()
    secure.client.headers["X-Forwarded-Proto"] = "https"  # as the proxy beside it says
    token = secure.form_token()
    secure.client.cookies.set("__Host-reelfarm_visitor", "x")
    page = secure.client.get("/sign-in")
    assert token not in page.text
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page.text)
    assert found is not None
    answer = secure.client.post("/sign-in", data={"form_token": found[1], "key": api.token()})
    assert answer.headers["Set-Cookie"].startswith("__Host-reelfarm_session=")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_key_that_does_not_hold_signs_nobody_in(api: ApiServer, people: People) -> None:
    for key in ("", "nonsense", "rf_aaaaaaaaaaaa_" + "b" * 43):
        answer = people.visitor().sign_in(key)
        assert answer.status_code == 401
        assert "reelfarm_session" not in answer.headers.get("Set-Cookie", "")
        assert 'role="alert"' in answer.text


def test_a_revoked_key_ends_its_sessions_at_once(api: ApiServer, people: People) -> None:
    key = api.token()
    somebody = people.visitor()
    somebody.sign_in(key)
    assert somebody.get("/titles").status_code == 200
    revoke_key(api.database, LOCAL, "_".join(key.split("_")[:2]))
    assert somebody.get("/titles").headers["Location"].startswith("/sign-in")
    assert somebody.client.get("/v1/jobs").status_code == 401


def test_signing_out_ends_the_session_on_the_server(api: ApiServer, people: People) -> None:
    somebody = people.signed_in()
    kept = dict(somebody.client.cookies)
    assert somebody.post("/sign-out").headers["Location"] == "/sign-in"
    again = httpx.get(f"{api.url}/v1/jobs", cookies=kept, trust_env=False)
    assert again.status_code == 401


def test_a_link_signs_in_once(api: ApiServer, people: People) -> None:
    link = f"/sign-in/{make_link(api.database, api.token('*'))}"
    first, second = people.visitor(), people.visitor()
    assert first.get(link).headers["Location"] == "/"
    assert first.get("/start").headers["Location"] == "/farm"
    assert second.get(link).status_code == 401
    assert second.get("/start").headers["Location"].startswith("/sign-in")


def test_a_session_is_no_link_and_a_link_is_no_session(api: ApiServer, people: People) -> None:
    somebody = people.signed_in()
    token = somebody.client.cookies["reelfarm_session"]
    assert people.visitor().get(f"/sign-in/{token}").status_code == 401
    link = make_link(api.database, api.token())
    stranger = people.visitor()
    stranger.client.cookies.set("reelfarm_session", link)
    assert stranger.get("/titles").status_code == 303


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/theme", "/submit"])
def test_a_form_of_another_site_is_refused(api: ApiServer, people: People, path: str) -> None:
    somebody = people.signed_in()
    for fields in ({}, {"form_token": "0" * 64}):
        answer = somebody.client.post(path, data={"theme": "dark", **fields})
        assert answer.status_code == 403, path
    foreign = somebody.client.post(path, json={"form_token": somebody.form_token()})
    assert foreign.status_code == 415


def test_the_api_takes_the_cookie_for_reading_and_wants_the_token_for_changes(
    api: ApiServer,
    people: People,
) -> None:
    somebody = people.signed_in()
    assert somebody.client.get("/v1/jobs").json()["items"] == []
    refused = somebody.client.post("/v1/jobs", json=TITLE)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    headers = {"X-Form-Token": somebody.form_token("/titles")}
    assert somebody.client.post("/v1/jobs", json=TITLE, headers=headers).status_code == 202


def test_a_key_in_the_header_counts_before_the_cookie(api: ApiServer, people: People) -> None:
    somebody = people.signed_in("one")
    headers = {"Authorization": "Bearer nonsense"}
    assert somebody.client.get("/v1/jobs", headers=headers).status_code == 401


def test_who_may_not_read_sees_no_page(api: ApiServer, people: People) -> None:
    answer = people.signed_in(scopes=(Scope.SUBMIT,)).get("/titles")
    assert answer.status_code == 403
    assert "lacks the scope read" in answer.text


def test_nobody_is_led_to_another_server(api: ApiServer, people: People) -> None:
    assert people.visitor().sign_in(api.token(), next="//evil.test/").headers["Location"] == "/"


def test_colours_are_chosen_by_a_form(api: ApiServer, people: People) -> None:
    somebody = people.visitor()
    assert "data-theme" not in somebody.get("/sign-in").text
    answer = somebody.post("/theme", theme="dark", next="/sign-in")
    assert answer.headers["Location"] == "/sign-in"
    assert '<html lang="en" data-theme="dark">' in somebody.get("/sign-in").text
    assert somebody.post("/theme", theme="pink").status_code == 422


def test_people_get_pages_and_programs_get_problems(api: ApiServer, people: People) -> None:
    somebody = people.visitor()
    page = somebody.get("/nothing/here")
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    program = httpx.get(f"{api.url}/nothing/here", trust_env=False)
    assert program.headers["Content-Type"] == "application/problem+json"
    assert httpx.get(api.url, trust_env=False).json()["name"] == "ReelFarm"
    assert somebody.get("/v1/jobs").headers["Content-Type"] == "application/problem+json"


def test_every_page_forbids_inline_scripts_and_frames(api: ApiServer, people: People) -> None:
    somebody = people.signed_in("*")
    for path in ("/sign-in", "/farm", "/titles", "/submit", "/nothing"):
        page = somebody.get(path)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(
            r"<script(?![^>]*(src=|application/json))|\son\w+=|\sstyle=", page.text
        )
