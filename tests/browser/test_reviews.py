"""A title that waits for a person, decided on in Chromium: approved, rejected, and read by all."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.opened import Open, open_page, serious_barriers, signed_in
from tests.browser.pages_farm import PagesFarm
from tests.waiting import wait_until

__all__ = ["open_page", "signed_in"]  # fixtures

LADDER = {
    "name": "fast",
    "preset": "ultrafast",
    "rungs": [{"width": 320, "height": 180, "max_bps": 500_000, "crf": 30}],
}
ASKS = {
    **{"top_harmonic_mean": 20, "top_p5": 10, "top_p1": 5},
    "review": {"top_p5": 99.9, "top_p1": 99.9},
}
LIVE_MS = 60_000


def waiting(farm: PagesFarm, asset: str) -> str:
    """Return the job of a title that waits for a person."""
    with farm.client() as client:
        asked = {"source": f"file://{farm.folder}/clip.mp4", "asset": asset, "ladder": LADDER}
        job = client.post("/v1/jobs", json={**asked, "qc": ASKS}).raise_for_status().json()["id"]
    wait_until(lambda: state(farm, job) == "WAITING")
    return str(job)


def state(farm: PagesFarm, job: str) -> str:
    with farm.client() as client:
        return str(client.get(f"/v1/jobs/{job}").json()["state"])


def test_a_reviewer_finds_a_title_talks_it_over_and_approves(
    open_page: Open, pages_farm: PagesFarm
) -> None:
    job = waiting(pages_farm, "approved-here")
    page = open_page("/farm")
    page.get_by_role("link", name="1 title needs a person").click()
    page.get_by_role("link", name="approved-here").click()
    expect(page).to_have_title("✋ approved-here – ReelFarm")
    review = page.get_by_role("region", name="Review")
    expect(review).to_contain_text("VMAF of the best rung, 5th percentile")
    expect(review).to_contain_text("claimed by nobody")
    review.get_by_role("button", name="Claim it").click()
    expect(review.get_by_role("button", name="Give it back")).to_be_visible()
    review.get_by_label("Comment").fill("Soft in the sky.")
    review.get_by_label("at", exact=True).fill("0:02.5")
    review.get_by_role("button", name="Say so").click()
    expect(review).to_contain_text("0:02.5")
    expect(review).to_contain_text("Soft in the sky.")
    review.locator("summary", has_text="Waive it").first.click()
    review.get_by_label("Why it may be as it is").first.fill("Meant so.")
    review.get_by_role("button", name="Waive", exact=True).first.click()
    expect(review).to_contain_text("waived vmaf-top-p5")
    review.get_by_label("Why", exact=True).fill("As the master.")
    review.get_by_role("button", name="Approve").click()
    expect(page.locator(".top .lead")).to_contain_text("published", timeout=LIVE_MS)
    expect(page.get_by_role("region", name="Review")).to_contain_text("As the master.")
    assert state(pages_farm, job) == "PUBLISHED"


def test_a_reviewer_rejects_with_the_keyboard_alone(open_page: Open, pages_farm: PagesFarm) -> None:
    job = waiting(pages_farm, "rejected-here")
    page = open_page(f"/titles/{job}")
    page.get_by_role("link", name="Look at it and decide").click()
    expect(page).to_have_url(f"{pages_farm.url}/titles/{job}/qc#review-title")
    page.wait_for_load_state()
    page.keyboard.press("r")
    expect(page.get_by_label("Why", exact=True)).to_be_focused()
    page.keyboard.type("Blocks at the end.")
    page.keyboard.press("Enter")
    expect(page.locator(".top .lead")).to_contain_text("rejected")
    expect(page.get_by_role("region", name="Review")).to_contain_text("Blocks at the end.")
    assert state(pages_farm, job) == "REJECTED"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_review_keeps_nobody_out_and_fits_a_telephone(
    open_page: Open, pages_farm: PagesFarm, axe: str, scheme: str
) -> None:
    job = waiting(pages_farm, f"read-{scheme}")
    page = open_page(f"/titles/{job}/qc", 375, color_scheme=scheme)
    page.locator("summary", has_text="Waive it").first.click()
    assert serious_barriers(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    with pages_farm.client() as client:
        client.post(f"/v1/jobs/{job}/cancel").raise_for_status()
