"""Files that a browser sends straight to S3: in parts, those that were lost once more."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.opened import sign_in
from tests.service.handing_in import Hall, s3_hall

__all__ = ["s3_hall"]  # a fixture

PART = 16 << 20


def bucket_allowing(page: Page, hall: Hall, lost: list[int]) -> list[int]:
    """Have the bucket's server allow the page (CORS), which that of the tests cannot.

    Returns the numbers of the parts as they are sent; of those `lost` the first try is cut.
    """
    sent: list[int] = []
    allowed = {"Access-Control-Allow-Origin": hall.server.url}

    def forward(route: Route) -> None:
        number = int(parse_qs(urlsplit(route.request.url).query).get("partNumber", ["0"])[0])
        sent.append(number)
        if number in lost and sent.count(number) == 1:
            route.abort("connectionreset")
            return
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, **allowed})

    page.route(f"{hall.settings.s3_endpoint_url}/**", forward)
    return sent


def test_parts_go_straight_to_s3_and_what_was_lost_goes_again(
    browser: Browser, s3_hall: Hall, tmp_path: Path
) -> None:
    content = os.urandom(2 * PART + 1000)
    film, captions = tmp_path / "film.mp4", tmp_path / "film.en.srt"
    film.write_bytes(content)
    captions.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    page = browser.new_page()
    sign_in(page, s3_hall.server.url, s3_hall.server.token())
    sent = bucket_allowing(page, s3_hall, lost=[2])
    page.goto(f"{s3_hall.server.url}/submit")
    page.get_by_label("Choose files").set_input_files([film, captions])
    row = page.get_by_role("listitem").filter(has_text="film.mp4")
    expect(row).to_contain_text("arrived", timeout=60_000)
    source = page.get_by_label("Location").input_value()
    assert re.match("upload://[0-9a-f]{32}/film.mp4$", source)
    assert s3_hall.read(source, tmp_path / "scratch") == content
    assert sent[0] == 0  # the subtitles, as a whole
    assert sorted(set(sent[1:])) == [1, 2, 3]
    assert sent.count(2) == 2
    page.close()


def test_a_bucket_that_allows_no_pages_is_told_apart_from_a_lost_connection(
    browser: Browser, s3_hall: Hall, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    page = browser.new_page()
    sign_in(page, s3_hall.server.url, s3_hall.server.token())
    page.goto(f"{s3_hall.server.url}/submit")
    page.get_by_label("Choose files").set_input_files(film)
    problem = page.get_by_role("listitem").locator(".problem")
    expect(problem).to_contain_text("cannot send to the store", timeout=60_000)
    expect(problem).to_contain_text("CORS")
    page.close()
