"""Files that are dropped on the submit page: sent, resumed, planned, handed in, published."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.opened import (
    WHOLE_TITLE_MS,
    Open,
    open_page,
    serious_barriers,
    signed_in,
)
from tests.browser.pages_farm import PagesFarm

__all__ = ["open_page", "signed_in"]  # fixtures

PIECE = 16 << 20
SOURCE = re.compile(r"^upload://[0-9a-f]{32}/")
SUBTITLES = "1\n00:00:01,000 --> 00:00:03,000\nHello\n"


@pytest.fixture
def film(pages_farm: PagesFarm, tmp_path: Path) -> Path:
    """A clip of three pieces: what it has too much lies in a box that players skip."""
    return padded(pages_farm.folder / "clip.mp4", tmp_path / "film.mp4", 2 * PIECE + (5 << 20))


def padded(clip: Path, target: Path, more_bytes: int) -> Path:
    box = (more_bytes + 8).to_bytes(4, "big") + b"free"
    target.write_bytes(clip.read_bytes() + box + os.urandom(more_bytes))
    return target


def beside(film: Path, ending: str, text: str = SUBTITLES) -> Path:
    file = film.with_name(f"{film.stem}{ending}")
    file.write_text(text)
    return file


def drop(page: Page, name: str, content: str) -> None:
    """Drop a small file on the page, as a mouse would."""
    dropped = page.evaluate_handle(
        """([name, content]) => {
          const data = new DataTransfer();
          data.items.add(new File([content], name));
          return data;
        }""",
        [name, content],
    )
    page.dispatch_event("body", "dragover", {"dataTransfer": dropped})
    expect(page.locator("body")).to_have_class("dropping")
    page.dispatch_event("body", "drop", {"dataTransfer": dropped})


def throttle(page: Page, upload_bytes_per_s: int) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1}
    session.send(
        "Network.emulateNetworkConditions", {**conditions, "uploadThroughput": upload_bytes_per_s}
    )


def stored(farm: PagesFarm, source: str) -> Path:
    """Return the file that an upload is kept as."""
    return farm.folder / "state" / "work" / "uploads" / "default" / source.split("/")[2]


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_film_that_is_dropped_is_seen_sent_planned_and_published(
    open_page: Open, pages_farm: PagesFarm, film: Path
) -> None:
    page = open_page("/submit")
    throttle(page, 12 << 20)
    page.evaluate("window.loaded = 'once'")
    chapters = beside(film, ".chapters.vtt", "WEBVTT\n\n00:00.000 --> 00:05.000\nOpening\n")
    files = [film, beside(film, ".en.srt"), beside(film, ".de.forced.srt"), chapters]
    page.get_by_label("Choose files").set_input_files(files)
    row = page.get_by_role("listitem").filter(has_text="film.mp4")
    expect(row).to_contain_text("with 2 subtitle files, chapters")
    expect(row).to_contain_text(re.compile(r"\d+ %, [\d.]+ MB/s, \d+ s left"))
    expect(page).to_have_title(re.compile(r"^◐ \d+ % Submit"))
    assert 0 < float(row.get_by_role("progressbar").evaluate("bar => bar.value")) < 1
    expect(row).to_contain_text("arrived")
    expect(page.get_by_role("status")).to_contain_text("film.mp4 has arrived")
    expect(page.get_by_label("Location")).to_have_value(SOURCE)
    assert digest(stored(pages_farm, page.get_by_label("Location").input_value())) == digest(film)
    fields = ("#language-0", "#kind-0", "#language-1", "#kind-1")
    told = [page.locator(field).input_value() for field in fields]
    assert told == ["de", "forced", "en", ""]
    expect(page.get_by_label("Chapters at")).to_have_value(SOURCE)
    assert page.evaluate("window.loaded") == "once"
    page.get_by_role("button", name="See the plan first").click()
    expect(page).to_have_url(re.compile(r"/plans/[0-9a-f]{32}$"))
    lead = page.locator(".lead")
    page.evaluate("window.loaded = 'once'")
    expect(lead.first).to_contain_text("planned", timeout=WHOLE_TITLE_MS)
    expect(lead.first).to_contain_text(re.compile(r"of processor time, 0\.\d+ EUR"))
    expect(lead.last).to_contain_text("Published between")
    assert page.evaluate("window.loaded") == "once"
    page.get_by_role("button", name="Hand in").click()
    expect(page).to_have_url(re.compile(r"/titles/[0-9a-f]{32}$"))
    page.evaluate("window.loaded = 'once'")
    lead = page.locator(".top .lead")
    expect(lead).to_contain_text("2 text tracks", timeout=WHOLE_TITLE_MS)
    assert page.evaluate("window.loaded") == "once"
    expect(page.locator(".top .facts")).to_contain_text(
        re.compile(r"0\.\d+ EUR to make, .* to keep")
    )
    page.locator("#step-encode-0 > summary").click()
    expect(page.locator("#step-encode-0 dl")).to_contain_text(re.compile(r"cost\s*0\.\d+ EUR"))
    page.locator("#step-package > summary").click()
    page.locator("#argv-package > summary").click()
    expect(page.locator("[id^=argv-package] pre")).to_contain_text("--segment_duration")


def test_what_breaks_off_goes_on_where_it_was_and_arrives_whole(
    open_page: Open, pages_farm: PagesFarm, film: Path
) -> None:
    page = open_page("/submit", requests_fail=True)
    pieces: list[int] = []

    def cut(route: Route) -> None:
        pieces.append(int(route.request.headers["upload-offset"]))
        if pieces.count(PIECE) in (1, 2) and pieces[-1] == PIECE:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(
        "**/v1/uploads/*",
        lambda route: cut(route) if route.request.method == "PATCH" else route.continue_(),
    )
    page.get_by_label("Choose files").set_input_files(film)
    row = page.get_by_role("listitem").filter(has_text="film.mp4")
    expect(row).to_contain_text("connection lost at 4")
    expect(page.get_by_role("status")).to_contain_text("it goes on by itself")
    expect(row).to_contain_text("arrived")
    assert pieces == [0, PIECE, PIECE, PIECE, 2 * PIECE]
    assert digest(stored(pages_farm, page.get_by_label("Location").input_value())) == digest(film)


def test_one_pauses_leaves_and_goes_on_with_the_keyboard(
    open_page: Open, pages_farm: PagesFarm, film: Path
) -> None:
    page = open_page("/submit")
    throttle(page, 8 << 20)
    page.get_by_label("Choose files").set_input_files(film)
    row = page.get_by_role("listitem").filter(has_text="film.mp4")
    expect(row).to_contain_text("MB/s")
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="Pause film.mp4").press("Enter")
    expect(row).to_contain_text("paused at")
    expect(page.get_by_role("button", name="Go on film.mp4")).to_be_focused()
    page.goto(f"{pages_farm.url}/submit")  # which forgets the files, but not how far they were
    page.get_by_label("Choose files").set_input_files(film)
    expect(row).to_contain_text("arrived")
    with pages_farm.client() as client:
        source = page.get_by_label("Location").input_value()
        seen = client.get(f"/v1/uploads/{source.split('/')[2]}").json()
    assert seen["complete"]
    assert digest(stored(pages_farm, source)) == digest(film)


def test_several_films_become_titles_of_their_own(
    open_page: Open, pages_farm: PagesFarm, tmp_path: Path
) -> None:
    clip = pages_farm.folder / "clip.mp4"
    films = [padded(clip, tmp_path / f"{name}.mp4", 1000) for name in ("east", "west")]
    notes = beside(films[0], ".pdf")
    page = open_page("/submit", width=375)
    page.get_by_label("Choose files").set_input_files([*films, beside(films[1], ".de.srt"), notes])
    expect(page.locator("#files-aside")).to_contain_text("Left aside: east.pdf. By its name")
    expect(page.get_by_label("Location")).to_be_hidden()
    page.get_by_role("button", name="See 2 plans first").click()
    east, west = (page.get_by_role("listitem").filter(has_text=film.name) for film in films)
    expect(east).to_contain_text(re.compile(r"Its plan: \d rungs, "), timeout=WHOLE_TITLE_MS)
    expect(west).to_contain_text(re.compile(r"Its plan: \d rungs, "), timeout=WHOLE_TITLE_MS)
    page.get_by_role("button", name="Hand in 2 titles").click()
    expect(west.get_by_role("link", name="The title")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    east.get_by_role("link", name="The title").click()
    expect(page.locator("h1")).to_have_text("east")
    expect(page.get_by_role("link", name="its plan")).to_be_visible()


def test_a_refusal_says_what_to_do_and_a_file_can_be_taken_back(
    open_page: Open, axe: str, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.mp4"
    with huge.open("wb") as file:
        file.truncate(300 << 30)  # a hole: it takes no room
    page = open_page("/submit", requests_fail=True)
    page.get_by_label("Choose files").set_input_files(huge)
    row = page.get_by_role("listitem").filter(has_text="huge.mp4")
    expect(row.locator(".problem")).to_contain_text("is more than the 274877906944 bytes")
    expect(row.locator(".problem [data-part=fix]")).not_to_be_empty()
    assert serious_barriers(page, axe) == []
    page.get_by_role("button", name="Take back huge.mp4").click()
    expect(row).to_have_count(0)
    expect(page.locator("#choose")).to_be_focused()


def test_a_file_of_rows_is_looked_at(open_page: Open, pages_farm: PagesFarm) -> None:
    page = open_page("/submit")
    drop(page, "autumn 2026.csv", "external_id,source\nep-1,gopher://x\n")
    expect(page).to_have_url(f"{pages_farm.url}/catalogs/preview")
    expect(page.locator("h1")).to_have_text("autumn-2026, before it is sent")


def test_a_small_film_is_dropped_with_the_mouse(open_page: Open) -> None:
    page = open_page("/submit")
    drop(page, "small.mp4", "not a film, which is found out when it is looked at")
    expect(page.get_by_role("listitem").filter(has_text="small.mp4")).to_contain_text("arrived")


def test_without_scripts_the_page_says_how_files_are_handed_in(open_page: Open) -> None:
    page = open_page("/submit", requests_fail=True, java_script_enabled=False)
    expect(page.get_by_text("Without scripts this page sends no files")).to_be_visible()
    expect(page.get_by_text("Choose files")).to_be_hidden()
    page.get_by_label("Location").fill("gopher://x/y.mp4")
    page.get_by_role("button", name="See the plan first").click()
    expect(page.locator("#wrong-source")).to_be_visible()
