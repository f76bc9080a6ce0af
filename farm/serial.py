"""Frozen dataclasses to JSON and back, exactly: a Fraction travels as "30000/1001"."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


# Building a validator is slow, so each kind's is built once.
type_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def to_json(value: object) -> Any:
    """Return `value` (dataclass, pydantic model or container of them) as JSON-ready data."""
    return type_adapter(type(value)).dump_python(value, mode="json", by_alias=True)


def from_json(kind: type[T], data: object) -> T:
    """Return the `kind` that `to_json` wrote as `data`; raise ValidationError if it is none."""
    result: T = type_adapter(kind).validate_python(data)
    return result


def digest(value: object) -> str:
    """Return the SHA-256 of JSON-ready `value`, equal for equal data whatever the key order."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
