"""The form in which a title is handed in: read as the API's request, its mistakes by field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from farm.errors import InvalidSource, InvalidSpec, ReelFarmError
from farm.spec import JobRequest, refused
from services.once import Once

PLAIN = ("source", "asset", "external_id", "ladder", "chapters")
OF_SUBTITLES = ("language", "subtitles", "kind")  # fields of one row
ROWS = 3  # of subtitles, where nothing asks for more
MOST_ROWS = 20  # the API takes 64; a form has so many fields at most
KINDS = {"": {}, "forced": {"forced": True}, "sdh": {"hearing_impaired": True}}


def read_request(form: Mapping[str, str]) -> JobRequest:
    """Return the request that a form means; raise InvalidSpec naming the fields at fault."""
    fields: dict[str, Any] = {
        name: value for name in (*PLAIN, "priority") if (value := form.get(name, "").strip())
    }
    if subtitles := [_subtitles(form, row) for row in _used_rows(form)]:
        fields["subtitles"] = subtitles
    if "source" not in fields:
        raise InvalidSpec.of("source", "drop a file above, or give the location of one")
    try:
        return JobRequest.model_validate(fields)
    except ValidationError as error:
        raise refused(error, JobRequest) from error


def rows_of(form: Mapping[str, str]) -> int:
    """Return how many rows of subtitles the form needs to show what was given."""
    return max(ROWS, *(row + 1 for row in _used_rows(form)), 0)


def faults_of(error: ReelFarmError | None, form: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with which field of the form; "" has what is of none of them."""
    if error is None:
        return {}
    listed = error.detail.get("fields")
    faults: dict[str, str] = {}
    for each in listed if isinstance(listed, list) else ():
        name = _field_of(str(each["field"]), _used_rows(form))
        faults[name if name in _NAMES else ""] = str(each["message"])
    if not faults:
        faults["source" if isinstance(error, InvalidSource) else ""] = error.message
    return faults


def once_of(form: Mapping[str, str], what: str, asked: object) -> Once | None:
    """Return what lets a form that is sent twice be done once: `what` is done with `asked`."""
    key = form.get("once", "")
    if not key or len(key) > 64 or not key.isascii():
        return None
    text = json.dumps(asked, sort_keys=True)
    return Once(f"page {what} {key}", hashlib.sha256(text.encode()).hexdigest())


def _used_rows(form: Mapping[str, str]) -> list[int]:
    return [
        row
        for row in range(MOST_ROWS)
        if any(form.get(f"{name}-{row}", "").strip() for name in ("language", "subtitles"))
    ]


def _subtitles(form: Mapping[str, str], row: int) -> dict[str, Any]:
    language, uri = (form.get(f"{name}-{row}", "").strip() for name in ("language", "subtitles"))
    return {"language": language, "uri": uri, **KINDS.get(form.get(f"kind-{row}", ""), {})}


def _field_of(name: str, rows: list[int]) -> str:
    """Return the form's field of a request's: its subtitles count those rows that are used."""
    if not name.startswith("subtitles."):
        return name
    _, place, *part = name.split(".")
    at = int(place) if place.isdigit() else 0
    return (
        f"{'language' if 'language' in part else 'subtitles'}-{rows[at] if at < len(rows) else 0}"
    )


_NAMES = frozenset(
    (*PLAIN, "priority", *(f"{name}-{row}" for name in OF_SUBTITLES for row in range(MOST_ROWS)))
)
