"""The report of a published title in Chromium: what a reviewer does with it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Page

from tests.browser.static_server import StaticServer
from tests.browser.title import CHAPTERS, DURATION_S, HEIGHTS, Title


@dataclass(frozen=True, slots=True)
class Report:
    """The page, and whatever the browser complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, url: str) -> Report:
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(url)
        return self

    def curves(self) -> FloatRect:
        """Return where the area with the curves is on the screen, in pixels."""
        box = self.page.locator("#quality-figure .u-over").bounding_box()
        assert box is not None
        return box

    def point_at(self, share: float) -> None:
        """Move the pointer to a share of the shown stretch of the title."""
        box = self.curves()
        self.page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)

    def time(self) -> str:
        return self.page.locator("#readout-time").text_content() or ""


@pytest.fixture
def folder(published_title: Title) -> Path:
    """The folder of the published report."""
    prefix: str = published_title.record["outputs"]["origin_prefix"]
    return published_title.origin / prefix / "report"


@pytest.fixture
def report(
    browser: Browser, server: StaticServer, published_title: Title, folder: Path
) -> Iterator[Report]:
    path = folder.relative_to(published_title.origin).as_posix()
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    opened = Report(page).open(f"{server.url}/origin/{path}/index.html")
    yield opened
    page.close()
    assert (opened.complaints, server.refused) == ([], [])


def test_the_pointer_reads_time_frame_chapter_and_the_vmaf_of_every_rung(report: Report) -> None:
    report.point_at(0.75)
    assert report.time().startswith("0:10.")
    read = report.page.locator("#readout").inner_text()
    assert CHAPTERS[1][2] in read
    values = report.page.locator(".legend output").all_text_contents()
    assert len(values) == len(HEIGHTS)
    # Of 336 frames some are scored; of the others it says how sure it is.
    assert all(re.fullmatch(r"\d+\.\d( ± \d+\.\d)?", value) for value in values), values
    best, *_ = values
    assert read.count(", scored") == 1 - best.count("±")
    assert read.count(", expected") == best.count("±")


def test_dragging_zooms_and_a_double_click_returns(report: Report) -> None:
    box = report.curves()
    middle = box["y"] + 20
    report.page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    report.page.mouse.down()
    report.page.mouse.move(box["x"] + box["width"] * 0.75, middle, steps=5)
    report.page.mouse.up()
    show_all = report.page.locator("#show-all")
    assert show_all.is_visible()
    report.point_at(0.1)
    assert f"0:0{DURATION_S // 2}" <= report.time() < f"0:0{DURATION_S // 2 + 1}"
    report.page.mouse.dblclick(box["x"] + box["width"] * 0.5, middle)
    assert show_all.is_hidden()
    report.point_at(0.02)
    assert report.time() <= "0:01"


def test_a_rung_is_hidden_and_shown_by_its_name(report: Report) -> None:
    best = report.page.locator(".legend button").first
    best.click()
    assert best.get_attribute("aria-pressed") == "false"
    best.click()
    assert best.get_attribute("aria-pressed") == "true"


def test_a_mark_leads_to_its_moment_and_the_viewer_flips_at_full_size(report: Report) -> None:
    report.page.locator("#quality-figure a.number").first.click()
    assert report.page.url.endswith("#moment-1")
    report.page.locator("#moment-1 .pair a").first.click()
    picture = report.page.locator("#viewer-picture")
    assert (picture.get_attribute("src") or "").endswith("/report/worst-01-source.jpg")
    report.page.wait_for_function("document.getElementById('viewer-picture').naturalWidth == 480")
    report.page.keyboard.press("Space")
    assert (picture.get_attribute("src") or "").endswith("/report/worst-01-encode.jpg")
    report.page.keyboard.press("Escape")
    assert report.page.locator("#viewer").is_hidden()


def test_the_page_alone_opens_from_a_disk_and_shows_its_small_pictures(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    shutil.copy(folder / "index.html", tmp_path / "taken.html")
    page = browser.new_page()
    Report(page).open((tmp_path / "taken.html").as_uri())
    assert page.locator("#quality-figure canvas").is_visible()
    page.locator("#moment-1 .pair a").first.click()
    page.wait_for_function("document.getElementById('viewer-picture').src.startsWith('data:')")
    assert "is not beside this page" in page.locator("#viewer-note").inner_text()
    page.close()


def test_without_scripts_the_drawing_takes_the_place_of_the_figure(
    browser: Browser, folder: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / "index.html").as_uri())
    assert page.locator(".still svg").is_visible()
    assert page.locator("#quality-figure").is_hidden()
    context.close()


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_every_screen(report: Report, width: int, scheme: str) -> None:
    report.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    report.page.set_viewport_size({"width": width, "height": 900})
    report.page.wait_for_function(f"document.documentElement.scrollWidth <= {width}")
    ink, ground = report.page.evaluate(
        "(({ color, backgroundColor }) => [color, backgroundColor])"
        "(getComputedStyle(document.body))"
    )
    assert (ink, ground) == {
        "light": ("rgb(23, 33, 43)", "rgb(255, 255, 255)"),
        "dark": ("rgb(231, 237, 243)", "rgb(16, 22, 28)"),
    }[scheme]
