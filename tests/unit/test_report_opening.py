"""What the page says first, its worst moments, and the limits of what it names."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from farm.facts import ChapterList, Packaged
from farm.mediainfo import Chapter
from farm.scores import Bounds
from farm.spec import QcPolicy
from farm.spec.policy import ReviewBelow
from qc.report import PICTURE_BYTES, ReportData, report_html, report_json
from qc.report.opening import Figure, opening
from qc.report.quality import quality_data
from qc.report.stills import shown_moments
from tests.unit import titles
from tests.unit.reported import (
    LOW,
    SCORES,
    TOP,
    audio_only,
    evidence,
    frames,
    pictures,
    report_data,
    scores,
)


def dipping() -> ReportData:
    """Return a title whose best rung has one bad frame, two seconds in."""
    low, top = (lambda _: 60.0), (lambda n: 79.0 if n == 10 else 95.0)
    known = evidence(scores=(scores(LOW, low), scores(TOP, top)))
    return report_data(known=known, scored={LOW: frames(low), TOP: frames(top)})


def test_the_figures_of_merit_are_the_best_rungs() -> None:
    assert opening(dipping()).merit == [
        Figure("VMAF, harmonic mean", "94.9", "mean 94.9"),
        Figure("VMAF, 5th percentile", "95.0", "5 % of frames are no better"),
        Figure("VMAF, 1st percentile", "95.0", "1 % of frames are no better"),
        Figure("VMAF, worst 2 s", "93.4", "lowest mean"),
        Figure("Lowest VMAF", "79.0", "at 0:02.00"),
        Figure("SSIM", "0.9800", "PSNR 40.0 dB"),
        Figure("Bit rate", "800 kbit/s", "peak 1.60 Mbit/s"),
    ]


def test_figures_that_are_estimates_say_what_they_may_be() -> None:
    given = dipping()
    low, high = replace(given.scores[1].vmaf, p5=93.1), replace(given.scores[1].vmaf, p5=96.0)
    top = replace(given.scores[1], bounds=Bounds(low, high))
    figures = opening(replace(given, scores=(given.scores[0], top))).merit
    assert figures[1].note == "93.1 to 96.0; 5 % of frames are no better"


def test_an_older_title_has_no_worst_window() -> None:
    given = dipping()
    vmaf = replace(given.scores[1].vmaf, worst_window=None)
    older = replace(given, scores=(given.scores[0], replace(given.scores[1], vmaf=vmaf)))
    assert "VMAF, worst 2 s" not in [figure.name for figure in opening(older).merit]


STRICT = {"review": ReviewBelow(top_p5=99)}


@pytest.mark.parametrize(
    ("asked", "approved", "word", "standing"),
    [
        ({}, False, "Passed", None),
        (STRICT, False, "To be decided", None),
        (
            *(STRICT, True, "Approved"),
            "A person looked at the title and approved what the policy asked about.",
        ),
        (
            *({"publish": "review-always"}, True, "Approved"),
            "A person looked at the title and approved all of it.",
        ),
        ({"top_p5": 99}, False, "Rejected", None),
        ({"publish": "ungated"}, False, "Passed", None),
        (
            *({"top_p5": 99, "publish": "ungated"}, False, "Failed"),
            "Published all the same: policy standard lets out whatever checks find.",
        ),
        (
            *({**STRICT, "publish": "ungated"}, False, "Not reviewed"),
            "Published all the same: policy standard lets out whatever checks find.",
        ),
    ],
)
def test_the_page_begins_with_what_became_of_the_verdict(
    asked: dict[str, Any], approved: bool, word: str, standing: str | None
) -> None:
    given = replace(report_data(policy=QcPolicy(**asked)), approved=approved)
    found = opening(given)
    assert (found.word, found.standing) == (word, standing)
    assert ("1 approved, " in found.tally) is (approved and asked == STRICT)
    page = report_html(given, pictures(given))
    assert (page.count('<p class="standing">') == 1) is (standing is not None)
    assert ("</i>Decide</span>" in page) is (word == "To be decided")
    assert page.count('<span class="to-do">') == sum(
        (word == "To be decided", asked.get("top_p5") == 99)
    )
    assert ("</i>Approved</span>" in page) is (approved and asked == STRICT)


def test_a_best_rung_that_was_not_packaged_has_no_bit_rate() -> None:
    bare = replace(dipping(), packaged=Packaged("master.m3u8", "manifest.mpd", ()))
    assert opening(bare).merit[-1] == Figure("Bit rate", "–", "peak –")


def test_the_facts_of_a_title_name_its_picture_where_it_has_one() -> None:
    seen = opening(replace(dipping(), external_id="42"))
    assert (seen.best, seen.facts) == (
        TOP,
        ["movie.mkv", "0:40.00", "640 × 360", "25 fps", "42"],
    )
    unseen = opening(audio_only())
    assert (unseen.best, unseen.facts, unseen.merit) == (None, ["movie.mkv", "0:40.00"], [])


def test_a_moment_is_told_with_its_scores_and_its_frame() -> None:
    given = dipping()
    (moment,) = shown_moments(given, pictures(given))
    assert (moment.at, moment.rung) == ("0:02.00", TOP)
    assert moment.words == (
        "VMAF 79.0, 16.0 below the median · SSIM 0.9800 · PSNR 40.0 dB · frame 50"
    )
    source, encode = moment.pair
    assert (source.description, encode.description) == (
        "Moment 1, source at 0:02.00",
        f"Moment 1, {TOP} at 0:02.00",
    )


@pytest.mark.parametrize(
    ("titles_by_language", "shown"),
    [
        ({}, ""),
        ({"en": "Start", "de": "Anfang"}, "Anfang"),
        ({"en": "x" * 60}, "x" * 60),
        ({"en": "x" * 61}, "x" * 59 + "…"),
    ],
)
def test_under_the_pointer_a_chapter_has_its_first_title_in_sixty_characters(
    titles_by_language: dict[str, str], shown: str
) -> None:
    chapters = (Chapter(Fraction(0), Fraction(40), titles_by_language),)
    given = report_data(known=evidence(chapters=ChapterList(chapters, ())))
    assert quality_data(given)["chapters"] == [{"from_s": 0.0, "title": shown}]


def test_colours_of_one_rung_and_of_two_are_the_ends_of_the_scale() -> None:
    def share(of: ReportData, place: int) -> bool:
        page = report_html(of, pictures(of))
        return f".r{place} {{ --share: {place or len(of.scores) == 1:.3f}; }}" in page

    given = report_data()
    one = report_data(known=evidence(scores=SCORES[1:]), scored={TOP: given.frames[TOP]})
    assert share(one, 0)
    assert share(given, 0)
    assert share(given, 1)


def test_the_tags_of_templates_leave_no_lines_behind() -> None:
    given = report_data()
    body = report_html(given, pictures(given)).partition("<body")[2]
    assert "\n\n\n" not in body
    assert [line for line in body.splitlines() if line.isspace()] == []


def test_twelve_pictures_are_half_of_a_megabyte_in_base64() -> None:
    assert 12 * PICTURE_BYTES * 4 // 3 == 480_000
    assert PICTURE_BYTES == 30_000


def test_a_document_holds_letters_as_they_are_and_null_where_nothing_is_known() -> None:
    given = replace(
        report_data(known=evidence(scores=SCORES[:1], analysis=titles.analysis())),
        asset="Käfer",
        packaged=Packaged("master.m3u8", "manifest.mpd", ()),
    )
    written = report_json(given)
    assert '"asset":"Käfer",' in written
    assert written.endswith("}\n")
    low, top = json.loads(written)["renditions"]
    assert (low["average_bps"], low["peak_bps"], low["scores"]["vmaf"]["p5"]) == (
        *(None, None),
        SCORES[0].vmaf.p5,
    )
    assert (top["average_bps"], top["peak_bps"], top["scores"]) == (None, None, None)
