"""How many titles score, in Chromium: in words first, drawn, read by everybody, without scripts."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from storage.postgres.database import Database
from tests.browser.opened import sign_in
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
