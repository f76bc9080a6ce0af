"""A ladder that follows the title, as its plan, its page and its report explain it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from farm.settings import Settings
from tests.service.api_server import api_server
from tests.service.command_line import path_of
from tests.service.visitor import People
from tests.waiting import wait_until
from workers.local.stack import Stack

LADDER = {
    "name": "follows",
    "policy": "per-title",
    "preset": "faster",
    "adaptive": {"max_rungs": 2, "min_windows": 1, "max_windows": 1},
    "rungs": [
        {"width": 160, "height": 90, "max_bps": 300_000, "crf": 30},
        {"width": 320, "height": 180, "max_bps": 2_000_000, "crf": 26},
    ],
}
LENIENT = {"top_harmonic_mean": 20, "top_p5": 10, "top_p1": 5, "subsample": 5}


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan and the title that was made of it: records, and pages as somebody saw them."""

    plan: dict[str, Any]
    plan_page: str
    record: dict[str, Any]
    title_page: str


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, title_clip: Path) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("pages")
    settings = Settings(state_dir=folder / "state", sources="any", origins="any")
    with (
        Stack(settings) as stack,
        api_server(stack.urls["database"], stack.urls["broker"], settings) as server,
        People(server) as people,
        server.client() as client,
    ):
        asked = {"source": str(title_clip), "origin": str(folder / "origin"), "asset": "title"}
        answer = client.post("/v1/plans", json={**asked, "ladder": LADDER, "qc": LENIENT})
        plan = ended(client, answer.raise_for_status().json()["links"]["self"])
        made = client.post(f"/v1/plans/{plan['id']}/submit").raise_for_status().json()
        record = ended(client, made["links"]["self"])
        somebody = people.signed_in()
        plan_page = somebody.get(f"/plans/{plan['id']}").text
        yield Shown(plan, plan_page, record, somebody.get(f"/titles/{record['id']}").text)


def ended(client: httpx.Client, url: str) -> dict[str, Any]:
    """Return what is at a URL once it is in a state in which nothing more happens."""
    document: dict[str, Any] = {}

    def has_ended() -> bool:
        document.update(client.get(url).json())
        return document["finished_at"] is not None

    wait_until(has_ended)
    assert document["error"] is None
    return document


def names(record: dict[str, Any]) -> list[str]:
    return [rung["name"] for rung in record["ladder"]["rungs"]]


def test_a_plan_draws_what_was_tried_and_says_what_that_took(shown: Shown) -> None:
    page = shown.plan_page
    assert page.count('class="plot trials"') == 1
    assert page.count('class="chosen"') == len(names(shown.plan)) + 1  # one in the key
    assert "candidates tried on 1 window of 2 s: trials took" in page
    for rung in shown.plan["ladder"]["rungs"]:
        assert rung["reason"] in page
        assert f"<title>{rung['name']}: " in page


def test_a_title_has_the_same_picture_and_predictions_beside_what_was_measured(
    shown: Shown,
) -> None:
    page = shown.title_page
    assert names(shown.record) == names(shown.plan)
    assert page.count('class="plot trials"') == 1
    assert "1 window of 2 s: known from before, so that it took nothing" in page
    table = page.partition("Predicted and measured</h3>")[2].partition("</table>")[0]
    for rendition in shown.record["renditions"]:
        assert rendition["name"] in table
        assert f"{rendition['vmaf']['mean']:.1f}" in table


def test_the_report_says_why_the_ladder_is_as_it_is(shown: Shown) -> None:
    report = path_of(shown.record["outputs"]["report"]).read_text("utf-8")
    why = report.partition("Why this ladder</h2>")[2].partition("</section>")[0]
    assert why.count('class="plot trials"') == 1
    assert "Every size was tried with a fast preset in 1 window of 2 s" in why
    for rung in shown.record["ladder"]["rungs"]:
        assert rung["reason"] in why
    assert report.count(">Ladder</h") == 1
