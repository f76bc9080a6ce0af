"""The pages over a real farm: what they say, who sees what, and the forms that change something."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from farm.access import Scope
from farm.settings import Settings
from services.records import read_job
from services.sessions import caller_of_session
from storage.postgres.database import Database
from tests.service.api_server import ApiServer, api_server
from tests.service.visitor import People

TITLE = {"source": "file:///media/film.mp4", "origin": "/tmp/reelfarm-test-origin"}


def submit(api: ApiServer, tenant: str = "default", **changes: Any) -> str:
    with api.client(tenant) as client:
        answer = client.post("/v1/jobs", json={**TITLE, **changes})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])


def test_the_list_is_filtered_by_its_address(api: ApiServer, people: People) -> None:
    submit(api, asset="alpha", external_id="cms-1")
    beta = submit(api, asset="beta")
    somebody = people.signed_in()
    somebody.post(f"/titles/{beta}/actions", action="cancel")

    def shown(query: str) -> list[str]:
        text = somebody.get(f"/titles{query}").text
        return [name for name in ("alpha", "beta") if f">{name}</a>" in text]

    assert shown("") == ["alpha", "beta"]
    assert shown("?state=waiting") == ["alpha"]
    assert shown("?state=cancelled") == ["beta"]
    assert shown("?q=CMS") == ["alpha"]
    assert shown("?q=nothing") == []
    assert "No title matches" in somebody.get("/titles?q=nothing").text
    assert shown("?code=cancelled") == ["beta"]


def test_long_lists_go_on(api: ApiServer, people: People) -> None:
    ids = [submit(api, asset=f"film-{n}") for n in range(52)]
    somebody = people.signed_in()
    first = somebody.get("/titles").text
    assert first.count('<tr id="t-') == 50
    older = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = somebody.get(older.replace("&amp;", "&")).text
    assert [job for job in ids if f"t-{job}" in second] == ids[:2]


def test_an_empty_farm_says_what_to_do(api: ApiServer, people: People) -> None:
    assert "No title was handed in yet" in people.signed_in().get("/titles").text
    farm = people.signed_in("*").get("/farm").text
    assert "Nothing is running or waiting" in farm
    assert "No worker has reported within a day" in farm
    assert "Nothing needs a person" in farm


def test_a_title_shows_its_steps_what_they_wait_for_and_what_happened(
    api: ApiServer, people: People
) -> None:
    page = people.signed_in().get(f"/titles/{submit(api, asset='film')}").text
    assert "<title>○ film – ReelFarm</title>" in page
    for said in ("for its turn", "waits for", "the title was taken in", 'id="dag-data"'):
        assert said in page


def test_a_title_that_is_not_measured_yet_says_so_on_its_qc_page(
    api: ApiServer, people: People
) -> None:
    job, somebody = submit(api, asset="film"), people.signed_in()
    page = somebody.get(f"/titles/{job}/qc").text
    assert "not measured: film has not come to its checks" in page
    assert 'id="ab-data"' not in page
    assert somebody.get(f"/titles/{job}/review").headers["Location"] == f"/titles/{job}/qc"
    assert people.signed_in("another").get(f"/titles/{job}/qc").status_code == 404


def test_a_title_is_paused_resumed_cancelled_and_retried(api: ApiServer, people: People) -> None:
    job = submit(api)
    somebody = people.signed_in()
    for action, word in (("pause", "paused"), ("resume", "waiting"), ("cancel", "cancelled")):
        answer = somebody.post(f"/titles/{job}/actions", action=action)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/titles/{job}")
        assert f"<span>{word}</span>" in somebody.get(f"/titles/{job}").text
    assert "job.cancel" in somebody.get("/audit").text
    again = somebody.post(f"/titles/{job}/actions", action="retry").headers["Location"]
    assert again != f"/titles/{job}"
    assert "<span>waiting</span>" in somebody.get(again).text
    assert somebody.post(f"/titles/{job}/actions", action="explode").status_code == 422


def test_a_plan_that_has_ended_is_not_offered_to_be_retried(api: ApiServer, people: People) -> None:
    with api.client() as client:
        asked = {"source": "file:///media/film.mp4", "origin": "/tmp/reelfarm-test-origin"}
        plan = client.post("/v1/plans", json=asked).json()["id"]
    somebody, job = people.signed_in(), submit(api)
    for each in (plan, job):
        somebody.post(f"/titles/{each}/actions", action="cancel")
    assert 'value="retry"' in somebody.get(f"/titles/{job}").text
    assert 'value="retry"' not in somebody.get(f"/titles/{plan}").text


def test_who_may_only_read_gets_no_buttons_and_cannot_act(api: ApiServer, people: People) -> None:
    job = submit(api)
    reader = people.signed_in(scopes=(Scope.READ,))
    page = reader.get(f"/titles/{job}").text
    assert 'value="cancel"' not in page
    assert 'href="/submit"' not in page
    assert reader.post(f"/titles/{job}/actions", action="cancel").status_code == 403
    assert reader.get("/submit").status_code == 403


def test_another_tenants_title_is_as_one_that_is_not_there(api: ApiServer, people: People) -> None:
    job = submit(api, "one", asset="secret-film")
    two = people.signed_in("two")
    for path in (f"/titles/{job}", f"/titles/{job}/play", f"/posters/{job}", f"/published/{job}/a"):
        assert two.get(path).status_code == 404, path
    assert two.post(f"/titles/{job}/actions", action="cancel").status_code == 404
    assert "secret-film" not in two.get("/titles").text + two.get("/farm").text
    operator = people.signed_in("*")
    assert "secret-film" in operator.get("/titles").text


def test_tenants_see_no_workers(api: ApiServer, people: People) -> None:
    assert "Workers" not in people.signed_in().get("/farm").text
    assert "Workers" in people.signed_in("*").get("/farm").text


def test_a_title_is_handed_in_by_a_form_once_however_often_it_is_sent(
    api: ApiServer, people: People, tmp_path: Path
) -> None:
    somebody = people.signed_in()
    form = {"source": f"file://{tmp_path}/film.mp4", "asset": "film", "once": "x"}
    # The farm of this test has no origin of its own.
    refused = somebody.post("/submit", **form)
    assert refused.status_code == 422
    assert "neither the tenant nor the farm has a default" in refused.text
    assert f'value="file://{tmp_path}/film.mp4"' in refused.text


def test_mistakes_stand_at_their_fields(api: ApiServer, people: People) -> None:
    page = people.signed_in().post(
        "/submit",
        source="gopher://x/y",
        asset="no/slash",
        **{"language-0": "xx-klingon", "subtitles-0": "file:///a.vtt"},
    )
    assert page.status_code == 422
    for name in ("source", "asset", "language-0"):
        assert f'id="wrong-{name}"' in page.text, name


def test_a_plan_is_asked_for_once_seen_and_not_submitted_before_it_is_done(
    database_url: str, broker_url: str, database: Database, tmp_path: Path
) -> None:
    settings = Settings(
        state_dir=tmp_path / "state", sources="any", origins="any", origin=str(tmp_path / "origin")
    )
    with api_server(database_url, broker_url, settings) as api, People(api) as people:
        somebody = people.signed_in()
        form = {"source": "file:///media/film.mp4", "once": "x"}
        plan = somebody.post("/plans", **form).headers["Location"]
        assert somebody.post("/plans", **form).headers["Location"] == plan
        assert re.fullmatch("/plans/[0-9a-f]{32}", plan)
        page = somebody.get(plan)
        assert "Plan of film" in page.text
        assert "for its turn; a plan makes no rendition" in page.text
        assert "/submit" not in page.text.partition("<main")[2]
        assert somebody.post(f"{plan}/submit", once="y").status_code == 409
        assert somebody.get(f"/titles/{plan[7:]}").headers["Location"] == plan
        title = somebody.post("/submit", **form).headers["Location"]  # the same form: not the plan
        assert title != f"/titles/{plan[7:]}"
        assert somebody.get(f"/plans/{title[8:]}").status_code == 404
        assert people.signed_in("two").get(plan).status_code == 404
        reader = people.signed_in(scopes=(Scope.READ,))
        assert reader.get(plan).status_code == 200
        assert reader.post("/plans", **form).status_code == 403


def test_dropped_files_are_sorted_out_for_who_may_hand_in(api: ApiServer, people: People) -> None:
    somebody = people.signed_in()
    answer = somebody.post("/submit/beside", names="a.mp4\na.en.srt\nb.pdf")
    assert answer.json() == {
        "titles": [
            {
                "media": "a.mp4",
                "subtitles": [{"name": "a.en.srt", "language": "en", "kind": ""}],
                "chapters": None,
            }
        ],
        "others": ["b.pdf"],
    }
    many = "\n".join(f"{n}.mp4" for n in range(2001))
    assert somebody.post("/submit/beside", names=many).status_code == 422
    reader = people.signed_in(scopes=(Scope.READ,))
    assert reader.post("/submit/beside", names="a.mp4").status_code == 403


def test_the_submit_page_may_send_to_the_store_that_keeps_files(
    database_url: str, broker_url: str, database: Database
) -> None:
    settings = Settings(
        sources="any",
        origins="any",
        work_url="s3://farm/work",
        s3_endpoint_url="http://s3.internal:9000",
        s3_public_url="https://files.test",
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "key")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        with api_server(database_url, broker_url, settings) as api, People(api) as people:
            headers = people.signed_in().get("/submit").headers
    assert "connect-src 'self' https://files.test;" in headers["Content-Security-Policy"]


@pytest.fixture
def published(
    database: Database, database_url: str, broker_url: str, tmp_path: Path
) -> tuple[Path, Settings]:
    origin = tmp_path / "origin"
    folder = origin / "default" / "film"
    (folder / "g1-aaaaaaaa").mkdir(parents=True)
    (folder / "master.m3u8").write_text("#EXTM3U\n")
    (folder / "g1-aaaaaaaa" / "00001.m4s").write_bytes(bytes(range(100)))
    (folder / "g1-aaaaaaaa" / "notes.exe").write_text("x")
    (origin / "default" / "other").mkdir()
    (origin / "default" / "other" / "master.m3u8").write_text("#EXTM3U other\n")
    (tmp_path / "secret.mp4").write_text("secret")
    (folder / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    (folder / "up.mp4").symlink_to(origin / "default" / "other" / "master.m3u8")
    return origin, Settings(sources="any", origins="any", origin=str(origin))


def test_published_files_have_ranges_and_types_and_none_leads_out_of_the_assets_folder(
    published: tuple[Path, Settings], database_url: str, broker_url: str
) -> None:
    origin, settings = published
    with api_server(database_url, broker_url, settings) as api, People(api) as people:
        somebody = people.signed_in()
        handed_in = somebody.post("/submit", source="file:///media/film.mp4", once="x")
        again = somebody.post("/submit", source="file:///media/film.mp4", once="x")
        assert handed_in.headers["Location"] == again.headers["Location"]
        job = handed_in.headers["Location"].rpartition("/")[2]
        base = f"/published/{job}"
        pointer = somebody.get(f"{base}/master.m3u8")
        assert pointer.headers["Content-Type"].startswith("application/vnd.apple.mpegurl")
        assert pointer.headers["Cache-Control"] == "private, max-age=10"
        part = somebody.client.get(
            f"{base}/g1-aaaaaaaa/00001.m4s", headers={"Range": "bytes=10-19"}
        )
        assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
        assert part.headers["Content-Type"] == "video/iso.segment"
        for path in (
            *("link.mp4", "up.mp4", "g1-aaaaaaaa/notes.exe", "nothing.mp4", "g1-aaaaaaaa"),
            *("..%2fother%2fmaster.m3u8", "%2e%2e/other/master.m3u8", "/etc/passwd", "a%00.mp4"),
            "g1-aaaaaaaa/..%2f..%2f..%2f..%2fsecret.mp4",
        ):
            assert somebody.get(f"{base}/{path}").status_code == 404, path
        session = somebody.client.cookies["reelfarm_session"]
        caller = caller_of_session(api.database, session)
        assert read_job(api.database, caller, job).spec["origin"] == str(origin)


OF_TITLES = ("graph.js", "vendor/@dagrejs/dagre/dist/dagre.esm.js")
OF_SUBMIT = tuple(
    f"handing_in/{name}.js"
    for name in ("farm", "form", "pieces", "rows", "sending", "title", "words")
)


OF_QC = (
    *("vendor/uplot/dist/uPlot.iife.min.js", "report/sound.js", "report/chart.js"),
    *(
        f"qc/{name}.js"
        for name in (
            *("frames", "keys", "main", "page", "pixels", "player"),
            *("scopes", "stage", "strips", "timeline", "windows"),
        )
    ),
)


@pytest.mark.parametrize(
    ("path", "loaded"), [("/titles", OF_TITLES), ("/submit", OF_SUBMIT), ("/titles", OF_QC)]
)
def test_scripts_are_small_beside_the_players(
    api: ApiServer, people: People, path: str, loaded: tuple[str, ...]
) -> None:
    somebody = people.signed_in()
    page = somebody.get(path).text
    sources = [part.partition('"')[0] for part in page.split('src="')[1:] if ".js" in part[:120]]
    files = [*sources, *(f"/static/x/{name}" for name in loaded)]
    sizes = {}
    for name in files:
        with somebody.client.stream("GET", name) as answer:
            assert answer.status_code == 200, name
            sizes[name] = sum(map(len, answer.iter_raw()))
    assert sum(sizes.values()) < 60_000, sizes
    assert somebody.get("/static/x/../../app.py").status_code == 404
    assert somebody.get("/static/x/..%2fapp.py").status_code == 404
