"""What became of the titles of a catalog, as a file that grows while it is sent."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from storage.postgres.catalog_titles import ListedTitle

COLUMNS = (
    *("external_id", "asset", "state", "version", "job", "code", "message"),
    *("hls", "dash", "report", "changed_at"),
)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # spreadsheets take what begins so for a formula


def csv_of(titles: Iterable[ListedTitle]) -> Iterator[str]:
    """Give the titles as CSV (RFC 4180), the first line naming the columns."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for title in titles:
        writer.writerow([_harmless(value) for value in _row(title).values()])
        if text.tell() > 1 << 16:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def ndjson_of(titles: Iterable[ListedTitle]) -> Iterator[str]:
    """Give the titles as one JSON object a line."""
    for title in titles:
        yield json.dumps(_row(title), separators=(",", ":")) + "\n"


def _row(title: ListedTitle) -> dict[str, Any]:
    error, outputs = title.error or {}, title.outputs or {}
    values = (
        *(title.external_id, title.request.get("asset"), title.state, title.version),
        *(title.job_id, error.get("code"), error.get("message")),
        *(outputs.get("hls"), outputs.get("dash"), outputs.get("report")),
        title.changed_at.isoformat(),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value
