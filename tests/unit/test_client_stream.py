"""Server-sent events, however the bytes are cut; and errors as clients get them back."""

from __future__ import annotations

import pytest

from api.client.problems import error_of_problem
from api.client.stream import ServerMessage, messages
from api.problems import problem_of
from farm.errors import (
    InvalidSpec,
    NotFound,
    QuotaExceeded,
    RateLimited,
    ReelFarmError,
    StorageUnavailable,
)

STREAM = (
    b'id: 5-1\nevent: job.accepted\ndata: {"a":\ndata:  1}\n\n'
    b": ping - 2026\n\nid: 5-2\n: from here on\n\nretry: 5\r\ndata: \xc3\xa9\r\n\r\ndata: cut off"
)
SEEN = [
    ServerMessage("5-1", '{"a":\n 1}'),
    ServerMessage(None, ""),
    ServerMessage("5-2", ""),
    ServerMessage(None, "é"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_messages_are_the_same_however_their_bytes_come(size: int) -> None:
    chunks = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    assert list(messages(chunks)) == SEEN


@pytest.mark.parametrize(
    "error",
    [
        NotFound("there is no job x: check the id", input="x"),
        InvalidSpec("wrong", fields=[{"field": "source", "message": "wrong"}], input="source"),
        QuotaExceeded("full", limit=3, waiting=3),
        RateLimited("slow down", retry_after_s=7.5),
        StorageUnavailable("away"),
        ReelFarmError("a defect"),
    ],
)
def test_an_error_comes_back_as_what_it_was(error: ReelFarmError) -> None:
    back = error_of_problem(problem_of(error, "/v1/x"))
    assert type(back) is type(error)
    assert (back.message, back.code, back.fix) == (error.message, error.code, error.fix)
    assert (back.title, back.retryable, back.exit_status) == (
        error.title,
        error.retryable,
        error.exit_status,
    )
    given = {name: told for name, told in error.detail.items() if name != "retry_after_s"}
    assert given.items() <= back.detail.items()
    assert back.retry_after_s == error.detail.get("retry_after_s", error.retry_after_s)


@pytest.mark.parametrize(
    ("status", "retryable", "exit_status"), [(422, False, 2), (429, True, 1), (500, False, 1)]
)
def test_an_error_of_a_later_version_says_what_the_farm_said_of_it(
    status: int, retryable: bool, exit_status: int
) -> None:
    error = error_of_problem(
        {
            "code": "of_another_version",
            "title": "New",
            "detail": "told",
            "fix": "Do it.",
            "status": status,
            "retryable": retryable,
            "retry_after_s": None,
            "message": "no name of a detail",
        }
    )
    assert type(error) is ReelFarmError
    assert (error.code, error.title, error.message) == ("of_another_version", "New", "told")
    assert (error.fix, error.retryable, error.exit_status) == ("Do it.", retryable, exit_status)
