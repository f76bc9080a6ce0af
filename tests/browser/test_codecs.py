"""A title in three codecs plays in Chromium, in each codec that it decodes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import HERE
from tests.browser.screen import Screen
from tests.browser.static_server import StaticServer, serve
from tests.browser.title import CODECS_LADDER, DURATION_S, Title, brightness_at, publish


@pytest.fixture(scope="module")
def title(
    players: Path, chromium: str, driver: None, tmp_path_factory: pytest.TempPathFactory
) -> Title:
    return publish(tmp_path_factory.mktemp("codecs"), CODECS_LADDER)


@pytest.fixture
def server(title: Title, players: Path) -> Iterator[StaticServer]:
    folders = {"origin": title.origin, "pages": HERE / "pages", "players": players}
    with serve(folders) as running:
        yield running


@pytest.mark.parametrize("manifest", ["hls", "dash"])
@pytest.mark.parametrize("codec", ["avc1", "av01"])
def test_a_codec_that_is_preferred_plays_to_the_end_and_shows_the_right_pictures(
    browser: Browser, server: StaticServer, title: Title, codec: str, manifest: str
) -> None:
    viewer = Screen(browser.new_page())
    viewer.page.goto(f"{server.url}/pages/shaka.html")
    viewer.ask("prefer", codec)
    viewer.play(f"{server.url}/origin/{title.path(manifest)}")
    assert viewer.ask("codec").startswith(codec)
    for time_s in (9.1, 4.1):
        viewer.seek(time_s)
        # Of AV1 a busy machine drops pictures, and pausing holds the last one that was shown: only
        # what was sought while paused is exact.
        viewer.look_at(time_s + 0.5)
        expected = brightness_at(time_s + 0.5)
        viewer.wait_until(f"Math.abs(player.brightness() - {expected}) <= 6")
        viewer.ask("resume")
    viewer.seek(DURATION_S - 1.5)
    viewer.wait_until("player.state().ended")
    assert viewer.ask("codec").startswith(codec)
    assert (viewer.page.evaluate("player.errors"), server.refused) == ([], [])
    viewer.page.close()


def test_hls_js_keeps_to_a_codec_that_the_browser_decodes(
    browser: Browser, server: StaticServer, title: Title
) -> None:
    viewer = Screen(browser.new_page())
    viewer.page.goto(f"{server.url}/pages/hlsjs.html")
    viewer.play(f"{server.url}/origin/{title.path('hls')}")
    viewer.seek(DURATION_S - 1.5)
    viewer.wait_until("player.state().ended")
    asked = {
        request.path.split("/")[5].partition("-")[0]
        for request in server.requests
        if request.path.endswith(".m4s")
    }
    assert "hevc" not in asked
    assert (viewer.page.evaluate("player.errors"), server.refused) == ([], [])
    viewer.page.close()
