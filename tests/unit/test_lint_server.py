"""What is said of servers: types, other origins, caching, ranges, and what is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qc.conformance.http import Served, ServerAnswer, lint_server

GOOD = {"access-control-allow-origin": "*", "cache-control": "max-age=10"}


def answer(path: str, kind: str, status: int = 200, **headers: str) -> ServerAnswer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ServerAnswer(path, status, {**GOOD, "content-type": kind, **named})


PLAYLIST = answer("a/p.m3u8", "application/vnd.apple.mpegurl", content_encoding="gzip")
SEGMENT = answer("a/1.m4s", "video/iso.segment; charset=binary")
SOUND = Served((PLAYLIST, SEGMENT), (replace(SEGMENT, status=206),), answer("no", "", 404))


def said(served: Served = SOUND, **changes: Any) -> dict[str, str]:
    """Return what does not pass, in words."""
    checks = lint_server(replace(served, **changes))
    return {c.rule: f"{c.outcome}: {c.evidence}" for c in checks if c.outcome != "pass"}


def test_of_a_good_server_nothing_is_said() -> None:
    assert said() == {}
    assert [check.rule for check in lint_server(SOUND)] == [
        *("http-types", "http-cors", "http-cache", "apple-8.18", "apple-10.1"),
        *("http-range", "http-absent"),
    ]


def test_each_lack_is_named_with_the_file() -> None:
    bare = ServerAnswer("a/1.m4s", 200, {})
    assert said(answers=(PLAYLIST, bare)) == {
        "http-types": "warn: a/1.m4s is of no type, not video/mp4",
        "http-cors": "warn: a/1.m4s has no access-control-allow-origin",
        "http-cache": "warn: a/1.m4s has no cache-control",
    }
    plain = answer("m.mpd", "text/xml")
    assert said(answers=(plain,)) == {
        "http-types": "warn: m.mpd is text/xml, not application/dash+xml",
        "apple-10.1": "warn: m.mpd comes as it is",
    }
    assert said(answers=(replace(PLAYLIST, redirected=True),)) == {
        "apple-8.18": "warn: a/p.m3u8 is redirected"
    }


def test_a_range_that_is_not_answered_alone_is_advised_against() -> None:
    assert said(ranges=(SEGMENT,)) == {"http-range": "warn: a/1.m4s is answered 200, not 206"}


def test_a_server_that_has_everything_breaks_players() -> None:
    assert said(absent=answer("no-such-file", "text/html")) == {
        "http-absent": "fail: no-such-file is 200"
    }


def test_what_nobody_knows_the_type_of_may_have_any() -> None:
    assert said(answers=(answer("thumbnails/1.jpg", "image/jpeg"),)) == {}
