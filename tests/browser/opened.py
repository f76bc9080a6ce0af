"""Pages as somebody who is signed in sees them: fixtures of the tests of pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    StorageState,
    expect,
)

from tests.browser.pages_farm import PagesFarm
from tests.waiting import wait_until

PATIENCE_MS = 90_000  # against hanging: a loaded machine takes its time
WHOLE_TITLE_MS = 240_000

OF_REQUEST = re.compile("Failed to load resource: ")

Open = Callable[..., Page]


def sign_in(page: Page, url: str, key: str) -> None:
    """Sign in with a key, and end on the page of the farm or of its titles."""
    page.goto(f"{url}/sign-in")
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(f"{url}/sign-in")


@pytest.fixture(scope="module")
def signed_in(browser: Browser, pages_farm: PagesFarm) -> StorageState:
    """The cookies of somebody who is signed in."""
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, pages_farm.url, pages_farm.key)
    page.goto(f"{pages_farm.url}/submit")
    page.get_by_label("Catalog").fill("looked-at")
    page.get_by_label("Titles as CSV").fill(
        f"external_id,source\none,file://{pages_farm.folder}/clip.mp4\ntwo,file:///nothing.mp4\n"
    )
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Hand in 2 titles").click()
    expect(page).to_have_url(f"{pages_farm.url}/catalogs/looked-at")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_page(browser: Browser, pages_farm: PagesFarm, signed_in: StorageState) -> Iterator[Open]:
    """Open a page as somebody who is signed in; what the browser complains of fails the test."""
    expect.set_options(timeout=PATIENCE_MS)  # a loaded machine takes its time
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    failing = False  # requests may fail, of which Chromium complains by itself

    def complain(said: ConsoleMessage) -> None:
        if said.type in ("error", "warning") and not (failing and OF_REQUEST.match(said.text)):
            complaints.append(said.text)

    def opened(path: str, width: int = 1440, requests_fail: bool = False, **options: Any) -> Page:
        nonlocal failing
        failing = requests_fail
        context = browser.new_context(
            storage_state=signed_in, viewport={"width": width, "height": 900}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{pages_farm.url}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == [], complaints


def serious_barriers(page: Page, axe: str) -> list[tuple[str, list[str]]]:
    """Return what keeps people out of the page as it is, by axe-core's rules, with where."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (each["id"], [node["html"][:120] for node in each["nodes"]])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def until(page: Page, holds: str) -> None:
    """Wait for a condition; Playwright's own way would evaluate text, which the pages forbid."""
    wait_until(lambda: page.evaluate(holds), PATIENCE_MS / 1000)
