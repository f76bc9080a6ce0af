"""A page of `pages/` in Chromium: what a viewer does with it, and what they see."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, TimeoutError

PATIENCE_MS = 30_000  # a loaded machine decodes slowly; a healthy one needs a second


@dataclass(frozen=True, slots=True)
class Screen:
    """One player page; everything goes through the `player` object it defines."""

    page: Page

    def play(self, url: str) -> None:
        """Load `url` and start it."""
        self.page.evaluate("url => player.load(url)", url)
        self.wait_until("player.state().time_s > 0")

    def state(self) -> dict[str, Any]:
        """Return time and duration in seconds, picture height, whether it ended, audio bytes."""
        state: dict[str, Any] = self.page.evaluate("player.state()")
        return state

    def ask(self, call: str, *arguments: object) -> Any:
        """Return what the page's `player.<call>` answers to `arguments`."""
        return self.page.evaluate(
            "([call, args]) => player[call](...args)", [call, list(arguments)]
        )

    def seek(self, time_s: float) -> None:
        """Jump to `time_s` and wait until it plays from there."""
        self.ask("seek", time_s)
        self.wait_until(f"player.state().time_s > {time_s} && !video.seeking")

    def look_at(self, time_s: float) -> None:
        """Hold the picture of `time_s`."""
        self.ask("pause")
        self.ask("seek", time_s)
        self.wait_until("!video.seeking && video.readyState >= video.HAVE_CURRENT_DATA")

    def see(self, call: str, expected: object) -> None:
        """Wait until `player.<call>` answers `expected`; fail with its answer if it never does."""
        try:
            self.page.wait_for_function(
                "([call, expected]) => JSON.stringify(player[call]()) === expected",
                arg=[call, json.dumps(expected, separators=(",", ":"), ensure_ascii=False)],
                timeout=PATIENCE_MS,
            )
        except TimeoutError:
            pytest.fail(f"{call} is {self.ask(call)!r} instead of {expected!r}: {self.state()}")

    def wait_until(self, condition: str) -> None:
        """Return once the JavaScript `condition` holds; raise TimeoutError if it does not."""
        self.page.wait_for_function(condition, timeout=PATIENCE_MS)
