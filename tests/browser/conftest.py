"""Chromium, the players and a published title for it to play."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.pages_farm import PagesFarm, running
from tests.browser.screen import Screen
from tests.browser.static_server import StaticServer, serve
from tests.browser.title import Title, publish

HERE = Path(__file__).parent
PLAYERS = HERE.parent.parent / "build" / "browser"  # `make players` fetches them
CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--no-sandbox",  # Chromium's own sandbox refuses to run as root, which CI is
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # tests speak to the loopback only
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)


def _missing(what: str) -> None:
    """Skip where a developer lacks `what`; fail in CI, which promises to have it."""
    if os.environ.get("CI"):
        pytest.fail(f"CI has to have {what}")
    pytest.skip(f"the browser tests need {what}")


@pytest.fixture(scope="session")
def players() -> Path:
    """The folder of the JavaScript players."""
    if not (PLAYERS / "shaka-player").is_dir() or not (PLAYERS / "hls.js").is_dir():
        _missing("shaka-player and hls.js: run `make players`")
    return PLAYERS


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of an installed Chromium, which unlike Playwright's own plays H.264 and AAC."""
    for name in (os.environ.get("REELFARM_TEST_CHROMIUM", ""), *CHROMIUM):
        if name and (path := shutil.which(name)):
            return path
    _missing("Chromium: install your system's package, or name one in REELFARM_TEST_CHROMIUM")
    raise AssertionError


@pytest.fixture(scope="session")
def driver() -> None:
    """Playwright's driver, a program of its own that may lack a library of the system."""
    argv = [sys.executable, "-m", "playwright", "--version"]
    tried = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    if tried.returncode:
        _missing(f"Playwright's driver to start: {tried.stderr.strip()}")


@pytest.fixture(scope="module")  # Playwright's event loop must not outlive the tests that need it
def browser(chromium: str, driver: None) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def published_title(
    players: Path, chromium: str, driver: None, tmp_path_factory: pytest.TempPathFactory
) -> Title:
    """A clip published by `reelfarm run`, with what the browser needs checked beforehand."""
    return publish(tmp_path_factory.mktemp("title"))


@pytest.fixture(scope="session")
def pages_farm(published_title: Title) -> Iterator[PagesFarm]:
    """A farm that has published the title, with its pages."""
    job = published_title.record["id"]
    with running(published_title.origin.parent, job) as farm:
        yield farm


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that finds what keeps people out (axe-core)."""
    script = PLAYERS / "axe-core" / "axe.min.js"
    if not script.is_file():
        _missing("axe-core: run `make players`")
    return script.read_text("utf-8")


@pytest.fixture
def server(published_title: Title, players: Path) -> Iterator[StaticServer]:
    folders = {"origin": published_title.origin, "pages": HERE / "pages", "players": players}
    with serve(folders) as running:
        yield running


Open = Callable[[str, str], Screen]


@pytest.fixture
def screen(browser: Browser, server: StaticServer, published_title: Title) -> Iterator[Open]:
    """Open a player's page and play the title's "hls" or "dash" in it.

    Every test ends with the demand that nothing went wrong on the way.
    """
    opened: list[Screen] = []

    def open_page(player: str, manifest: str) -> Screen:
        screen = Screen(browser.new_page())
        opened.append(screen)
        screen.page.goto(f"{server.url}/pages/{player}.html")
        screen.play(f"{server.url}/origin/{published_title.path(manifest)}")
        return screen

    yield open_page
    errors = [error for screen in opened for error in screen.page.evaluate("player.errors")]
    for screen in opened:
        screen.page.close()
    assert (errors, server.refused) == ([], [])
