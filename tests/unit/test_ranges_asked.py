"""Parts of files, as requests ask for them (RFC 9110, section 14)."""

from __future__ import annotations

import pytest

from api.ranges import AskedRange, RangeBeyondEnd, range_asked


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-", AskedRange(0, 1000)),
        ("bytes=0-0", AskedRange(0, 1)),
        ("bytes=10-19", AskedRange(10, 10)),
        ("bytes=990-2000", AskedRange(990, 10)),
        ("bytes=-5", AskedRange(995, 5)),
        ("bytes=-5000", AskedRange(0, 1000)),
    ],
)
def test_one_part_is_sent_as_asked_for(header: str, expected: AskedRange) -> None:
    assert range_asked(header, 1000) == expected


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,5-6"),
        *("lines=0-1", "bytes=a-b", f"bytes={'9' * 19}-"),
    ],
)
def test_all_is_sent_where_no_single_part_is_asked_for(header: str | None) -> None:
    assert range_asked(header, 1000) is None


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1001", "bytes=-0"])
def test_what_begins_behind_the_end_cannot_be_sent(header: str) -> None:
    with pytest.raises(RangeBeyondEnd):
        range_asked(header, 1000)


def test_a_file_that_is_empty_has_no_parts() -> None:
    with pytest.raises(RangeBeyondEnd):
        range_asked("bytes=0-", 0)


def test_the_answer_says_which_part_it_is() -> None:
    assert AskedRange(10, 10).content_range(1000) == "bytes 10-19/1000"
