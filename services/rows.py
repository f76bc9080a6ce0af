"""Titles out of an upload of any length, as its bytes come in: NDJSON, CSV or a JSON array."""

from __future__ import annotations

import csv
import json
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from farm.errors import InvalidSpec, UnsupportedContent
from services.columns import column_names, title_of

MAX_ROW_BYTES = 256 << 10  # of one title; the largest sensible one has a ladder inside


@dataclass(frozen=True, slots=True)
class RawRow:
    """One title as it was sent, or why it cannot be read.

    `line` counts from 1; of an array, which may be one line, it is the title's place.
    """

    line: int
    fields: dict[str, Any] | None
    problem: str = ""


class RowReader(Protocol):
    """Takes bytes as they come, and gives the rows that are complete."""

    def feed(self, data: bytes) -> Iterator[RawRow]: ...

    def end(self) -> Iterator[RawRow]: ...


class NdjsonRows:
    """A JSON object a line; empty lines are left out."""

    def __init__(self) -> None:
        self._rest = b""
        self._line = 0

    def feed(self, data: bytes) -> Iterator[RawRow]:
        """Give the rows that are complete with these bytes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        _refuse_long(self._rest, self._line + len(lines) + 1)
        for text in lines:
            yield from self._read(text)

    def end(self) -> Iterator[RawRow]:
        """Give the row that the last line is, where no line feed follows it."""
        yield from self._read(self._rest)

    def _read(self, text: bytes) -> Iterator[RawRow]:
        self._line += 1
        if not text.strip():
            return
        try:
            row = _as_object(self._line, json.loads(text))
        except (ValueError, RecursionError) as error:
            row = RawRow(self._line, None, f"it is not JSON: {error}")
        yield row


class JsonRows:
    """An array of objects, or an object whose `titles` is one."""

    def __init__(self) -> None:
        self._decoder = json.JSONDecoder()
        self._decode = getincrementaldecoder("utf-8-sig")().decode
        self._text = ""
        self._line = 1
        self._count = 0
        self._begun = self._ended = False

    def feed(self, data: bytes, final: bool = False) -> Iterator[RawRow]:
        """Give the rows that are complete with these bytes."""
        try:
            self._text += self._decode(data, final)
        except UnicodeDecodeError as error:
            raise _unreadable(self._line, "it is not UTF-8") from error
        if not self._begun:
            self._begin()
        while self._begun and not self._ended:
            self._skip(" \t\r\n,")
            if not self._text:
                return
            if self._text[0] == "]":
                self._ended = True
                return
            try:
                value, size = self._decoder.raw_decode(self._text)
            except RecursionError as error:
                raise _unreadable(self._line, "it is nested too deeply") from error
            except ValueError as error:
                if final or len(self._text) > MAX_ROW_BYTES:
                    raise _unreadable(self._line, f"it is not JSON: {error}") from error
                return
            if not final and size == len(self._text) and not isinstance(value, dict | list):
                return  # a number may go on
            self._count += 1
            self._drop(size)
            yield _as_object(self._count, value)

    def end(self) -> Iterator[RawRow]:
        """Give what is left; raise InvalidSpec where the array does not end."""
        yield from self.feed(b"", final=True)
        if not self._ended:
            raise _unreadable(self._line, "the array of titles does not end: it was cut off")

    def _begin(self) -> None:
        self._skip(" \t\r\n")
        head, bracket, rest = self._text.partition("[")
        if bracket:
            if "".join(head.split()) not in ("", '{"titles":'):
                raise _unreadable(self._line, 'give an array of titles, or {"titles": [...]}')
            self._line += head.count("\n")
            self._text, self._begun = rest, True
        elif len(self._text) > 100:
            raise _unreadable(self._line, 'give an array of titles, or {"titles": [...]}')

    def _skip(self, characters: str) -> None:
        self._drop(len(self._text) - len(self._text.lstrip(characters)))

    def _drop(self, size: int) -> None:
        self._line += self._text.count("\n", 0, size)
        self._text = self._text[size:]


class CsvRows:
    """Comma, semicolon or tab separated, the first line naming the columns (RFC 4180)."""

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8-sig")().decode
        self._text = ""
        self._line = 1
        self._delimiter = ","
        self._columns: list[str] | None = None

    def feed(self, data: bytes, final: bool = False) -> Iterator[RawRow]:
        """Give the rows that are complete with these bytes; InvalidSpec for a wrong header."""
        try:
            self._text += self._decode(data, final)
        except UnicodeDecodeError as error:
            raise _unreadable(self._line, "it is not UTF-8: save it as such") from error
        *lines, self._text = self._text.split("\n")
        if final:
            lines.append(self._text)
            self._text = ""
        record = ""
        for line in lines:
            record += f"{line}\n"
            if record.count('"') % 2:  # a line feed inside quotes does not end a record
                _refuse_long(record.encode(), self._line)
                continue
            yield from self._read(record)
            self._line += record.count("\n")
            record = ""
        if final and record:
            raise _unreadable(self._line, "a quotation mark is never closed")
        self._text = record + self._text

    def end(self) -> Iterator[RawRow]:
        """Give what is left."""
        yield from self.feed(b"", final=True)

    def _read(self, record: str) -> Iterator[RawRow]:
        if not record.strip():
            return
        if self._columns is None:
            self._delimiter = max(",;\t", key=record.count)
        try:
            [cells] = csv.reader([record], delimiter=self._delimiter)
        except (csv.Error, ValueError) as error:  # a carriage return alone, say
            if self._columns is None:
                raise _unreadable(self._line, f"it names no columns: {error}") from error
            yield RawRow(self._line, None, f"it is no row of a table: {error}")
            return
        if self._columns is None:
            self._columns = column_names([cell.strip() for cell in cells])
            return
        if len(cells) > len(self._columns) and any(cells[len(self._columns) :]):
            many = f"it has {len(cells)} cells for {len(self._columns)} columns"
            yield RawRow(self._line, None, many)
            return
        try:
            yield RawRow(self._line, title_of(dict(zip(self._columns, cells, strict=False))))
        except ValueError as error:
            yield RawRow(self._line, None, str(error))


_KINDS: Mapping[str, type[NdjsonRows] | type[JsonRows] | type[CsvRows]] = {
    "application/x-ndjson": NdjsonRows,
    "application/json": JsonRows,
    "text/csv": CsvRows,
}
CONTENT_TYPES = tuple(_KINDS)


def rows_of(content_type: str) -> RowReader:
    """Return what reads this type of content; raise UnsupportedContent naming those there are."""
    kind = _KINDS.get(content_type.partition(";")[0].strip().lower())
    if kind is None:
        raise UnsupportedContent(
            f"Content-Type {content_type!a} is not read here: send one of"
            f" {', '.join(CONTENT_TYPES)}",
            input="Content-Type",
        )
    return kind()


def _as_object(line: int, value: Any) -> RawRow:
    if not isinstance(value, dict):
        return RawRow(line, None, f"it is no object but {json.dumps(value)[:40]}")
    return RawRow(line, value)


def _refuse_long(text: bytes, line: int) -> None:
    if len(text) > MAX_ROW_BYTES:
        raise _unreadable(line, f"one title has more than {MAX_ROW_BYTES} bytes")


def _unreadable(line: int, why: str) -> InvalidSpec:
    return InvalidSpec(
        f"line {line}: {why}; nothing from there on was read",
        fields=[{"field": f"line {line}", "message": why}],
        input=f"line {line}",
    )
