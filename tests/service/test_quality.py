"""Scores are kept as titles are verified, shown to whom they belong, and read by an index alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from farm.access import EVERY_TENANT
from farm.settings import Settings
from services.quality import MOST_ROWS, WITHIN_DAYS
from storage.postgres import scores
from storage.postgres.database import Database
from storage.postgres.models import Job, TitleScore
from tests.forked import run_reelfarm
from tests.service.api_server import ApiServer, api_server
from tests.service.scored import (
    NEWER,
    ScoredTitle,
    open_catalog,
    write_many,
    write_titles,
)
from tests.service.visitor import People
from tests.waiting import wait_until
from workers.local.stack import Stack

LADDER = {
    "name": "fast",
    "preset": "ultrafast",
    "rungs": [
        {"width": 160, "height": 90, "max_bps": 150_000, "crf": 30},
        {"width": 320, "height": 180, "max_bps": 400_000, "crf": 28},
    ],
}
PASSES = {"top_harmonic_mean": 20, "top_p5": 10, "top_p1": 5}
WITHIN_S = 180.0
ENDED = {"PUBLISHED", "REJECTED", "FAILED", "CANCELLED"}
MOST_BUFFERS = MOST_ROWS + 500  # a page of the table a row at most, and the index


@pytest.fixture
def made(tmp_path: Path, title_clip: Path) -> Iterator[tuple[ApiServer, Stack, dict[str, Any]]]:
    """A farm with workers, and what is asked of it for a title."""
    settings = Settings(state_dir=tmp_path / "state", sources="any", origins="any")
    asked = {"source": str(title_clip), "origin": str(tmp_path / "origin"), "qc": PASSES}
    with (
        Stack(settings) as stack,
        api_server(stack.urls["database"], stack.urls["broker"], settings) as api,
    ):
        yield api, stack, {**asked, "ladder": LADDER}


def test_scores_are_kept_as_titles_are_verified(
    made: tuple[ApiServer, Stack, dict[str, Any]],
) -> None:
    api, _, asked = made
    slower = {**LADDER, "preset": "superfast"}
    wanted: dict[str, dict[str, Any]] = {
        "title": {"catalog": "autumn"},
        "again": {"ladder": slower},
        "tested": {"mode": "test"},
        "refused": {"qc": {**PASSES, "top_p5": 100}},
    }
    with api.client() as client:
        jobs = {
            asset: client.post("/v1/jobs", json={**asked, "asset": asset, **fields}).json()["id"]
            for asset, fields in wanted.items()
        }

        def record(asset: str) -> dict[str, Any]:
            document: dict[str, Any] = client.get(f"/v1/jobs/{jobs[asset]}").json()
            return document

        wait_until(lambda: {record(asset)["state"] for asset in jobs} <= ENDED, WITHIN_S)
        shown = client.get("/v1/quality").json()
        records = {asset: record(asset) for asset in jobs}
    assert records["refused"]["state"] == "REJECTED"
    with api.database.begin("default") as session:
        kept = session.scalars(select(TitleScore).order_by(TitleScore.lines)).all()
    assert {row.job_id for row in kept} == {jobs[name] for name in ("title", "again", "refused")}
    vmaf = {each["height"]: each["vmaf"] for each in records["title"]["renditions"]}
    [low, high] = [row for row in kept if row.asset == "title"]
    assert [(row.lines, row.is_top, row.catalog) for row in (low, high)] == [
        (144, False, "autumn"),
        (180, True, "autumn"),
    ]
    assert [low.harmonic_mean, high.p5] == [vmaf[90]["harmonic_mean"], vmaf[180]["p5"]]
    assert (high.preset, high.policy, high.verdict) == ("ultrafast", "fast", "pass")
    assert high.tool[0] in "nN0123456789"
    assert len(high.build) == 64
    assert high.source_sha256 == records["title"]["source"]["sha256"]
    assert {row.verdict for row in kept if row.asset == "refused"} == {"rejected"}
    assert shown["titles"] == 3
    [change] = [each for each in shown["changes"] if each["series"]["lines"] == 180]
    assert {change["before"]["preset"], change["after"]["preset"]} == {"ultrafast", "superfast"}
    assert (change["outcome"], [each["what"] for each in change["what"]]) == (
        "too few",
        ["the preset"],
    )


def test_everybody_sees_the_scores_of_their_own_titles_alone(
    api: ApiServer, database: Database, people: People
) -> None:
    with database.begin() as session:
        for tenant, count in (("one", 3), ("two", 5)):
            open_catalog(session, "autumn", tenant)
            titles = [ScoredTitle(f"{tenant}-{n}", 90 + n, n, tenant=tenant) for n in range(count)]
            elsewhere = ScoredTitle(f"{tenant}-x", 80, 9, tenant=tenant, catalog="")
            write_titles(session, [*titles, elsewhere])
    with api.client("one") as one, api.client("two") as two, api.client("*") as operator:
        assert one.get("/v1/quality").json()["titles"] == 4
        assert one.get("/v1/catalogs/autumn/quality").json()["titles"] == 3
        assert two.get("/v1/catalogs/autumn/quality").json()["titles"] == 5
        assert operator.get("/v1/quality").json()["titles"] == 10
        about = operator.get("/v1/quality", headers={"ReelFarm-Tenant": "two"}).json()
        assert about["titles"] == 6
        assert one.get("/v1/catalogs/winter/quality").status_code == 404
    for tenant, seen in (("one", 4), ("stranger", 0), (EVERY_TENANT, 10)):
        with api.database.begin(tenant) as session:
            assert len(session.scalars(select(TitleScore.job_id)).all()) == seen
    page = people.signed_in("two").get("/catalogs/autumn/quality").text
    assert "5 titles in H.264" in page
    assert "one-" not in page
    assert people.signed_in("stranger").get("/catalogs/autumn/quality").status_code == 404
    assert "No title was scored yet." in people.signed_in("stranger").get("/quality").text


def test_scores_go_with_their_job_and_old_ones_are_not_looked_at(
    api: ApiServer, database: Database
) -> None:
    titles = [ScoredTitle(f"film-{n}", 90, days) for n, days in enumerate((1, 80, 100))]
    with database.begin() as session:
        write_titles(session, titles)
    with api.client() as client:
        assert client.get("/v1/quality").json()["titles"] == 2
        with database.begin() as session:
            session.execute(delete(Job).where(Job.id == titles[0].job_id))
        assert client.get("/v1/quality").json()["titles"] == 1


def test_a_change_is_told_over_the_api_and_by_the_command(
    api: ApiServer, database: Database
) -> None:
    with database.begin() as session:
        open_catalog(session)
        before = [ScoredTitle(f"a-{n}", 95 + n / 50, 60 - n) for n in range(25)]
        after = [ScoredTitle(f"b-{n}", 92 + n / 50, 30 - n, NEWER) for n in range(25)]
        write_titles(session, [*before, *after, ScoredTitle("bad", 40, 1, NEWER)])
    with api.client() as client:
        shown = client.get("/v1/catalogs/autumn/quality").json()
    [change] = shown["changes"]
    assert (change["outcome"], change["test"]) == ("moved", "Mann-Whitney U")
    assert change["moved"]["by"] == pytest.approx(-3, abs=0.1)
    assert change["compared"] == "25 titles before, 26 others after"
    [outlier] = shown["codecs"][0]["outliers"]
    assert (outlier["asset"], outlier["harmonic_mean"]) == ("bad", 40)
    environment = api.environment("default")
    said = run_reelfarm(["quality", "--catalog", "autumn"], environment)
    assert said.status == 0, said.stderr
    first, second, *others = said.stdout.splitlines()
    assert first.endswith("; 1 is far below the rest.")
    assert "1080p H.264 scores 3.0 lower" in second
    assert others[0].split() == ["40.0", "bad", outlier["job"]]
    whole = run_reelfarm(["quality", "--json"], environment)
    assert whole.record["titles"] == 51


def test_of_a_hundred_thousand_scores_an_index_leads_to_the_newest(
    api: ApiServer, database: Database
) -> None:
    with database.begin_long() as session:
        write_many(session, 16_700)
        write_many(session, 1_000, "another")
    for tenant, catalog in (("default", None), ("default", "many"), (EVERY_TENANT, None)):
        with api.database.begin(tenant) as session:
            plan = explained(session, tenant, catalog)
            kept = scores.newest(session, tenant, catalog, WITHIN_DAYS, MOST_ROWS)
        assert len(kept) == MOST_ROWS
        kinds = {node["Node Type"] for node in nodes(plan)}
        assert "Index Scan" in kinds
        assert not kinds & {"Seq Scan", "Sort", "Bitmap Heap Scan"}, kinds
        assert max(node["Actual Rows"] for node in nodes(plan)) <= MOST_ROWS
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= MOST_BUFFERS


def explained(session: Session, tenant: str, catalog: str | None) -> dict[str, Any]:
    """Return the plan of the query, as it was carried out."""
    query = scores.newest_first(tenant, catalog, WITHIN_DAYS, MOST_ROWS)
    dialect = cast(Any, postgresql).dialect()
    written = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {written}".replace(":", r"\:")
    plan: dict[str, Any] = session.execute(text(explain)).scalar_one()[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
