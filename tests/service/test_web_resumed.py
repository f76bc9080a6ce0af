"""Downloads that break off: they go on where they were, if it is still the same file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from farm.errors import InvalidSource, StorageUnavailable
from tests.service.downloads import FILM, KNOWN, LONG, VALIDATORS, fetch, serving, to
from tests.service.web_server import Answer, Handler
from workers.web import fetch as fetcher
from workers.web.fetch import MAX_BREAKS, Fetched

HALF = len(FILM) // 2
WHOLE = Fetched(len(FILM), hashlib.sha256(FILM).hexdigest(), KNOWN)
BOTH = {"Range": f"bytes={HALF}-", "If-Range": '"v1"'}


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "RESUME_PAUSE_S", 0.0)


def cut(request: Handler, content: bytes = FILM, arrives: int = HALF, **headers: str) -> None:
    """Promise all of `content`, send some of it, and hang up."""
    length = {"Content-Length": str(len(content))}
    request.answer(200, content[:arrives], **{**VALIDATORS, **length, **headers})
    request.close_connection = True


def rest(request: Handler, **headers: str) -> None:
    """Send what the request lacks."""
    start = int(request.headers["Range"].removeprefix("bytes=").removesuffix("-"))
    about = {"Content_Range": f"bytes {start}-{len(FILM) - 1}/{len(FILM)}", **VALIDATORS}
    request.answer(206, FILM[start:], **{**about, **headers})


def one_after_the_other(*answers: Answer) -> Answer:
    left = list(reversed(answers))

    def answer(request: Handler) -> None:
        left.pop()(request)

    return answer


def test_a_download_that_breaks_off_goes_on_where_it_was(tmp_path: Path) -> None:
    def some_more(request: Handler) -> None:
        request.answer(
            206,
            FILM[HALF : HALF + 9],
            Content_Length=str(HALF),
            Content_Range=f"bytes {HALF}-{len(FILM) - 1}/{len(FILM)}",
            **VALIDATORS,
        )
        request.close_connection = True

    answer = one_after_the_other(cut, some_more, lambda request: request.answer(503), rest)
    with serving(answer) as (server, settings):
        assert fetch(server.url("/x"), tmp_path, settings) == WHOLE
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert (tmp_path / "target").read_bytes() == FILM
    asked = [
        {name: request.headers.get(name) for name in ("Range", "If-Range")}
        for request in server.seen
    ]
    later = {"Range": f"bytes={HALF + 9}-", "If-Range": '"v1"'}
    assert asked == [{"Range": None, "If-Range": None}, BOTH, later, later]


def test_it_is_asked_for_at_the_first_url_again(tmp_path: Path) -> None:
    signed = one_after_the_other(to("/first"), to("/second"))
    with serving(signed, first=cut, second=rest) as (server, settings):
        assert fetch(server.url("/x"), tmp_path, settings) == WHOLE
    assert [request.path for request in server.seen] == ["/x", "/first", "/x", "/second"]


def test_of_a_file_that_was_replaced_meanwhile_the_new_one_is_taken(tmp_path: Path) -> None:
    new = b"a longer cut of the film" * 50_000

    def replaced(request: Handler) -> None:
        request.answer(200, new[:400_000], ETag='"v2"')

    with serving(one_after_the_other(cut, replaced)) as (server, settings):
        assert fetch(server.url("/x"), tmp_path, settings) == Fetched(
            400_000,
            hashlib.sha256(new[:400_000]).hexdigest(),
            {"size_bytes": 400_000, "etag": '"v2"', "last_modified": None},
        )
    assert (tmp_path / "target").read_bytes() == new[:400_000]


@pytest.mark.parametrize("etag", ['W/"v1"', "v1", '"v 1"', '""'])
def test_without_a_strong_etag_nothing_is_put_together(tmp_path: Path, etag: str) -> None:
    with (
        serving(lambda request: cut(request, ETag=etag)) as (server, settings),
        pytest.raises(StorageUnavailable, match=f"/x ended after {HALF} of {len(FILM)} bytes"),
    ):
        fetch(server.url("/x"), tmp_path, settings)
    assert len(server.seen) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Range": f"bytes 0-{HALF - 1}/{len(FILM)}"},
        {"Content_Range": f"bytes {HALF}-{len(FILM)}/{len(FILM) + 1}"},
        {"Content_Range": f"bytes {HALF}-{len(FILM) - 1}/*"},
        {"ETag": '"v2"'},
    ],
)
def test_another_part_than_the_one_asked_for_is_not_taken(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    answer = one_after_the_other(cut, lambda request: rest(request, **headers))
    with (
        serving(answer) as (server, settings),
        pytest.raises(StorageUnavailable, match="/x gave another part than the one asked for"),
    ):
        fetch(server.url("/x"), tmp_path, settings)
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_is_longer_than_it_says_is_not_taken(tmp_path: Path) -> None:
    def too_much(request: Handler) -> None:
        rest(request, Content_Length=str(HALF + 9))
        request.wfile.write(b"x" * 9)

    room = replace(LONG, size_bytes=2 * len(FILM))
    with (
        serving(one_after_the_other(cut, too_much)) as (server, settings),
        pytest.raises(StorageUnavailable, match="/x gave more than the part asked for"),
    ):
        fetch(server.url("/x"), tmp_path, settings, room)
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_is_shorter_than_it_says_is_gone_on_with(tmp_path: Path) -> None:
    def too_little(request: Handler) -> None:
        about = {"Content_Range": f"bytes {HALF}-{len(FILM) - 1}/{len(FILM)}", **VALIDATORS}
        request.answer(206, FILM[HALF : HALF + 9], **about)

    with serving(one_after_the_other(cut, too_little, rest)) as (server, settings):
        assert fetch(server.url("/x"), tmp_path, settings) == WHOLE
    assert server.seen[2].headers["Range"] == f"bytes={HALF + 9}-"


def test_a_rest_need_not_tell_again_when_the_file_changed(tmp_path: Path) -> None:
    def bare(request: Handler) -> None:
        about = {"Content_Range": f"bytes {HALF}-{len(FILM) - 1}/{len(FILM)}", "ETag": '"v1"'}
        request.answer(206, FILM[HALF:], **about)

    with serving(one_after_the_other(cut, bare)) as (server, settings):
        assert fetch(server.url("/x"), tmp_path, settings) == WHOLE


def test_a_file_that_may_not_be_read_any_more_is_the_owners_to_mend(tmp_path: Path) -> None:
    answer = one_after_the_other(cut, lambda request: request.answer(403))
    with (
        serving(answer) as (server, settings),
        pytest.raises(InvalidSource, match="/x answered 403 Forbidden: check the URL"),
    ):
        fetch(server.url("/x"), tmp_path, settings)


def test_a_download_that_always_breaks_is_given_up(tmp_path: Path) -> None:
    with (
        serving(cut) as (server, settings),
        pytest.raises(StorageUnavailable, match=f"/x ended after {HALF} of {len(FILM)} bytes"),
    ):
        fetch(server.url("/x"), tmp_path, settings)
    assert len(server.seen) == 1 + MAX_BREAKS
    assert list(tmp_path.iterdir()) == []
