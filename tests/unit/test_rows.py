"""Rows of catalogs: however the bytes of an upload are cut, the same titles come of them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farm.errors import InvalidSpec, UnsupportedContent
from services.columns import READERS
from services.rows import RawRow, rows_of

NDJSON, CSV, JSON = "application/x-ndjson", "text/csv", "application/json"
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
TITLE = st.dictionaries(
    TEXT, st.one_of(TEXT, st.integers(), st.lists(TEXT, max_size=3)), max_size=4
)


def read(kind: str, body: bytes, size: int = 1 << 20) -> list[RawRow]:
    reader = rows_of(kind)
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return [*(row for piece in pieces for row in reader.feed(piece)), *reader.end()]


@given(st.lists(TITLE, max_size=6), st.integers(1, 40))
def test_lines_of_json_are_read_however_they_are_cut(titles: list[Any], size: int) -> None:
    body = "\n".join(json.dumps(title, ensure_ascii=False) for title in titles).encode()
    assert [row.fields for row in read(NDJSON, body, size)] == titles


@given(st.lists(TITLE, max_size=6), st.integers(1, 40), st.sampled_from([None, 2]))
def test_an_array_is_read_however_it_is_cut(
    titles: list[Any], size: int, indent: int | None
) -> None:
    for document in (titles, {"titles": titles}):
        body = json.dumps(document, ensure_ascii=False, indent=indent).encode()
        found = read(JSON, body, size)
        assert [row.fields for row in found] == titles
        assert [row.line for row in found] == list(range(1, len(titles) + 1))


CELL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12
).map(str.strip)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(CELL, CELL.filter(bool), CELL), min_size=1, max_size=5),
    st.integers(1, 40),
    st.sampled_from(",;\t"),
)
def test_a_table_is_read_however_it_is_cut(
    cells: list[tuple[str, str, str]], size: int, delimiter: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(("external_id", "source", "metadata.note"))
    writer.writerows(cells)
    found = [row.fields for row in read(CSV, text.getvalue().encode(), size)]
    assert found == [
        {
            **({"external_id": external_id} if external_id else {}),
            "source": source,
            **({"metadata": {"note": note}} if note else {}),
        }
        for external_id, source, note in cells
    ]


def test_lines_of_a_table_are_those_of_the_file() -> None:
    body = b'source,metadata.note\r\n/a,"two\nlines"\r\n\r\n/b,\r\n/c,"x" \r\n'
    assert [(row.line, row.fields) for row in read(CSV, body)] == [
        (2, {"source": "/a", "metadata": {"note": "two\nlines"}}),
        (5, {"source": "/b"}),
        (6, {"source": "/c", "metadata": {"note": "x"}}),
    ]


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("priority", "-3", -3),
        ("priority", "high", "priority: 'high' is not a whole number"),
        ("allow_partial", "Yes", True),
        ("allow_partial", "0", False),
        ("allow_partial", "perhaps", "allow_partial: 'perhaps' is neither true nor false"),
        ("codecs", "h264, hevc", ["h264", "hevc"]),
        ("dual_text", "en de", ["en", "de"]),
        ("ladder", " apple ", "apple"),
    ],
)
def test_cells_are_of_the_kind_of_their_column(column: str, cell: str, value: Any) -> None:
    [row] = read(CSV, f'source,{column}\n/a,"{cell}"\n'.encode())
    assert (row.problem or row.fields) == (
        value if row.problem else {"source": "/a", column: value}
    )


def test_every_subtitle_has_a_column_of_its_own() -> None:
    body = b"source,subtitles.en,subtitles.de.forced,subtitles.fr.sdh\n/a,/en.srt,/de.srt,\n"
    [row] = read(CSV, body)
    assert row.fields == {
        "source": "/a",
        "subtitles": [
            {"language": "en", "uri": "/en.srt"},
            {"language": "de", "uri": "/de.srt", "forced": True},
        ],
    }


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("external_id", "'source': the column is missing"),
        ("source,colour", "'colour': there is no such column"),
        ("source,source", "'source': it is there twice"),
        ("source,subtitles.", "'subtitles.': there is no such column"),
        ("source,subtitles.en.loud", "'subtitles.en.loud': there is no such column"),
        ("source,metadata.", "'metadata.': there is no such column"),
    ],
)
def test_a_wrong_header_is_refused_before_any_row(header: str, said: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        read(CSV, f"{header}\n/a,x\n".encode())
    assert said in refused.value.message
    assert all(name in refused.value.message for name in READERS)


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        (JSON, b'{"films": []}', 'give an array of titles, or {"titles": [...]}'),
        (JSON, b"x" * 200, "give an array of titles"),
        (JSON, b'[{"a": 1}, {"b"', "line 1: it is not JSON"),
        (JSON, b'[{"a": 1},\n{"b": 2}', "line 2: the array of titles does not end"),
        (JSON, b"[\xff]", "it is not UTF-8"),
        (JSON, b"[" * 100_000, "nested too deeply"),
        (CSV, b"source\n\xff\n", "it is not UTF-8"),
        (CSV, b'source\n"/a\n/b\n', "a quotation mark is never closed"),
        (CSV, b'source\n"' + b"\n" * 300_000, "one title has more than"),
        (NDJSON, b"x" * 300_000, "one title has more than"),
    ],
)
def test_a_text_that_is_broken_says_where(kind: str, body: bytes, said: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        read(kind, body)
    assert said in refused.value.message
    assert "nothing from there on was read" in refused.value.message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "it is not JSON"),
        (b"[1]", "it is no object but [1]"),
        (b"[" * 100_000, "it is not JSON"),
        (b"\xff", "it is not JSON"),
    ],
)
def test_a_broken_line_of_json_is_one_row(line: bytes, said: str) -> None:
    broken, good = read(NDJSON, line + b"\n{}")
    assert said in broken.problem
    assert (good.line, good.fields) == (2, {})


def test_a_row_that_is_none_is_told_of() -> None:
    broken, good = read(CSV, b"source\n/a\r/b\n/c\n")
    assert broken.problem.startswith("it is no row of a table")
    assert good.fields == {"source": "/c"}
    with pytest.raises(InvalidSpec, match="it names no columns"):
        read(CSV, b"source\rexternal_id\n/a\n")


def test_a_row_with_more_cells_than_columns_is_told_of() -> None:
    wide, good = read(CSV, b"source\n/a,b\n/c,\n")
    assert wide.problem == "it has 2 cells for 1 columns"
    assert good.fields == {"source": "/c"}


def test_other_content_is_not_read() -> None:
    assert rows_of("Text/CSV; charset=utf-8")
    with pytest.raises(UnsupportedContent, match="application/x-ndjson"):
        rows_of("application/xml")
