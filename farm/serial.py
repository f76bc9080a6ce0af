"""Frozen dataclasses to JSON and back, exactly: a Fraction travels as "30000/1001"."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def type_adapter(kind: Any) -> TypeAdapter[Any]:
    """Return the validator of `kind`; building one is slow, so each is built once."""
    return TypeAdapter(kind)


def to_json(value: object) -> Any:
    """Return `value` (dataclass, pydantic model or container of them) as JSON-ready data."""
    return type_adapter(type(value)).dump_python(value, mode="json")


def from_json(kind: type[T], data: object) -> T:
    """Return the `kind` that `to_json` wrote as `data`; raise ValidationError if it is none."""
    result: T = type_adapter(kind).validate_python(data)
    return result


def digest(value: object) -> str:
    """Return the SHA-256 of JSON-ready `value`, equal for equal data whatever the key order."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
