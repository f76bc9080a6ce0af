"""`reelfarm catalog`: a file of rows handed in, and what became of each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from api.client import CatalogReceipt
from cli.document import print_line
from cli.request import checked_name
from farm.errors import InvalidSpec
from farm.spec import asset_name

STDIN = Path("-")
FORMS = {
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "json": "application/json",
}
ENDINGS = {".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".json": "json"}


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """A file of rows, and under what name and how it is handed in."""

    file: Path
    name: str
    content_type: str
    on_change: Literal["conflict", "update"]

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Give its bytes; raise InvalidSpec where there are none to be had."""
        if self.file == STDIN:
            yield sys.stdin.buffer
            return
        try:
            stream = self.file.open("rb")
        except OSError as error:
            raise InvalidSpec(f"{self.file} cannot be read: {error.strerror}") from error
        with stream:
            yield stream


def catalog_upload(file: Path, name: str | None, form: str | None, on_change: str) -> CatalogFile:
    """Return what the options mean; raise InvalidSpec naming the one at fault."""
    if form is None:
        form = ENDINGS.get(file.suffix.lower())
        if form is None:
            raise InvalidSpec(f"--format: {file} does not say: give one of {', '.join(FORMS)}")
    if form not in FORMS:
        raise InvalidSpec(f"--format {form!r}: give one of {', '.join(FORMS)}")
    if name is None and file == STDIN:
        raise InvalidSpec("--name: give the catalog one: stdin has none")
    if on_change not in ("conflict", "update"):
        raise InvalidSpec(f"--on-change {on_change!r}: give conflict or update")
    return CatalogFile(
        file,
        checked_name("--name", name) if name is not None else asset_name(str(file)),
        FORMS[form],
        "update" if on_change == "update" else "conflict",
    )


def print_receipt(receipt: CatalogReceipt) -> None:
    """Print how many rows were taken in, and on stderr why which were not."""
    counts = (
        f"{receipt['accepted']} accepted, {receipt['updated']} updated,"
        f" {receipt['duplicate']} duplicate, {receipt['rejected']} rejected"
    )
    print_line(f"{receipt['name']}: {counts}")
    for row in receipt["rows"]:
        if (error := row["error"]) is not None:
            named = "" if row["external_id"] is None else f" ({row['external_id']})"
            told = " ".join(f"{error['detail']} {error['fix']}".split())
            sys.stderr.write(f"line {row['line']}{named}: {told}\n")


def refusal_of(receipt: CatalogReceipt) -> InvalidSpec | None:
    """Return what to say of rows that were refused, None where none were."""
    refused = receipt["rejected"]
    if not refused:
        return None
    return InvalidSpec(
        f"{refused} rows of the catalog were refused: mend them and hand the file in again, which"
        " changes nothing of the others"
    )
