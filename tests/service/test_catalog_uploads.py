"""Files that were handed in and that titles of catalogs name: there until these had their turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services import catalog_turns
from storage.wakeups import Wakeups
from tests.service.handing_in import Hall, a_file, folder_hall
from tests.service.interrupted import NOTHING
from tests.service.test_api_catalogs import counts, lines, send, title

__all__ = ["folder_hall"]  # a fixture


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No title of a catalog gets a job."""
    monkeypatch.setattr("services.catalog_turns.begin_due", lambda *_: 0)


def row(number: int, upload: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return title(number, source=upload["source"], **changes)


def states(client: httpx.Client) -> dict[str, int]:
    found: dict[str, int] = client.get("/v1/catalogs/autumn").json()["titles"]
    return found


def code(answer: dict[str, Any]) -> list[str]:
    return [each["error"]["code"] for each in answer["rows"]]


@pytest.mark.usefixtures("waiting")
def test_a_file_stays_while_a_title_waits_that_names_it(folder_hall: Hall) -> None:
    hall = folder_hall
    with hall.server.client() as client:
        film, cues, chapters, unused = (hall.send(client, a_file(n)) for n in (5, 6, 7, 8))
        text = [{"language": "en", "uri": cues["source"]}]
        send(client, lines([row(0, film, subtitles=text, chapters=chapters["source"])]))
        assert states(client) == {"WAITING": 1}
        hall.age(30)
        assert hall.tend() == replace(NOTHING, sources=1)
        assert client.get(f"/v1/uploads/{unused['id']}").status_code == 404
        for upload in (film, cues, chapters):
            refused = client.delete(f"/v1/uploads/{upload['id']}")
            assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        client.post("/v1/catalogs/autumn/cancel")
        assert hall.tend() == replace(NOTHING, sources=3)


def test_a_title_takes_its_file_along_into_its_job(
    folder_hall: Hall, wakeups: Wakeups, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = folder_hall
    with hall.server.client() as client:
        film = hall.send(client, a_file(5))
        with monkeypatch.context() as nobody:
            nobody.setattr(catalog_turns, "begin_due", lambda *_: 0)
            send(client, lines([row(0, film)]))
        hall.age(30)
        assert hall.tend() == NOTHING
        assert catalog_turns.begin_due(hall.database, wakeups, hall.settings) == 1
        assert states(client) == {"TAKEN": 1}
        assert hall.tend() == NOTHING
        client.post("/v1/catalogs/autumn/cancel")
        assert hall.tend() == replace(NOTHING, sources=1)
        # Nothing is left of it: the title says so, as a job would have.
        assert client.post("/v1/catalogs/autumn/retry", json={}).json() == {"titles": 1}
        [failed] = client.get("/v1/catalogs/autumn/titles").json()["items"]
        assert (failed["state"], failed["error"]["code"]) == ("FAILED", "invalid_source")


@pytest.mark.usefixtures("waiting")
def test_a_retried_title_keeps_its_file_again(folder_hall: Hall) -> None:
    hall = folder_hall
    with hall.server.client() as client:
        film = hall.send(client, a_file(5))
        send(client, lines([row(0, film)]))
        client.post("/v1/catalogs/autumn/cancel")
        client.post("/v1/catalogs/autumn/retry", json={})
        hall.age(30)
        assert hall.tend() == NOTHING


@pytest.mark.usefixtures("waiting")
def test_rows_name_files_that_are_there_and_the_tenants_own(folder_hall: Hall) -> None:
    hall = folder_hall
    with hall.server.client("one") as one, hall.server.client("two") as two:
        mine, others = hall.send(one, a_file(5)), hall.send(two, a_file(5))
        unfinished = hall.begin(one, a_file(6))
        nothing = {"source": f"upload://{'a' * 32}/film.mp4"}
        under_way = {"source": f"upload://{unfinished['id']}/film.mp4"}
        rows = [row(n, each) for n, each in enumerate((mine, others, under_way, nothing))]
        answer = send(one, lines(rows))
        assert counts(answer) == (1, 0, 0, 3)
        assert code(answer) == ["invalid_source"] * 3
        assert [each["line"] for each in answer["rows"]] == [2, 3, 4]
        kept = one.get(answer["links"]["rows"]).json()["items"]
        assert [each["error"]["code"] for each in kept] == ["invalid_source"] * 3
        two.delete(f"/v1/uploads/{others['id']}")  # nobody else holds it up
        assert states(one) == {"WAITING": 1}


@pytest.mark.usefixtures("waiting")
def test_the_same_upload_again_changes_nothing_though_its_files_are_gone(folder_hall: Hall) -> None:
    hall = folder_hall
    with hall.server.client() as client:
        film, other = hall.send(client, a_file(5)), hall.send(client, a_file(6))
        rows = lines([row(0, film), row(1, other)])
        send(client, rows)
        client.post("/v1/catalogs/autumn/cancel")
        hall.age(30)
        hall.tend()
        assert counts(send(client, rows)) == (0, 0, 2, 0)
        changed = lines([row(0, film, priority=3)])
        assert code(send(client, changed)) == ["conflict"]
        assert code(send(client, changed, on_change="update")) == ["invalid_source"]


@pytest.mark.usefixtures("waiting")
def test_what_a_title_named_before_it_was_another_request_may_go(folder_hall: Hall) -> None:
    hall = folder_hall
    with hall.server.client() as client:
        before, after = hall.send(client, a_file(5)), hall.send(client, a_file(6))
        send(client, lines([row(0, before)]))
        assert counts(send(client, lines([row(0, after)]), on_change="update")) == (0, 1, 0, 0)
        assert client.delete(f"/v1/uploads/{before['id']}").status_code == 204
        assert client.delete(f"/v1/uploads/{after['id']}").status_code == 409


@pytest.mark.usefixtures("waiting")
def test_uses_are_hidden_from_others_beneath_every_query(folder_hall: Hall) -> None:
    hall = folder_hall
    with hall.server.client("one") as one:
        send(one, lines([row(0, hall.send(one, a_file(5)))]))
    count = text("SELECT count(*) FROM title_upload_use")
    seen = []
    for tenant in ("one", "two", "*"):
        with hall.server.database.begin(tenant) as session:
            seen.append(session.scalar(count))
    assert seen == [1, 0, 1]
