"""The page as a browser and a hostile title see it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from lxml import html

from farm.checks import ebu_items_of, layer_of, to_do
from farm.errors import NotInstalled
from farm.facts import ChapterList
from farm.mediainfo import Chapter
from farm.spec import QcPolicy
from qc.report import ReportData, report_html
from qc.report.assets import require_assets
from tests.unit.reported import (
    AUDIO,
    CHAPTERS,
    FRAMES,
    JPEG,
    LOW,
    TEXT,
    TOP,
    audio_only,
    evidence,
    frames,
    pictures,
    report_data,
    scores,
)

HOSTILE = """</script><script>alert(1)</script><img src=http://evil/x onerror='a("b")'>&amp;"""


def page(of: ReportData) -> Any:
    return html.document_fromstring(report_html(of, pictures(of)))


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def drawn(of: Any) -> Any:
    return json.loads(of.get_element_by_id("quality-data").text)


def test_nothing_is_loaded_from_anywhere() -> None:
    seen = page(report_data())
    links = {(element.tag, value) for element, _, value, _ in seen.iterlinks()}
    loaded = {value for tag, value in links if tag != "a"}
    icon = {"data:,"}  # none, or browsers would ask for one
    assert all(value.startswith("data:image/jpeg;base64,") for value in loaded - icon)
    followed = {value for tag, value in links if tag == "a" and not value.startswith("#")}
    assert followed == pictures(report_data()).keys()  # the large ones, beside the page
    assert (
        seen.xpath("//link[@rel!='icon'] | //iframe | //object | //embed | //script[@src] | //form")
        == []
    )


def hashes(texts: list[str]) -> str:
    digests = [hashlib.sha256(text.encode()).digest() for text in texts]
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def test_the_policy_allows_these_very_scripts_and_this_style_and_no_others() -> None:
    seen = page(report_data())
    policy = seen.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    scripts = [s.text for s in seen.xpath("//script[not(@type='application/json')]")]
    styles = [s.text for s in seen.xpath("//style")]
    assert (len(scripts), len(styles)) == (4, 1)
    assert policy == (
        f"default-src 'none'; script-src {hashes(scripts)}; style-src {hashes(styles)};"
        " img-src 'self' data:; base-uri 'none'; form-action 'none'"
    )
    assert seen.xpath("//@style | //@onclick | //@onload | //@onerror") == []


def test_colours_run_evenly_from_the_lowest_rung_to_the_best() -> None:
    given = report_data()
    low, top = given.scores
    style = page(replace(given, scores=(low, replace(low, rung="middle"), top))).findtext(
        ".//style"
    )
    assert re.findall(r"\.r(\d) { --share: (.*); }", style) == [
        *(("0", "0.000"), ("1", "0.500"), ("2", "1.000"))
    ]


def test_every_check_is_shown_with_outcome_evidence_layer_and_source() -> None:
    given = report_data(QcPolicy(top_p1=99.0, rung_floor=90.0))
    seen = page(given)
    rows = seen.xpath("//section[@aria-labelledby='checks']//tbody/tr")
    shown = {
        row.xpath(".//code")[0].text: (
            row.xpath(".//*[contains(@class, 'badge')]/@class")[0].split()[1],
            words(row.xpath("./td/span[@class='seen']")[0]),
            words(row.xpath("./td")[1]),
            words(row.xpath("./td")[2]),
        )
        for row in rows
    }
    advised = {
        row.xpath(".//code")[0].text: words(row.xpath(".//span[@class='to-do']")[0])
        for row in rows
        if row.xpath(".//span[@class='to-do']")
    }
    assert advised == {c.rule: to_do(c.rule) for c in given.verdict.checks if c.outcome != "pass"}
    assert shown == {
        c.rule: (
            c.outcome,
            c.evidence,
            ", ".join((layer_of(c.rule), *(f"EBU {item}" for item in ebu_items_of(c.rule)))),
            c.source,
        )
        for c in given.verdict.checks
    }
    assert [words(row.xpath(".//code")[0]) for row in rows[:2]] == [
        "vmaf-top-p1",
        "vmaf-rung-floor",
    ]


@pytest.mark.parametrize(
    ("policy", "verdict", "tally", "reasons"),
    [
        (QcPolicy(), "Passed", "18 checks: 0 failed, 0 warnings", 0),
        (QcPolicy(top_p5=99.0), "Rejected", "18 checks: 1 failed, 0 warnings", 1),
    ],
)
def test_the_verdict_comes_first(policy: QcPolicy, verdict: str, tally: str, reasons: int) -> None:
    seen = page(report_data(policy))
    status = seen.xpath("//header//*[@role='status']")[0]
    assert [words(part) for part in status] == [verdict, tally]
    assert len(seen.xpath("//ul[@class='reasons']/li")) == reasons


def test_hostile_text_stays_text_wherever_it_is_shown() -> None:
    chapters = ChapterList(
        (Chapter(CHAPTERS.chapters[0].start_s, CHAPTERS.chapters[0].end_s, {"en": HOSTILE}),),
        (HOSTILE,),
    )
    given = report_data(
        known=evidence(
            audios=(replace(AUDIO, title=HOSTILE, language=HOSTILE),),
            texts=(replace(TEXT, title=HOSTILE, issues=(HOSTILE,)),),
            chapters=chapters,
            ladder=replace(report_data().ladder, policy=HOSTILE),
        ),
        asset=HOSTILE,
        tenant=HOSTILE,
        external_id=HOSTILE,
        source_name=HOSTILE,
    )
    written = report_html(given, pictures(given))
    assert "<script>alert" not in written
    assert "<img src=http" not in written
    seen = html.document_fromstring(written)
    assert seen.findtext(".//h1") == HOSTILE
    assert seen.findtext(".//title") == f"{HOSTILE}: QC report"
    assert written.count("alert(1)") > 10


