"""Ladder policies from presets and from users' YAML files, every mistake explained in one line."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from farm.errors import InvalidSpec
from farm.ladder_policy import LadderPolicy
from farm.yaml_file import PolicyKind, parse_policy, read_policy

# Names that presets had before: valid wherever a preset is named; what is made says the new one.
FORMER_NAMES = {"apple": "apple-h264"}
LADDER = PolicyKind("ladder", "name and rungs", "docs/ladders.md")


def preset_names() -> tuple[str, ...]:
    """Return the names of the ladders that ship with ReelFarm, sorted."""
    names = (entry.name for entry in files("ladders.presets").iterdir())
    return tuple(sorted(Path(n).stem for n in names if n.endswith(".yaml")))


def is_preset(name: str) -> bool:
    """Return whether a ladder of this name ships with ReelFarm, or did under that name."""
    return FORMER_NAMES.get(name, name) in preset_names()


def load_policy(name_or_path: str) -> LadderPolicy:
    """Return the preset of that name, or the policy in that .yaml file.

    Raises InvalidSpec naming the file, the field and the remedy for every mistake.
    """
    if is_preset(name_or_path):
        name = FORMER_NAMES.get(name_or_path, name_or_path)
        text = files("ladders.presets").joinpath(f"{name}.yaml").read_bytes()
        return parse_ladder(text, f"preset {name}")
    path = Path(name_or_path)
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise InvalidSpec(
            f"ladder {name_or_path!r} is neither a preset ({', '.join(preset_names())}) nor a"
            " .yaml file: name one of these"
        )
    return parse_ladder(read_policy(path, LADDER), str(path))


def parse_ladder(text: bytes, origin: str) -> LadderPolicy:
    """Return the policy that YAML `text` states; `origin` is what errors call it."""
    return parse_policy(LadderPolicy, text, origin, LADDER)
