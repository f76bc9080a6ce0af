"""The QC page in Chromium: the very frame that is asked for, from any control that leads there."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.numbered import READ, WHITE, NumberedClip, make_clip
from tests.browser.opened import Open, open_page, serious_barriers, signed_in, until
from tests.browser.pages_farm import PagesFarm

__all__ = ["open_page", "signed_in"]  # fixtures

PLACES = 20
RATES = {"24/1": 100, "24000/1001": 700, "60000/1001": 40_000}  # with the first frame of each clip
LIGHT = """id => {
  const canvas = document.getElementById(id), { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  return data.reduce((sum, light, place) => (place % 4 === 1 ? sum + light : sum), 1);
}"""
# How many pixels of the chart are as sheer as a band is: lines, dots and words are opaque.
SHEER = """() => {
  const canvas = document.querySelector("#quality-figure canvas");
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  const isSheer = (value, place) => place % 4 === 3 && value > 50 && value < 62;
  return data.reduce((sum, value, place) => sum + isSheer(value, place), 0);
}"""
# Where the first moment of the title and its last one are, in the chart and in the sound below it.
ENDS = """() => {
  const { left, right } = document.querySelector("#quality-figure .u-over").getBoundingClientRect();
  const wave = document.querySelector("details[open] .wave").getBoundingClientRect();
  return [left, right, wave.left, wave.right];
}"""
Reviewed = Callable[..., Page]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, NumberedClip]]:
    """A clip of each rate, and the folder of their files."""
    folder = tmp_path_factory.mktemp("clips")
    return folder, {
        fps: make_clip(folder, f"{place}", fps, first, 48)
        for place, (fps, first) in enumerate(RATES.items())
    }


@pytest.fixture
def reviewed(
    open_page: Open, pages_farm: PagesFarm, clips: tuple[Path, dict[str, NumberedClip]]
) -> Reviewed:
    """Open a title's QC page, with clips as the API tells of them."""
    folder, made = clips
    address = f"/v1/jobs/{pages_farm.job}/clips"

    def page_of(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(
            response=answer, body=answer.text().replace('"clips":null', f'"clips":"{address}"')
        )

    def opened(**options: object) -> Page:
        page = open_page("/titles", **options)
        page.route(re.compile(r"/qc$"), page_of)
        page.route(
            f"**{address}",
            lambda route: route.fulfill(json={"clips": [each.told for each in made.values()]}),
        )
        page.route("**/clips/*.mp4", lambda route: _ranged(route, folder))
        page.goto(f"{pages_farm.url}/titles/{pages_farm.job}/qc")
        until(page, "document.getElementById('ab-stage').dataset.frame !== undefined")
        return page

    return opened


def _ranged(route: Route, folder: Path) -> None:
    """Answer as a server of files does, with the part that is asked for."""
    data = (folder / route.request.url.rpartition("/")[2]).read_bytes()
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", route.request.headers.get("range", ""))
    kept = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes"}
    if asked is None:
        route.fulfill(body=data, headers=kept)
        return
    begin, end = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
    kept["Content-Range"] = f"bytes {begin}-{end}/{len(data)}"
    route.fulfill(status=206, body=data[begin : end + 1], headers=kept)


def shown(page: Page) -> tuple[int, int, int]:
    """Return the number of the frame that is said to be shown, and those read from the pictures."""
    said = int(page.locator("#ab-stage").get_attribute("data-frame") or -1)
    return said, page.evaluate(READ, "ab-source"), page.evaluate(READ, "ab-encode")


def wait_for_frame(page: Page, frame: int, shift: int = 0) -> None:
    stage = "document.getElementById('ab-stage').dataset"
    until(page, f"{stage}.frame === '{frame}' && {stage}.shift === '{shift}'")


@pytest.mark.parametrize("fps", RATES)
def test_the_player_shows_the_very_frame_that_is_asked_for(
    reviewed: Reviewed, clips: tuple[Path, dict[str, NumberedClip]], fps: str
) -> None:
    clip = clips[1][fps]
    page = reviewed()
    page.locator("#ab-windows").select_option(str(list(RATES).index(fps)))
    wait_for_frame(page, int(clip.told["worst_frame"]))
    somewhere = random.Random(14)
    for _ in range(PLACES):
        frame = somewhere.randint(clip.first, clip.last)
        page.get_by_label("Frame", exact=True).fill(str(frame))
        page.keyboard.press("Enter")
        wait_for_frame(page, frame)
        assert shown(page) == (frame, frame, frame)


def test_keys_step_shift_compare_and_lead_from_window_to_window(reviewed: Reviewed) -> None:
    page = reviewed()
    wait_for_frame(page, 105)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    wait_for_frame(page, 106)
    page.keyboard.press(".")
    wait_for_frame(page, 106, shift=1)
    assert shown(page) == (106, 106, 107)
    page.keyboard.press(",")
    page.keyboard.press(",")
    wait_for_frame(page, 106, shift=-1)
    assert shown(page) == (106, 106, 105)
    page.keyboard.press("Shift+ArrowRight")
    wait_for_frame(page, 705)
    page.keyboard.press("Shift+ArrowLeft")
    wait_for_frame(page, 105)
    page.keyboard.press("d")
    expect(page.get_by_role("button", name="Difference")).to_have_attribute("aria-pressed", "true")
    ink = page.evaluate(LIGHT, "ab-difference")
    page.keyboard.press(".")
    wait_for_frame(page, 105, shift=1)
    assert page.evaluate(LIGHT, "ab-difference") > 1.5 * ink
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    until(page, "document.getElementById('ab-stage').dataset.frame !== '105'")
    page.keyboard.press("Space")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_the_pointer_reads_what_was_coded_at_every_zoom(reviewed: Reviewed) -> None:
    page = reviewed()
    wait_for_frame(page, 105)  # its last bit is 1: white, 235
    stage = page.locator("#ab-stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    for zoom in (1, 2, 4, 8):
        expect(page.locator("#ab-zoom")).to_have_text(f"Zoom {zoom} ×")
        page.mouse.move(box["x"] + box["width"] * 0.97, box["y"] + box["height"] * 0.5)
        read = page.locator("#ab-pixel").inner_text()
        found = re.search(r"source (\d+)/(\d+)/(\d+) +encode (\d+)/(\d+)/(\d+) +YUV", read)
        assert found is not None, read
        assert [
            abs(int(told) - meant) <= 6
            for told, meant in zip(found.groups(), WHITE * 2, strict=True)
        ] == [True] * 6
        page.keyboard.press("z")


def test_a_click_on_the_chart_leads_to_that_frame_or_to_what_is_nearest(reviewed: Reviewed) -> None:
    page = reviewed()
    wait_for_frame(page, 105)
    chart = page.locator("#quality-figure .u-over")
    box = chart.bounding_box()
    assert box is not None
    chart.click(position={"x": box["width"] * 5.5 / 14, "y": 40})
    until(page, "Math.abs(document.getElementById('ab-stage').dataset.frame - 132) <= 1")
    said, source, encode = shown(page)
    assert (source, encode) == (said, said)
    chart.click(position={"x": box["width"] * 13.5 / 14, "y": 40})
    expect(page.locator("#ab-what")).to_contain_text("nothing was kept of 0:13.")


def test_a_band_is_around_what_was_not_scored_and_goes_with_its_rung(
    open_page: Open, pages_farm: PagesFarm
) -> None:
    page = open_page(f"/titles/{pages_farm.job}/qc")
    chart = page.locator("#quality-figure .u-over")
    expect(chart).to_be_visible()
    assert page.evaluate(SHEER) > 3000
    box = chart.bounding_box()
    assert box is not None
    told = set()
    for frame in range(10, 20):
        chart.hover(position={"x": box["width"] * (frame + 0.1) / 336, "y": 40})
        read = page.locator("#readout-frame").inner_text()
        how = read.removeprefix(f"frame {frame}, ")
        value = page.locator(".legend output").first.inner_text()
        assert ("±" in value) == (how == "expected"), (read, value)
        told.add(how)
    assert told == {"expected", "scored"}
    page.mouse.move(0, 0)
    for rung in page.locator(".legend button").all():
        rung.click()
    assert page.evaluate(SHEER) < 200


def test_sound_lies_below_the_chart_on_its_times_also_when_it_is_zoomed(
    open_page: Open, pages_farm: PagesFarm
) -> None:
    page = open_page(f"/titles/{pages_farm.job}/qc")
    first, second = page.locator("details[name=sound]").all()
    expect(first.locator("svg")).to_have_accessible_name(re.compile(r"^Stream 1, en, stereo: "))
    expect(second.locator("svg")).to_be_hidden()
    left, right, begin, end = page.evaluate(ENDS)
    assert (begin, end) == pytest.approx((left, right), abs=2)
    chart = page.locator("#quality-figure .u-over")
    box = chart.bounding_box()
    assert box is not None
    for at, press in ((0.25, "down"), (0.75, "up")):
        page.mouse.move(box["x"] + at * box["width"], box["y"] + 30, steps=4)
        getattr(page.mouse, press)()
    expect(page.locator("#show-all")).to_be_visible()
    left, right, begin, end = page.evaluate(ENDS)
    wide = right - left
    assert (begin, end) == pytest.approx((left - wide / 2, right + wide / 2), abs=0.02 * wide)
    second.locator("summary").click()
    expect(second.locator("svg")).to_be_visible()
    expect(first.locator("svg")).to_be_hidden()
    assert page.evaluate(ENDS)[2:] == pytest.approx((begin, end), abs=2)


def test_a_title_without_clips_shows_the_stills_of_its_worst_moments(
    open_page: Open, pages_farm: PagesFarm
) -> None:
    page = open_page(f"/titles/{pages_farm.job}/qc")
    until(page, "document.getElementById('ab-stage').dataset.frame !== undefined")
    expect(page.locator("#ab-what")).to_contain_text("no clips were kept")
    page.get_by_role("link", name="Moment 1").first.click()
    until(page, "document.getElementById('ab-stage').dataset.window === 'moment 1'")
    expect(page.locator("#ab-play")).to_be_disabled()


def test_without_scripts_the_page_is_whole_but_for_the_player(
    open_page: Open, pages_farm: PagesFarm
) -> None:
    page = open_page(f"/titles/{pages_farm.job}/qc", java_script_enabled=False)
    expect(page.locator(".top .lead")).to_contain_text("published")
    expect(page.locator(".still svg").first).to_be_visible()
    expect(page.locator("svg.sound-of").first).to_be_visible()
    for heading in (
        "Sound over time",
        "Worst windows",
        "Checks",
        "Bit rate over time",
        "Renditions",
    ):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.locator("#ab")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
def test_the_page_keeps_nobody_out_and_fits_every_screen(
    reviewed: Reviewed, axe: str, scheme: str, width: int
) -> None:
    page = reviewed(width=width, color_scheme=scheme)
    page.locator("summary", has_text="passed").click()
    assert serious_barriers(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
