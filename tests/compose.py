"""docker-compose.yml as Compose reads it: merged, and with its variables filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.conftest import REPOSITORY

FILE = REPOSITORY / "docker-compose.yml"
EXAMPLE = REPOSITORY / "deploy" / "compose.env.example"
IMAGE = "reelfarm:0.1.0"

# ${NAME}, ${NAME:-default} and ${NAME:?complaint} (Compose specification, Interpolation)
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


class Missing(Exception):
    """A variable that must be set is not."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service, its variables filled in."""

    name: str
    fields: dict[str, Any]

    @property
    def is_ours(self) -> bool:
        return bool(self.fields["image"] == IMAGE)

    @property
    def command(self) -> list[str]:
        return [str(word) for word in self.fields["command"]]

    @property
    def environment(self) -> dict[str, str]:
        """Return what the container gets; a variable without a value comes from outside, if set."""
        given = self.fields.get("environment", {})
        return {name: str(value) for name, value in given.items() if value is not None}

    @property
    def healthcheck(self) -> list[str]:
        """Return the argv of the health check."""
        kind, *argv = self.fields["healthcheck"]["test"]
        assert kind == "CMD"
        return [str(word) for word in argv]


def services(variables: Mapping[str, str]) -> dict[str, Service]:
    """Return every service by name; raise Missing for a required variable without a value."""
    document = _filled(yaml.safe_load(FILE.read_text()), variables)
    return {name: Service(name, fields) for name, fields in document["services"].items()}


def document(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the whole file, its variables filled in."""
    filled: dict[str, Any] = _filled(yaml.safe_load(FILE.read_text()), variables)
    return filled


def required() -> set[str]:
    """Return the variables the file insists on."""
    found = VARIABLE.finditer(FILE.read_text())
    return {match["name"] for match in found if match["kind"] == "?"}


def optional() -> set[str]:
    """Return the variables that have a default."""
    found = VARIABLE.finditer(FILE.read_text())
    return {match["name"] for match in found if match["kind"] == "-"}


def seconds(duration: str) -> float:
    """Return the seconds of a Compose duration such as 90s or 1m30s."""
    factors = {"s": 1, "m": 60, "h": 3600}
    return sum(float(n) * factors[unit] for n, unit in re.findall(r"([\d.]+)([smh])", duration))


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, variables) for each in value]
    if isinstance(value, str):
        return VARIABLE.sub(lambda match: _value(match, variables), value)
    return value


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    given = variables.get(match["name"], "")
    if given:
        return given
    if match["kind"] == "-":
        return match["rest"]
    raise Missing(f"{match['name']}: {match['rest']}")
