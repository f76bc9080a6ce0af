"""How many titles score, in Chromium: in words first, drawn, read by everybody, without scripts."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from storage.postgres.database import Database
from tests.browser.opened import serious_barriers, sign_in
from tests.service.api_server import ApiServer
from tests.service.conftest import api
from tests.service.scored import (
    BEFORE,
    NEWER,
    SLOWER,
    ScoredTitle,
    open_catalog,
    skewed,
    write_titles,
)

__all__ = ["api"]  # a fixture


def an_autumn(rng: random.Random) -> Iterator[ScoredTitle]:
    """Give 320 titles in two months; a newer FFmpeg made some of them again, 0.8 lower."""
    for number in range(320):
        maker = BEFORE if number < 210 else NEWER if number < 290 else SLOWER
        lost = 0.8 if maker is NEWER else 0.0
        score, ago = skewed(rng) - lost, (320 - number) / 5.2
        for lines, lower in ((1080, 0), (720, 2), (540, 6)):
            yield ScoredTitle(f"film-{number}", score - lower, ago, maker, lines=lines)
        if number % 4 == 0:
            yield ScoredTitle(f"film-{number}", score - 1, ago, maker, "hevc")
    for number in range(150, 190):
        again = random.Random(number)
        score = skewed(random.Random(f"film {number}"))
        source, ago = f"sent-again-{number}", 30 - (number - 150) / 10
        yield ScoredTitle(f"again-{number}", score, ago, BEFORE, source=source)
        noisy = score - 0.8 + again.gauss(0, 0.2)
        yield ScoredTitle(f"again-{number}", noisy, ago - 15, NEWER, source=source)
    for number, score in enumerate((61.3, 68.0, 71.9)):
        yield ScoredTitle(f"grainy-{number}", score, 12 - number, NEWER, verdict="rejected")


@pytest.fixture
def visitor(browser: Browser, api: ApiServer, database: Database) -> Iterator[Page]:
    """Somebody who is signed in to a farm with a catalog of such titles."""
    with database.begin() as session:
        open_catalog(session)
        open_catalog(session, "empty")
        write_titles(session, an_autumn(random.Random(2026)))
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, api.url, api.token())
    yield page
    context.close()


def test_what_there_is_to_say_comes_first_in_words(visitor: Page, api: ApiServer) -> None:
    visitor.goto(f"{api.url}/catalogs/autumn")
    visitor.get_by_role("link", name="Quality", exact=True).click()
    expect(visitor).to_have_title("✋ Quality of autumn – ReelFarm")
    spread, hevc, moved = visitor.locator("#main > .lead").all()[:3]
    expect(spread).to_contain_text("363 titles in H.264; the middle half scores 9")
    expect(hevc).to_contain_text("80 titles in HEVC")
    expect(moved).to_contain_text("Since FFmpeg went from n9.0.2 to n9.1")
    expect(moved).to_contain_text("1080p H.264 scores 0.8 lower")
    expect(moved).to_contain_text("the same 40 titles before and after")
    spread.get_by_role("link", name="Which").click()
    far = visitor.get_by_role("region", name="H.264").locator("table").first
    expect(far.get_by_role("row")).to_have_count(5)
    expect(far.get_by_role("row").nth(1)).to_contain_text("grainy-0")
    expect(far.get_by_role("link", name="QC report of grainy-0")).to_be_visible()
    changes = visitor.get_by_role("region", name="Did a change move scores?")
    first = changes.get_by_role("row").nth(1)
    expect(first).to_contain_text("0.8 lower")
    expect(first).to_contain_text("Wilcoxon signed-rank, p < 0.0001")
    expect(changes).to_contain_text("too few to say")


def test_everybody_can_read_it_at_both_widths_light_and_dark(
    visitor: Page, api: ApiServer, axe: str
) -> None:
    for path in ("/catalogs/autumn/quality", "/catalogs/empty/quality", "/quality"):
        for width, scheme in ((1440, "light"), (1440, "dark"), (375, "light"), (375, "dark")):
            visitor.set_viewport_size({"width": width, "height": 900})
            visitor.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            visitor.goto(f"{api.url}{path}")
            for fold in visitor.locator("main summary").all():
                fold.click()
            assert visitor.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert serious_barriers(visitor, axe) == [], (path, width, scheme)


def test_it_is_whole_without_scripts(visitor: Page, api: ApiServer, browser: Browser) -> None:
    cookies = visitor.context.storage_state()
    context = browser.new_context(storage_state=cookies, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{api.url}/catalogs/autumn/quality")
    expect(page.locator("svg.scores")).to_have_count(4)
    expect(page.get_by_text("scores 0.8 lower")).to_be_visible()
    page.goto(f"{api.url}/catalogs/empty/quality")
    expect(page.get_by_text("No title was scored yet.")).to_be_visible()
    expect(page.get_by_role("link", name="Hand in a title")).to_be_visible()
    context.close()
