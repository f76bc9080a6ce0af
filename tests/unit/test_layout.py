"""The layout explains itself: names mean one thing, files stay short, pure rooms stay pure."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    *("api", "cli", "farm", "ladders", "media", "migrations", "planning"),
    *("qc", "services", "storage", "workers"),
)
PURE = ("planning", "media", "ladders", "qc")
MAX_LINES = 250
IMPURE = {"os", "socket", "subprocess", "threading", "multiprocessing", "tempfile", "shutil"}
# Of pathlib and shutil: reading is allowed, as parsers of media take a path.
WRITERS = {
    *("write_text", "write_bytes", "touch", "mkdir", "unlink", "rename", "rmdir"),
    *("symlink_to", "hardlink_to", "chmod"),
}


def files_of(rooms: tuple[str, ...]) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((ROOT / room).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def shown(path: Path, node: ast.AST | None = None) -> str:
    place = path.relative_to(ROOT).as_posix()
    return f"{place}:{node.lineno}" if isinstance(node, ast.stmt | ast.expr) else place


def type_names(path: Path) -> Iterator[str]:
    """Give the classes of a file, and other names written as if they were: aliases of types."""
    for node in parsed(path).body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and re.fullmatch(r"[A-Z]\w*[a-z]\w*", target.id):
                    yield target.id


def test_no_two_types_share_a_name() -> None:
    places = defaultdict(set)
    for path in files_of(ROOMS):
        for name in type_names(path):
            if not name.startswith("_"):
                places[name].add(shown(path))
    assert {name: sorted(there) for name, there in places.items() if len(there) > 1} == {}


def test_every_package_says_in_a_line_what_it_is_for() -> None:
    silent = []
    for path in files_of(ROOMS):
        if path.name == "__init__.py":
            said = ast.get_docstring(parsed(path))
            if not said or "\n" in said:
                silent.append(shown(path))
    assert silent == []


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in files_of(ROOMS)}
    assert [shown(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_file_is_long() -> None:
    lengths = {shown(path): len(path.read_text("utf-8").splitlines()) for path in files_of(ROOMS)}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_starts_nothing_and_writes_nothing(room: str) -> None:
    found = [
        f"{shown(path, node)}: {what}"
        for path in files_of((room,))
        for node in ast.walk(parsed(path))
        if (what := impurity(node))
    ]
    assert found == []


def impurity(node: ast.AST) -> str | None:
    """Return what is impure about a node of a syntax tree, None for nothing."""
    match node:
        case ast.Import(names=names):
            return next((name.name for name in names if name.name.split(".")[0] in IMPURE), None)
        case ast.ImportFrom(module=str(module)) if module.split(".")[0] in IMPURE:
            return module
        case ast.Call(func=ast.Attribute(attr=attr)) if attr in WRITERS:
            return attr
        case ast.Call(func=ast.Name(id="open") | ast.Attribute(attr="open")):
            modes = [*node.args, *(word.value for word in node.keywords if word.arg == "mode")]
            given = [mode.value for mode in modes if isinstance(mode, ast.Constant)]
            if any(isinstance(mode, str) and set(mode) & set("wax+") for mode in given):
                return "open for writing"
    return None


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import subprocess", "subprocess"),
        ("from os import environ", "os"),
        ("import os.path", "os.path"),
        ("path.write_text('x')", "write_text"),
        ("path.open('wb')", "open for writing"),
        ("open(path, mode='a')", "open for writing"),
        ("path.open('rb')", None),
        ("path.open(encoding='ascii')", None),
        ("path.read_text()", None),
        ("import re", None),
    ],
)
def test_what_is_impure_is_seen(code: str, what: str | None) -> None:
    found = [seen for node in ast.walk(ast.parse(code)) if (seen := impurity(node))]
    assert found == ([what] if what else [])
