"""docs/errors.md, and the page of every farm that errors link to."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from api.errors_page import as_html, as_markdown
from farm.errors import ERRORS_PAGE, KINDS, ReelFarmError, explained
from tests.conftest import REPOSITORY


class Anchors(HTMLParser):
    """Collects the ids of a page, and checks that its elements are closed in order."""

    VOID = ("meta", "!doctype")

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value is not None]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_in_docs_is_the_one_the_code_makes() -> None:
    written = (REPOSITORY / "docs" / "errors.md").read_text("utf-8")
    assert written == as_markdown(), "run `python -m api.errors_page > docs/errors.md`"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_code_says_what_it_means_and_what_to_do(kind: type[ReelFarmError]) -> None:
    own = vars(kind)
    assert own["title"]
    assert own["fix"].endswith(".")
    assert (kind.__doc__ or "").rstrip().endswith(".")
    assert kind.retry_after_s is None or kind.retryable
    assert f"\n## {kind.code}\n\n**{kind.title}.** " in as_markdown()


def test_every_error_there_is_is_on_the_page() -> None:
    def below(kind: type[ReelFarmError]) -> set[type[ReelFarmError]]:
        return {kind}.union(*(below(each) for each in kind.__subclasses__()))

    ours = {kind for kind in below(ReelFarmError) if kind.__module__.startswith("farm.")}
    assert {kind.code for kind in ours} == {kind.code for kind in KINDS}
    assert set(KINDS) <= ours


def test_the_html_has_an_anchor_for_each_code() -> None:
    page = Anchors()
    page.feed(as_html())
    page.close()
    assert page.ids == [kind.code for kind in KINDS]
    assert page.open == []


def test_an_error_of_a_job_is_told_with_what_its_code_says() -> None:
    kept = {"code": "tool_failed", "message": "ffmpeg", "detail": {"exit": 1}, "step": "encode"}
    told = explained(kept)
    assert {name: told[name] for name in kept} == kept
    assert told["title"] == "A media program failed"
    assert told["fix"].startswith("Read the last lines")
    assert (told["retryable"], told["docs"]) == (True, f"{ERRORS_PAGE}#tool_failed")
    assert explained({"code": "of another version", "message": ""})["docs"] == (
        f"{ERRORS_PAGE}#internal"
    )