def test_hostile_text_cannot_end_the_data_block() -> None:
    known = evidence()
    ladder = replace(known.ladder, rungs=(replace(known.ladder.rungs[1], name=HOSTILE),))
    chapters = ChapterList((Chapter(Fraction(0), Fraction(40), {"en": HOSTILE[:60]}),), ())
    top = replace(known.scores[1], rung=HOSTILE)
    given = report_data(
        known=replace(known, ladder=ladder, scores=(top,), chapters=chapters),
        scored={HOSTILE: FRAMES[TOP]},
    )
    written = report_html(given, pictures(given))
    assert "<script>alert" not in written
    data = drawn(html.document_fromstring(written))
    assert data["rungs"][0]["name"] == HOSTILE
    assert data["chapters"] == [{"from_s": 0.0, "title": HOSTILE[:60]}]


def test_worst_moments_show_source_and_encode_side_by_side_inside_the_page() -> None:
    given = report_data()
    shown = page(given).xpath("//div[@class='moments']/figure")
    assert len(shown) == len(given.stills) == 6
    embedded = f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"
    for number, (figure, still) in enumerate(zip(shown, given.stills, strict=True), 1):
        assert figure.get("id") == f"moment-{number}"
        assert figure.xpath(".//img/@src") == [embedded, embedded]
        source, encode = figure.xpath(".//img/@alt")
        assert figure.xpath(".//a/@href") == [still.source_name, still.rendition_name]
        assert source.startswith(f"Moment {number}, source at 0:")
        assert encode.startswith(f"Moment {number}, {still.moment.rung} at 0:")


def test_tables_hold_what_was_made_best_rung_first() -> None:
    seen = page(report_data())
    rows = seen.xpath("//section[@aria-labelledby='renditions-table']//tbody/tr")
    assert [[words(cell) for cell in row] for row in rows] == [
        ["h264-360p-900k", "h264, 8 bits", "640 × 360", "25", "1,000", "800 kbit/s", "1.60 Mbit/s",
         "92.3", "92.4", "88.1", "88.0", "88.0", "88.2", "0.9800", "40.0", "cpu"],
        ["h264-180p-300k", "h264, 8 bits", "320 × 180", "25", "1,000", "250 kbit/s", "500 kbit/s",
         "60.2", "60.4", "56.1", "56.0", "56.0", "56.2", "0.9800", "40.0", "cpu"],
    ]  # fmt: skip
    headings = [words(h) for h in seen.xpath("//h2")]
    assert headings == [
        *("Best rung: h264-360p-900k", "Quality over time", "Worst moments", "Checks"),
        *("Rate and quality", "Renditions", "Ladder", "Audio", "Text", "Chapters", "Source"),
    ]


def test_the_page_can_be_read_without_eyes_on_the_figures() -> None:
    seen = page(report_data())
    assert seen.get("lang") == "en"
    assert all(figure.get("aria-label") for figure in seen.xpath("//*[@role='img']"))
    assert all(image.get("alt") is not None for image in seen.xpath("//img"))
    assert all(table.find("caption") is not None for table in seen.xpath("//table"))
    assert all(head.get("scope") for head in seen.xpath("//th"))
    labelled = seen.xpath("//section/@aria-labelledby")
    assert [seen.get_element_by_id(name).tag for name in labelled] == ["h2"] * len(labelled)


def test_the_page_is_whole_without_scripts() -> None:
    given = report_data()
    seen = page(given)
    (still,) = seen.xpath("//div[@class='still']/svg")
    assert len(still.xpath("./path[starts-with(@class, 'curve')]")) == 2
    marked = [f"#moment-{number}" for number in range(1, 7)]
    assert still.xpath("./a/@href") == marked
    assert {f"#{figure}" for figure in seen.xpath("//figure/@id")} >= set(marked)
    (rates,) = seen.xpath("//svg[@class='rates']")
    assert [words(title) for title in rates.xpath(".//title")] == [
        f"{LOW}: 250 kbit/s, VMAF 60.2, p5 56.1, p1 56.0",
        f"{TOP}: 800 kbit/s, VMAF 92.3, p5 88.1, p1 88.0",
    ]


def test_an_audio_only_title_has_a_page_without_figures_and_scripts() -> None:
    seen = page(audio_only())
    assert seen.xpath("//script | //svg") == []
    headings = [words(h) for h in seen.xpath("//h2")]
    assert headings == ["Checks", "Audio", "Text", "Chapters", "Source"]


def test_a_title_of_one_frame_has_a_page() -> None:
    one = frames(lambda _: 91.0, 1)
    given = report_data(known=evidence(scores=(scores(TOP, lambda _: 91.0, 1),)), scored={TOP: one})
    assert drawn(page(given))["rungs"] == [
        {"name": TOP, "fps": [25, 1], "frames": [0], "vmaf": [910]}
    ]


def test_without_what_the_build_fetches_there_is_no_report_and_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("qc.report.assets.PLOT_STYLE", "vendor/absent.css")
    with pytest.raises(NotInstalled, match=r"vendor/absent\.css is not .* run `make assets`"):
        require_assets()
