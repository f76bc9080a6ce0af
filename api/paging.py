"""Pages of long lists by keyset: the next one begins after the last thing seen, however long."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from farm.errors import InvalidSpec

T = TypeVar("T")

MOST = 200
AFTER = "`next` of the page before; none: the first page"
After = Annotated[str | None, Query(max_length=512, description=AFTER)]
Limit = Annotated[int, Query(ge=1, le=MOST, description="how many at most")]


class Page(BaseModel, Generic[T]):
    """Some of a list, and where it goes on."""

    items: list[T]
    next: str | None = Field(description="`after` of the next page, null on the last one")


def cut(rows: Sequence[Any], limit: int, place: Callable[[Any], Sequence[Any]]) -> str | None:
    """Return where the next page begins, given one row more than fits where there is one."""
    return write_place(place(rows[limit - 1])) if len(rows) > limit else None


def write_place(place: Sequence[Any]) -> str:
    """Return a place in a list as clients are given it: opaque, and good for URLs."""
    words = [each.isoformat() if isinstance(each, datetime) else each for each in place]
    text = json.dumps(words, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_place(text: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """Return the place that `after` means, None for the beginning; raise InvalidSpec for none."""
    if text is None:
        return None
    try:
        words = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return tuple(_read(word, kind) for word, kind in zip(words, kinds, strict=True))
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidSpec(
            f"after: {text!a} is no place in this list: give the `next` of an answer",
            input="after",
            fields=[{"field": "after", "message": "give the `next` of an answer"}],
        ) from error


def _read(word: Any, kind: type) -> Any:
    """Return one part of a place; raise ValueError or TypeError for what is of another kind."""
    if kind is datetime:
        moment = datetime.fromisoformat(word)
        if moment.tzinfo is None:
            raise ValueError("a time without its zone")
        return moment.astimezone(UTC)
    if type(word) is not kind:
        raise TypeError(f"{word!r} is no {kind.__name__}")
    if isinstance(word, str):
        word.encode()  # half a character raises ValueError: no database keeps one
    if (isinstance(word, int) and not 0 <= word < 2**63) or (
        isinstance(word, str) and "\0" in word
    ):
        raise ValueError("no place a database can have")
    return word
