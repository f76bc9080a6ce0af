"""Policies from users' YAML files, every mistake explained in one line."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from farm.errors import InvalidSpec

MAX_YAML_BYTES = 64 * 1024  # the largest sensible policy is some 3 KiB
MAX_MISTAKES = 3  # told at once; more would not fit on a line

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class PolicyKind:
    """How messages speak of a kind of policy."""

    noun: str  # "ladder"
    holds: str  # "name and rungs"
    docs: str  # "docs/ladders.md"


def read_policy(path: Path, kind: PolicyKind) -> bytes:
    """Return the bytes of a policy file; raise InvalidSpec for what cannot be one."""
    try:
        if not path.is_file():
            raise InvalidSpec(f"{kind.noun} {path} is not a file: check the path")
        with path.open("rb") as file:
            text = file.read(MAX_YAML_BYTES + 1)
    except OSError as error:
        raise InvalidSpec(f"{kind.noun} {path} cannot be read: {error.strerror}") from error
    if len(text) > MAX_YAML_BYTES:
        raise InvalidSpec(
            f"{kind.noun} {path} is larger than {MAX_YAML_BYTES} bytes: is it a {kind.noun}?"
        )
    return text


def parse_policy(model: type[M], text: bytes, origin: str, kind: PolicyKind) -> M:
    """Return the `model` that YAML `text` states; `origin` is what errors call it."""
    try:
        # A SafeLoader that refuses more than the safe one does.
        data = yaml.load(text, Loader=_StrictLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidSpec(
            f"{kind.noun} {origin} is not YAML we can read: {_one_line(error)}"
        ) from error
    if not isinstance(data, dict):
        raise InvalidSpec(
            f"{kind.noun} {origin} must be a mapping with {kind.holds}: see {kind.docs}"
        )
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidSpec(f"{kind.noun} {origin}: {_mistakes(error, kind)}") from error


def _mistakes(error: ValidationError, kind: PolicyKind) -> str:
    found = error.errors()
    told = [
        f"{_field(mistake['loc'])}: {mistake['msg'].removeprefix('Value error, ')}"
        for mistake in found[:MAX_MISTAKES]
    ]
    if len(found) > MAX_MISTAKES:
        told.append(f"and {len(found) - MAX_MISTAKES} more")
    return "; ".join(told) + f": correct this, {kind.docs} lists every field"


def _field(location: tuple[int | str, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return path.lstrip(".")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


class _StrictLoader(yaml.SafeLoader):
    """YAML without aliases, which can grow beyond any size cap, and without doubled keys."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it uses an alias (*name): write the values out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                line = key.start_mark.line + 1
                raise yaml.YAMLError(f"{key.value!r} is given a second time on line {line}")
            seen.add(key.value)
        return super().construct_mapping(node, deep)
