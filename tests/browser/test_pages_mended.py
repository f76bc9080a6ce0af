"""What went wrong is put right in Chromium: a failed title made again, an older generation back."""

from __future__ import annotations

import re
import shutil
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.opened import WHOLE_TITLE_MS, Open, open_page, signed_in
from tests.browser.pages_farm import PagesFarm
from tests.waiting import wait_until

__all__ = ["open_page", "signed_in"]  # fixtures

RUNG = {"width": 160, "height": 90, "max_bps": 100_000}


def submit(farm: PagesFarm, asset: str, source: str, crf: int = 24, **more: Any) -> str:
    """Submit a title with a ladder of one rung, and return its job's id."""
    policy = {"name": "one", "preset": "ultrafast", "rungs": [RUNG | {"crf": crf}]}
    request = {"asset": asset, "source": f"file://{farm.folder}/{source}", "ladder": policy}
    with farm.client() as client:
        answer = client.post("/v1/jobs", json=request | more)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def wait_for(farm: PagesFarm, job: str, state: str) -> None:
    with farm.client() as client:
        wait_until(
            lambda: client.get(f"/v1/jobs/{job}").json()["state"] == state, WHOLE_TITLE_MS / 1000
        )


def lead_of(page: Page) -> Any:
    return page.locator(".top .lead")


def test_a_failed_title_is_retried_and_published(open_page: Open, pages_farm: PagesFarm) -> None:
    job = submit(pages_farm, "late", "late.mp4")
    wait_for(pages_farm, job, "FAILED")
    page = open_page(f"/titles/{job}")
    expect(page.locator(".problem").first).to_contain_text("late.mp4")
    shutil.copy(pages_farm.folder / "clip.mp4", pages_farm.folder / "late.mp4")
    page.get_by_role("button", name="Retry", exact=True).click()
    expect(page).not_to_have_url(re.compile(job))
    expect(page).to_have_url(re.compile(r"/titles/[0-9a-f]{32}$"))
    expect(lead_of(page)).to_contain_text("published", timeout=WHOLE_TITLE_MS)
    expect(page.get_by_role("link", name="Play")).to_be_visible()


def test_players_are_led_back_to_an_older_generation(
    open_page: Open, pages_farm: PagesFarm
) -> None:
    jobs = []
    for crf in (24, 30):
        jobs.append(submit(pages_farm, "again", "clip.mp4", crf=crf))
        wait_for(pages_farm, jobs[-1], "PUBLISHED")
    manifest = pages_farm.folder / "state" / "origin" / "default" / "again" / "master.m3u8"
    second = manifest.read_text()
    page = open_page(f"/titles/{jobs[1]}")
    page.evaluate("window.loaded = 'once'")
    rows = page.locator("section[aria-labelledby=generations-title] tbody tr")
    expect(rows).to_have_count(2)
    older = rows.filter(has=page.get_by_role("link", name="another submission"))
    page.once("dialog", lambda dialog: dialog.accept())
    older.get_by_role("button", name="Roll back to it").click()
    expect(older).to_contain_text("current")
    expect(rows.filter(has_text="this title")).to_contain_text("superseded")
    assert page.evaluate("window.loaded") == "once"
    first = manifest.read_text()
    assert first != second
    back = rows.filter(has_text="this title")
    page.once("dialog", lambda dialog: dialog.accept())
    back.get_by_role("button", name="Roll back to it").click()
    expect(back).to_contain_text("current")
    assert manifest.read_text() == second


def test_the_report_of_a_rejected_title_says_why(open_page: Open, pages_farm: PagesFarm) -> None:
    job = submit(pages_farm, "too-good", "clip.mp4", qc={"top_harmonic_mean": 100, "top_p5": 100})
    wait_for(pages_farm, job, "REJECTED")
    page = open_page(f"/titles/{job}")
    expect(page.locator(".problem").first).to_contain_text("What to do:")
    page.get_by_role("link", name="QC report").click()
    expect(page.locator("body")).to_contain_text("at least 100")
