"""The page as a browser and a hostile title see it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from farm.facts import ChapterList
from farm.mediainfo import Chapter
from farm.spec import QcPolicy
from qc.report import ReportData, report_html
from tests.unit import titles
from tests.unit.reported import (
    AUDIO,
    CHAPTERS,
    JPEG,
    TEXT,
    audio_only,
    evidence,
    pictures,
    report_data,
    scores,
)

HOSTILE = """</script><script>alert(1)</script><img src=http://evil/x onerror='a("b")'>&amp;"""


def page(of: ReportData) -> Any:
    return html.document_fromstring(report_html(of, pictures(of)))


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def figures(of: Any) -> Any:
    return json.loads(of.get_element_by_id("figures").text)


def test_nothing_is_loaded_from_anywhere() -> None:
    seen = page(report_data())
    links = {value for _, _, value, _ in seen.iterlinks()}
    assert all(link.startswith(("data:image/jpeg;base64,", "#")) for link in links)
    assert seen.xpath("//link | //iframe | //object | //embed | //script[@src] | //form") == []


def test_the_policy_allows_these_very_scripts_and_no_others() -> None:
    seen = page(report_data())
    policy = seen.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    scripts = [s.text for s in seen.xpath("//script[not(@type='application/json')]")]
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert len(hashes) == 2
    allowed = " ".join(f"'sha256-{each}'" for each in hashes)
    assert policy == (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline';"
        " img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def test_every_check_is_shown_with_outcome_evidence_and_source() -> None:
    given = report_data(QcPolicy(top_p1=99.0, rung_floor=90.0))
    seen = page(given)
    rows = seen.xpath("//section[@aria-labelledby='checks']//tbody/tr")
    shown = {
        row.xpath(".//code")[0].text: (
            row.xpath(".//*[contains(@class, 'badge')]/@class")[0].split()[1],
            words(row.xpath("./td")[0]),
            words(row.xpath("./td")[1]),
        )
        for row in rows
    }
    assert shown == {c.rule: (c.outcome, c.evidence, c.source) for c in given.verdict.checks}
    assert [words(row.xpath(".//code")[0]) for row in rows[:2]] == [
        "vmaf-top-p1",
        "vmaf-rung-floor",
    ]


@pytest.mark.parametrize(
    ("policy", "verdict", "tally", "reasons"),
    [
        (QcPolicy(), "Passed", "13 checks: 0 failed, 0 warnings", 0),
        (QcPolicy(top_p5=99.0), "Rejected", "13 checks: 1 failed, 0 warnings", 1),
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
    policy = replace(report_data().scores[1], rung=HOSTILE)
    known = evidence()
    ladder = replace(known.ladder, rungs=(replace(known.ladder.rungs[1], name=HOSTILE),))
    seen = page(report_data(known=replace(known, ladder=ladder, scores=(policy,))))
    assert figures(seen)["quality"]["data"][0]["name"] == HOSTILE


def test_worst_moments_show_source_and_encode_side_by_side_inside_the_page() -> None:
    given = report_data()
    shown = page(given).xpath("//div[@class='moments']/figure")
    assert len(shown) == len(given.stills) == 6
    embedded = f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"
    for number, (figure, still) in enumerate(zip(shown, given.stills, strict=True), 1):
        assert figure.get("id") == f"moment-{number}"
        assert figure.xpath(".//img/@src") == [embedded, embedded]
        source, encode = figure.xpath(".//img/@alt")
        assert source.startswith(f"Moment {number}, source at 0:")
        assert encode.startswith(f"Moment {number}, {still.moment.rung} at 0:")


def test_tables_hold_what_was_made_best_rung_first() -> None:
    seen = page(report_data())
    rows = seen.xpath("//section[@aria-labelledby='renditions-table']//tbody/tr")
    assert [[words(cell) for cell in row] for row in rows] == [
        ["h264-360p-900k", "640 × 360", "25", "1,000", "800 kbit/s", "1.60 Mbit/s",
         "92.3", "92.4", "88.1", "88.0", "88.0", "0.9800", "40.0", "cpu"],
        ["h264-180p-300k", "320 × 180", "25", "1,000", "250 kbit/s", "500 kbit/s",
         "60.2", "60.4", "56.1", "56.0", "56.0", "0.9800", "40.0", "cpu"],
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


def test_an_audio_only_title_has_a_page_without_figures_and_scripts() -> None:
    seen = page(audio_only())
    assert figures(seen) == {}
    assert seen.xpath("//script[not(@type='application/json')]") == []
    headings = [words(h) for h in seen.xpath("//h2")]
    assert headings == ["Checks", "Audio", "Text", "Chapters", "Source"]


def test_a_feature_film_makes_a_page_of_bounded_size_that_keeps_its_worst_frame() -> None:
    frames = 2 * 3600 * 25 // 5
    film = scores("h264-360p-900k", lambda n: 11.0 if n == 17_171 else 90 + n % 7, frames)
    low = scores("h264-180p-300k", lambda n: 60.0 + n % 5, frames)
    analysis = titles.analysis(scene_cuts_s=tuple(n * 0.7 for n in range(10_000)))
    given = report_data(known=evidence(scores=(low, film), analysis=analysis))
    block = page(given).get_element_by_id("figures").text
    assert len(block) < 400_000
    curve = json.loads(block)["quality"]["data"][1]
    assert len(curve["x"]) <= 800
    assert min(curve["y"]) == 11.0
