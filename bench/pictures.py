"""Photographs of every page, with twenty titles in all states: for review, and for the README.

Needs Chromium. Each page is taken at both widths, light and dark.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

from bench.clips import BUILD, bunny_1080p
from bench.pictures_titles import Titles
from bench.up import a_farm

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTHS = {1440: 900, 375: 812}
SCHEMES = ("light", "dark")
SETTLED_MS = 1200
README = Path(__file__).parents[1] / "docs" / "pictures"
IN_README = {(name, 1440, "light") for name in ("farm", "title", "catalog", "qc")}
MARGIN = 24
QC_WINDOW = 640  # high: pictures are as large as there is room for
WORKERS = 2
UNDER_WAY_S = 20  # until titles that were just handed in have something to show
PRICES = {
    "REELFARM_CURRENCY": "EUR",
    "REELFARM_PRICE_CORE_HOUR": "0.50",
    "REELFARM_PRICE_GB_MONTH": "0.02",
}


def main() -> None:
    """Fill a farm and photograph its pages."""
    parser = argparse.ArgumentParser(prog="bench.pictures", description=__doc__)
    parser.add_argument("--to", type=Path, default=BUILD / "pictures")
    parser.add_argument("--readme", action="store_true", help="those of the README anew as well")
    parser.add_argument("--port", type=int, default=18_432)
    options = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if chromium is None:
        sys.exit("pictures need Chromium: install your system's package")
    state = options.to / "state"
    if state.exists():
        shutil.rmtree(state)  # a farm that has the titles already would have nothing under way
    state.mkdir(parents=True)
    with (
        TemporaryDirectory(prefix="media-") as media,
        a_farm(state, options.port, WORKERS, **PRICES) as client,
    ):
        titles = Titles(client, Path(media), bunny_1080p())
        titles.prepare()
        titles.keep_busy()
        time.sleep(UNDER_WAY_S)
        key = client.headers["Authorization"].removeprefix("Bearer ")
        url = str(client.base_url)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium)
            for scheme in SCHEMES:
                for width in WIDTHS:
                    with _signed_in(browser, url, key, width, scheme) as page:
                        for name, path in _paths(titles).items():
                            _take(page, f"{url}{path}", options.to / f"{name}-{width}-{scheme}.png")
                            if options.readme and (name, width, scheme) in IN_README:
                                _take_top(page, README / f"{name}.png")
            browser.close()
    print(f"the pictures are in {options.to}")


def _paths(titles: Titles) -> dict[str, str]:
    return {
        "farm": "/farm",
        "titles": "/titles",
        "title": f"/titles/{titles.shown}",
        "title-running": f"/titles/{titles.running}",
        "title-rejected": f"/titles/{titles.rejected}",
        "qc": f"/titles/{titles.to_decide}/qc",
        "qc-published": f"/titles/{titles.shown}/qc",
        "player": f"/titles/{titles.shown}/play",
        "catalogs": "/catalogs",
        "catalog": "/catalogs/season-1",
        "quality": "/catalogs/season-1/quality",
        "submit": "/submit",
        "plan": f"/plans/{titles.plan}",
        "webhooks": "/webhooks",
        "keys": "/keys",
        "audit": "/audit",
        "nothing": "/titles?q=nothing-of-that-name",
        "no-page": "/no-such-page",
    }


@contextmanager
def _signed_in(browser: Browser, url: str, key: str, width: int, scheme: str) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/farm")
    yield page
    context.close()


def _take(page: Page, url: str, picture: Path) -> None:
    page.goto(url)
    if url.endswith("/play"):
        page.locator("#play:enabled").click()
    if url.endswith("/qc"):
        page.locator("#ab-stage[data-frame]").wait_for()
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=picture, full_page=True)


def _take_top(page: Page, picture: Path) -> None:
    """Take what one sees without scrolling, without the empty ground below it.

    Of a QC page all down to source beside encode, on a lower window.
    """
    pictures = page.locator("#ab-section")
    is_qc = pictures.count() > 0
    page.set_viewport_size({"width": 1440, "height": QC_WINDOW if is_qc else WIDTHS[1440]})
    page.evaluate("scrollTo(0, 0)")
    end = pictures if is_qc else page.locator("main")
    content = end.evaluate("node => node.lastElementChild.getBoundingClientRect().bottom")
    picture.parent.mkdir(exist_ok=True)
    height = content + MARGIN if is_qc else min(WIDTHS[1440], content + MARGIN)
    clip: FloatRect = {"x": 0, "y": 0, "width": 1440, "height": height}
    page.screenshot(path=picture, clip=clip, full_page=is_qc)


if __name__ == "__main__":
    main()
