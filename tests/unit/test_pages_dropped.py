"""What files are that were dropped together, and what the form beside them means."""

from __future__ import annotations

import pytest

from api.pages.dropped import DroppedSubtitles, DroppedTitle, titles_among
from api.pages.title_form import faults_of, once_of, read_request, rows_of
from farm.errors import InvalidSource, InvalidSpec
from farm.spec.tracks import SubtitleSpec


def test_files_lie_beside_the_film_they_are_named_after() -> None:
    names = ["b.mkv", "a.mp4", "a.en.srt", "a.de.forced.vtt", "b.pt-BR.sdh.ass", "a.chapters.vtt"]
    assert titles_among([*names, "notes.pdf", "c.fr.srt"]) == (
        [
            DroppedTitle(
                "a.mp4",
                (
                    DroppedSubtitles("a.de.forced.vtt", "de", "forced"),
                    DroppedSubtitles("a.en.srt", "en"),
                ),
                "a.chapters.vtt",
            ),
            DroppedTitle("b.mkv", (DroppedSubtitles("b.pt-BR.sdh.ass", "pt-BR", "sdh"),), None),
        ],
        ["notes.pdf", "c.fr.srt"],
    )


def test_beside_one_film_alone_every_subtitle_file_is_its_own() -> None:
    assert titles_among(
        ["final_v2.mov", "x.en.srt", "dialogue.srt", "x.chapters.vtt", "a.pdf"]
    ) == (
        [
            DroppedTitle(
                "final_v2.mov",
                (DroppedSubtitles("x.en.srt", "en"), DroppedSubtitles("dialogue.srt", "")),
                "x.chapters.vtt",
            )
        ],
        ["a.pdf"],
    )


def test_without_a_film_there_is_no_title() -> None:
    assert titles_among(["a.en.srt", ".DS_Store"]) == ([], ["a.en.srt", ".DS_Store"])


def test_the_form_means_what_the_api_is_asked_for() -> None:
    form = {
        **{"source": " file:///a.mp4 ", "asset": "a", "priority": "3", "chapters": ""},
        **{"language-0": "en", "subtitles-0": "file:///en.srt", "kind-0": "sdh"},
        **{"language-1": "", "subtitles-1": "", "kind-1": "forced"},
        **{"language-4": "de", "subtitles-4": "file:///de.srt", "kind-4": "forced"},
    }
    asked = read_request(form)
    assert (asked.source, asked.asset, asked.priority) == ("file:///a.mp4", "a", 3)
    assert asked.chapters is None
    assert asked.subtitles == (
        SubtitleSpec(language="en", uri="file:///en.srt", hearing_impaired=True),
        SubtitleSpec(language="de", uri="file:///de.srt", forced=True),
    )
    assert rows_of(form) == 5
    assert rows_of({}) == 3


def test_mistakes_stand_at_the_row_they_are_of() -> None:
    form = {"source": "file:///a.mp4", "language-2": "xx-klingon", "subtitles-2": "file:///a.srt"}
    with pytest.raises(InvalidSpec) as refused:
        read_request(form)
    assert list(faults_of(refused.value, form)) == ["language-2"]
    with pytest.raises(InvalidSpec) as refused:
        read_request({})
    assert list(faults_of(refused.value, {})) == ["source"]
    assert faults_of(InvalidSource("no such file"), form) == {"source": "no such file"}
    assert faults_of(None, form) == {}


def test_a_plan_and_its_title_are_two_requests_though_the_form_is_one() -> None:
    form = {"once": "abc"}
    plan, title = (once_of(form, what, {"source": "x"}) for what in ("plan", "title"))
    assert plan is not None
    assert title is not None
    assert plan.key != title.key
    assert plan.request == title.request
    assert once_of({"once": "é"}, "plan", {}) is None
    assert once_of({}, "plan", {}) is None
