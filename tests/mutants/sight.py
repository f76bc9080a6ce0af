"""Which unit tests can see a module: those that import it, directly or through others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOTS = (
    *("cli", "api", "workers", "services", "planning", "storage", "qc", "media", "ladders", "farm"),
    "tests",
)


class Sight:
    """The import graph of a repository, read from its source."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        paths = [path for root in ROOTS for path in sorted((repository / root).rglob("*.py"))]
        names = {_name(path.relative_to(repository)): path for path in paths}
        self._imports = {
            name: set(_imported(ast.parse(path.read_text("utf-8")))) & names.keys()
            for name, path in names.items()
        }
        self._tests = sorted((repository / "tests" / "unit").glob("test_*.py"))

    def tests_of(self, module: Path) -> list[str]:
        """Return the test files that can see `module`, those that import it themselves first."""
        wanted = _name(module)
        distances = {
            path: self._distance(_name(path.relative_to(self._repository)), wanted)
            for path in self._tests
        }
        seen = {path: steps for path, steps in distances.items() if steps is not None}
        nearest_first = sorted(seen, key=lambda path: (seen[path], path))
        return [path.relative_to(self._repository).as_posix() for path in nearest_first]

    def _distance(self, start: str, wanted: str) -> int | None:
        """Return over how many imports `start` reaches `wanted`, if it does."""
        steps, reached, edge = 0, {start}, {start}
        while edge:
            if wanted in edge:
                return steps
            edge = {name for each in edge for name in self._imports[each]} - reached
            reached |= edge
            steps += 1
        return None


def _name(module: Path) -> str:
    """Return the dotted name of a module."""
    parts = module.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield what is imported anywhere in a module, packages on the way included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in found:
            parts = name.split(".")
            yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))
