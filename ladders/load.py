"""Ladder policies from presets and from users' YAML files, every mistake explained in one line."""

from __future__ import annotations

from collections.abc import Hashable
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from farm.errors import InvalidSpec
from farm.ladder import LadderPolicy

MAX_BYTES = 64 * 1024  # the largest sensible ladder is some 3 KiB
MAX_MISTAKES = 3  # told at once; more would not fit on a line
STEREO_RANGE_BPS = (24_000, 512_000)  # what AudioPolicy.stereo_bps allows


def preset_names() -> tuple[str, ...]:
    """Return the names of the ladders that ship with ReelFarm, sorted."""
    names = (entry.name for entry in files("ladders.presets").iterdir())
    return tuple(sorted(Path(n).stem for n in names if n.endswith(".yaml")))


def load_policy(name_or_path: str) -> LadderPolicy:
    """Return the preset of that name, or the policy in that .yaml file.

    Raises InvalidSpec naming the file, the field and the remedy for every mistake.
    """
    if name_or_path in preset_names():
        text = files("ladders.presets").joinpath(f"{name_or_path}.yaml").read_bytes()
        return parse_policy(text, f"preset {name_or_path}")
    path = Path(name_or_path)
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise InvalidSpec(
            f"ladder {name_or_path!r} is neither a preset ({', '.join(preset_names())}) nor a"
            " .yaml file: name one of these"
        )
    return parse_policy(_read(path), str(path))


def parse_policy(text: bytes, origin: str) -> LadderPolicy:
    """Return the policy that YAML `text` states; `origin` is what errors call it."""
    try:
        # A SafeLoader that refuses more than the safe one does.
        data = yaml.load(text, Loader=_StrictLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidSpec(f"ladder {origin} is not YAML we can read: {_one_line(error)}") from error
    if not isinstance(data, dict):
        raise InvalidSpec(
            f"ladder {origin} must be a mapping with name and rungs: see docs/ladders.md"
        )
    try:
        policy = LadderPolicy.model_validate(data)
    except ValidationError as error:
        raise InvalidSpec(f"ladder {origin}: {_mistakes(error)}") from error
    _check_audio_ladder(policy, origin)
    return policy


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise InvalidSpec(f"ladder {path} is not a file: check the path")
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidSpec(f"ladder {path} cannot be read: {error.strerror}") from error
    if len(text) > MAX_BYTES:
        raise InvalidSpec(f"ladder {path} is larger than {MAX_BYTES} bytes: is it a ladder?")
    return text


def _mistakes(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False)
    told = [f"{_field(mistake['loc'])}: {mistake['msg']}" for mistake in found[:MAX_MISTAKES]]
    if len(found) > MAX_MISTAKES:
        told.append(f"and {len(found) - MAX_MISTAKES} more")
    return "; ".join(told) + ": correct this, docs/ladders.md lists every field"


def _field(location: tuple[int | str, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return path.lstrip(".")


def _check_audio_ladder(policy: LadderPolicy, origin: str) -> None:
    low, high = STEREO_RANGE_BPS
    rates = policy.audio.ladder_bps
    if not rates or len(set(rates)) < len(rates) or not all(low <= r <= high for r in rates):
        raise InvalidSpec(
            f"ladder {origin}: audio.ladder_bps: give one or more different rates from {low} to"
            f" {high} bit/s, not {list(rates)}"
        )


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
